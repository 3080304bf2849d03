/// A hostile L1: it changes fields of a VMCS that enters, by lot, with values that aim at what a hypervisor below might
/// get wrong, and executes VMX instructions in any order, on any operand. Whatever it does, it must go on: each VM
/// entry fails or ends in a VM exit, its own registers stay as they were, and where the hypervisor is there are ones.
///
/// L2 has one page, which is nothing but VMCALL, at every guest-physical page below 64 KiB; it may not write. What L1
/// could harm itself with (its host state, what VM exits store and load) is changed only in a VMCS that can't enter.
/// Words of its command line: rounds=N, seed=N; hv: a hypervisor is beneath.
#pragma once

#include <array>
#include <string_view>

#include "runtime/boot/boot_information.hpp"
#include "runtime/cpu/control_register.hpp"
#include "runtime/cpu/msr.hpp"
#include "tests/bochs/hv/l1_vmcs.hpp"

namespace vmxspec::l1 {

inline constexpr std::uint64_t two_mib = std::uint64_t{2} << 20;
inline constexpr std::uint32_t ia32_efer = runtime::msr::ia32_efer, ia32_pat = 0x277;

/// Numbers by lot: xorshift64*.
class Lot {
public:
    explicit Lot(std::uint64_t seed) : state_{seed * 2 + 1} {}

    std::uint64_t number() {
        state_ ^= state_ >> 12;
        state_ ^= state_ << 25;
        state_ ^= state_ >> 27;
        return state_ * 0x2545'f491'4f6c'dd1d;
    }
    std::uint64_t below(std::uint64_t end) { return (number() >> 16) % end; }

private:
    std::uint64_t state_;
};

/// A field as it is in a VMCS that enters.
struct Row {
    std::uint32_t encoding;
    std::uint64_t value;
};

/// L1's registers that no VM entry and VM exit here may change.
struct Own {
    std::uint64_t cr0, cr3, cr4, efer, pat;

    [[nodiscard]] static Own now() {
        return {runtime::read_cr0(), runtime::read_cr3(), runtime::read_cr4(), runtime::read_msr(ia32_efer).value_or(0),
                runtime::read_msr(ia32_pat).value_or(0)};
    }
    /// What VM exits load or keep in any case: of IA32_EFER, LME and LMA.
    [[nodiscard]] bool same(const Own& other) const {
        constexpr std::uint64_t lme_and_lma = 1U << 8 | 1U << 10;
        return cr0 == other.cr0 && cr3 == other.cr3 && cr4 == other.cr4 && ((efer ^ other.efer) & lme_and_lma) == 0 &&
               pat == other.pat;
    }
};

/// Outcomes of VM entries, each of which must come.
enum class Outcome : std::uint8_t { vmfail_invalid, invalid_controls, other_vmfail, invalid_guest, msr_loading, exit };
inline constexpr std::array<std::string_view, 6> outcome_names{"VMfailInvalid",          "VMfailValid 7 or 8",
                                                               "another VMfailValid",    "invalid guest state (33)",
                                                               "loading of an MSR (34)", "a VM exit of L2's"};

class Attack {
public:
    Attack(runtime::PageAllocator& pages, const runtime::BootInformation& boot, PhysicalAddress vmxon_region,
           std::uint64_t seed);

    void round();
    /// \return how many checks have passed, 0 if one has not
    [[nodiscard]] std::uint64_t judge() const;

private:
    void write_base();
    void note_base();
    void set_again();

    [[nodiscard]] std::uint64_t address();
    [[nodiscard]] bool is_ram(std::uint64_t eptp) const;
    [[nodiscard]] std::uint64_t value_near(std::uint64_t value);
    void change_fields();
    void change_ept();
    void load_area();
    void enter(bool must_fail);
    void abuse();
    void look_at_own();

    Lot lot_;
    PhysicalAddress vmxon_region_, vmcs_, other_, code_, area_;
    Ept ept_;
    runtime::VmEntryFrame frame_{};
    std::array<Row, 256> base_{};
    std::size_t fields_ = 0;
    Own own_{};
    std::array<std::uint64_t, 8> targets_{};  ///< physical addresses that are nobody's RAM
    std::size_t target_count_ = 0;
    std::uint64_t ram_end_ = 0;  ///< of what lies below 4 GiB
    std::uint64_t hidden_ = 0;   ///< where the hypervisor is, 0 if it is not known
    bool has_timer_ = false, touched_ept_ = false, broken_ = false;
    std::array<std::uint64_t, outcome_names.size()> outcomes_{};
    std::uint64_t looks_ = 0;
};

// Controls (SDM tables 27-5 to 27-7, 27-17).
inline constexpr std::uint64_t preemption_timer = 1U << 6, hlt_exiting = 1U << 7, io_exiting = 1U << 24,
                               secondary_controls = 1U << 31, ept_and_unrestricted = 1U << 1 | 1U << 7,
                               host_address_space_size = 1U << 9, load_efer = 1U << 21;

}  // namespace vmxspec::l1
