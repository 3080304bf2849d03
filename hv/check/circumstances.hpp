/// What a checker of VM entries cannot read from the machine, and its caller knows.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "runtime/cpu/vm_entry.hpp"
#include "runtime/memory/address.hpp"

namespace vmxspec::hv {

/// Properties of a processor model that neither CPUID nor an MSR tells. As they stand: a processor that follows the
/// manual to the letter and has no last-branch MSRs.
struct Traits {
    std::uint8_t lbr_pairs = 0;               ///< last-branch MSR pairs at 680H and 6C0H
    bool error_code_15_bits = false;          ///< bit 15 of an injected error code is reserved
    bool cp_error_code = false;               ///< an injected #CP may deliver an error code
    bool nmi_despite_sti = false;             ///< NMI injection is accepted with blocking by STI
    bool unchanged_pdptes_unchecked = false;  ///< PDPTEs are not checked when CR3 does not change
    bool uncore_pmi = false;                  ///< IA32_DEBUGCTL has ENABLE_UNCORE_PMI
};

/// A mode of the processor.
struct ProcessorMode {
    std::uint64_t cr0, cr3, cr4;
    std::uint64_t efer;
    bool cs_l;
};

/// How a VM entry comes about. The caller is in VMX root operation, in 64-bit mode.
struct Circumstances {
    runtime::VmEntryInstruction instruction = runtime::VmEntryInstruction::vmlaunch;
    bool launched = false;            ///< launch state of the current VMCS (SDM 27.11.3)
    bool current_is_shadow = false;   ///< the current VMCS is a shadow VMCS (SDM 27.10)
    bool blocking_by_mov_ss = false;  ///< the instruction before loads SS
    bool in_smm = false;
    bool in_seam = false;
    Traits traits{};
    std::optional<ProcessorMode> mode;  ///< in which the instruction will be executed, if not in the one of now

    /// Whether WRMSR is taken to accept the MSRs, and the values, that the manual leaves open (SDM 29.4). True: such an
    /// entry of the MSR-load area is no reason to expect a failure.
    bool unlisted_msrs_accepted = true;

    /// Memory that reads have no effect on: RAM. Only what lies in one of the regions, and is mapped, is read.
    std::span<const runtime::Region> readable;
};

}  // namespace vmxspec::hv
