/// Registers that a VM exit loads, and that can be read in 64-bit mode after it.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace vmxspec::probe {

/// The names are those of the specification's tables (spec/load).
inline constexpr std::array<std::string_view, 12> host_register_names{
    "cr0",          "cr3",      "cr4", "dr7",  "sysenter_cs", "sysenter_esp",
    "sysenter_eip", "debugctl", "pat", "efer", "fs.base",     "gs.base"};

/// Their values at one time; nothing for an MSR that the processor does not have.
class HostRegisters {
public:
    /// Reads them.
    HostRegisters();

    [[nodiscard]] std::optional<std::uint64_t> operator[](std::size_t n) const { return values_[n]; }

    /// These are those of now: makes them what they were `before`.
    void restore_to(const HostRegisters& before) const;

    friend bool operator==(const HostRegisters&, const HostRegisters&) = default;

private:
    std::array<std::optional<std::uint64_t>, host_register_names.size()> values_{};
};

}  // namespace vmxspec::probe
