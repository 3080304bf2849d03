/// Memory types of physical addresses, as the MTRRs give them (SDM 14.11).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "runtime/memory/address.hpp"

namespace vmxspec::hv {

/// Encodings of MTRRs and of EPT entries alike (SDM table 14-8, 31.3.7).
enum class MemoryType : std::uint8_t {
    uncacheable = 0,
    write_combining = 1,
    write_through = 4,
    write_protected = 5,
    write_back = 6,
};

/// The MTRRs of a processor.
class MemoryTypes {
public:
    static constexpr std::size_t most_variable = 16;
    static constexpr std::size_t fixed_registers = 11;

    /// MSR indexes of the fixed-range MTRRs, in the order of the addresses (SDM table 14-9).
    static constexpr std::array<std::uint32_t, fixed_registers> fixed_index{0x250, 0x258, 0x259, 0x268, 0x269, 0x26a,
                                                                            0x26b, 0x26c, 0x26d, 0x26e, 0x26f};
    static constexpr std::uint32_t capabilities_index = 0xfe;     ///< IA32_MTRRCAP
    static constexpr std::uint32_t default_type_index = 0x2ff;    ///< IA32_MTRR_DEF_TYPE
    static constexpr std::uint32_t first_variable_index = 0x200;  ///< IA32_MTRR_PHYSBASE0, and PHYSMASK0 after it

    /// A processor without MTRRs: everything is write-back, and the PAT decides.
    constexpr MemoryTypes() = default;

    /// Takes the registers from `read(index)`, which gives the MSR's value.
    template <class Read>
    void read_from(Read read) {
        const std::uint64_t capabilities = read(capabilities_index);
        variable_count_ = static_cast<std::size_t>(capabilities & 0xff);
        variable_count_ = variable_count_ < most_variable ? variable_count_ : most_variable;
        has_fixed_ = (capabilities >> 8 & 1) != 0;
        default_type_ = read(default_type_index);
        for (std::size_t n = 0; n < fixed_registers; ++n) {
            fixed_[n] = has_fixed_ ? read(fixed_index[n]) : 0;
        }
        for (std::size_t n = 0; n < variable_count_; ++n) {
            const auto index = first_variable_index + 2 * static_cast<std::uint32_t>(n);
            variable_[n] = {read(index), read(index + 1)};
        }
        exist_ = true;
    }

    /// The type of all of a region whose size is a power of two, 4 KiB or more, and which is aligned on it; nothing if
    /// a boundary of the MTRRs may lie within.
    [[nodiscard]] std::optional<MemoryType> of(runtime::Region region) const;

private:
    struct Variable {
        std::uint64_t base, mask;
    };

    [[nodiscard]] std::optional<MemoryType> of_fixed(runtime::Region region) const;

    bool exist_ = false;
    bool has_fixed_ = false;
    std::uint64_t default_type_ = 0;
    std::array<std::uint64_t, fixed_registers> fixed_{};
    std::array<Variable, most_variable> variable_{};
    std::size_t variable_count_ = 0;
};

}  // namespace vmxspec::hv
