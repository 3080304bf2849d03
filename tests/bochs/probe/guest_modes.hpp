/// Guests in each mode, which execute code of `instruction_code.S` and have no exception handlers: every exception
/// exits.
#pragma once

#include "runtime/memory/page_allocator.hpp"
#include "tests/bochs/probe/instruction_row.hpp"
#include "tests/bochs/probe/vmcs_image.hpp"

namespace vmxspec::probe {

/// Secondary processor-based controls, which the base state does not use (SDM Table 27-7).
inline constexpr Field secondary_controls{0x401e};
inline constexpr std::uint64_t activate_secondary_controls = 1U << 31;  // processor-based
namespace secondary {
inline constexpr std::uint64_t enable_ept = 1U << 1;
inline constexpr std::uint64_t unrestricted_guest = 1U << 7;
inline constexpr std::uint64_t enable_vm_functions = 1U << 13;
inline constexpr std::uint64_t vmcs_shadowing = 1U << 14;
}  // namespace secondary

/// The processor as a guest sees it when it begins.
struct GuestProcessor {
    std::uint64_t cr0, cr4, efer, rflags;
    bool cs_l;
};

/// Memory and registers of the guests. Linear addresses are physical ones, but for the code in virtual-8086 mode.
class GuestModes {
public:
    explicit GuestModes(runtime::PageAllocator& pages);

    /// Whether the secondary processor-based controls may have these bits.
    [[nodiscard]] static bool supports(std::uint64_t secondary_bits);

    /// What a guest in this mode needs of the secondary controls.
    [[nodiscard]] static std::uint64_t needs(Mode mode);

    /// Sets the guest-state fields, and the controls that the mode needs: on top of the base state.
    /// \param code       begin of the code that the guest executes
    /// \param secondary  bits of the secondary controls, those that the mode needs among them
    GuestProcessor describe(VmcsImage& image, Mode mode, unsigned cpl, std::uint64_t code,
                            std::uint64_t secondary) const;

    /// RIP in a guest of this mode at an address of the code.
    [[nodiscard]] static std::uint64_t rip(Mode mode, std::uint64_t address);

    /// An EPTP under which every guest-physical address below 4 GiB is the physical address.
    [[nodiscard]] std::uint64_t eptp() const { return eptp_; }

private:
    runtime::PhysicalAddress page_directory_;
    std::uint64_t eptp_;
};

}  // namespace vmxspec::probe
