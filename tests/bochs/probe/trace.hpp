/// The probe's report, "vmxspec-trace 1": see ../README.md.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "hv/check/prediction.hpp"
#include "hv/trace/trace_text.hpp"
#include "runtime/cpu/vmx.hpp"
#include "tests/bochs/probe/host_registers.hpp"
#include "tests/bochs/probe/vector.hpp"
#include "tests/bochs/probe/vmcs_image.hpp"

namespace vmxspec::probe {

/// How a VM entry ended.
struct Outcome {
    enum class Kind : std::uint8_t {
        exit,          ///< a VM exit, or a VM-entry failure after the controls and the host state
        fail_valid,    ///< VMfailValid
        fail_invalid,  ///< VMfailInvalid
        unsupported,   ///< not tried: the vector wants a field that this processor's VMCS does not have
    };

    Kind kind;
    std::uint64_t number = 0;         ///< exit reason, VM-instruction error or encoding of the field
    std::uint64_t qualification = 0;  ///< of an exit
};

/// What an entry that succeeded left behind.
struct After {
    std::optional<std::uint64_t> efer;  ///< as the guest read it, if it did
    std::uint64_t cr0;
    std::uint64_t cr4;
};

/// Port E9H; without port E9H, COM1.
struct TraceChannel {
    static void write(std::string_view text);
};

/// Writes the trace. One line a function, unless it says otherwise.
class Trace : public hv::TraceText<TraceChannel> {
public:
    /// What is said of the machine, once: several lines.
    void begin();

    void vector(std::string_view id);

    /// A page that vectors' fields point to.
    void page(std::string_view name, runtime::PhysicalAddress address);
    /// Each field of `image`; those that `base`, the vector "base", has too, where they differ. Several lines.
    void vmcs(const VmcsImage& image, const VmcsImage& base);
    /// "entry", "exit-store" or "exit-load". Several lines, none for an empty area.
    void area(std::string_view which, std::span<const MsrEntry> entries);
    void circumstances(const hv::Circumstances& circumstances);  ///< none where they are the usual ones
    void pointer(std::uint64_t current_vmcs);
    void at(std::uint64_t before, std::uint64_t after);  ///< the time-stamp counter around the VM entry
    void after(const After& after);
    /// Fields that a VM exit may have saved, as the current VMCS has them, where it is not as `before` the VM entry.
    void saved(const VmcsImage& before);
    /// The registers as a VM exit loaded them; where they differ from those of the base state, if there are those.
    void host(const HostRegisters& loaded, const std::optional<HostRegisters>& base);
    void predicted(std::string_view id, const hv::Prediction& prediction);  ///< several lines if there are many rules
    void outcome(std::string_view id, const Outcome& outcome);
    void end(std::uint64_t vectors);

private:
    void msrs();
    void cpuid_leaves();
};

}  // namespace vmxspec::probe
