#include "hv/check/live_state.hpp"

#include <type_traits>

#include "runtime/cpu/control_register.hpp"
#include "runtime/cpu/cpuid.hpp"
#include "runtime/cpu/msr.hpp"
#include "runtime/cpu/vmx.hpp"

namespace vmxspec::hv {

namespace {

constexpr std::uint32_t ia32_rtit_ctl = 0x570;  // where there is Intel PT (SDM 36.2.8.2)

/// CPUID, each leaf and subleaf executed once while they come in a row: under another hypervisor each is a VM exit.
class CpuidLeaves {
public:
    /// Register 0 EAX, 1 EBX, 2 ECX or 3 EDX; 0 where the leaf does not exist.
    [[nodiscard]] std::uint32_t value(std::uint32_t leaf, std::uint32_t subleaf, unsigned which) {
        if (!any_ || leaf != leaf_ || subleaf != subleaf_) {
            registers_ = runtime::cpuid_has(leaf) ? runtime::cpuid(leaf, subleaf) : runtime::CpuidResult{};
            leaf_ = leaf;
            subleaf_ = subleaf;
            any_ = true;
        }
        switch (which) {
            case 0: return registers_.eax;
            case 1: return registers_.ebx;
            case 2: return registers_.ecx;
            default: return registers_.edx;
        }
    }

private:
    runtime::CpuidResult registers_{};
    std::uint32_t leaf_ = 0;
    std::uint32_t subleaf_ = 0;
    bool any_ = false;
};

void read_traits(State& s, const Traits& traits) {
    s.trait_lbr_pairs = traits.lbr_pairs;
    s.trait_error_code_15_bits = traits.error_code_15_bits;
    s.trait_cp_error_code = traits.cp_error_code;
    s.trait_nmi_despite_sti = traits.nmi_despite_sti;
    s.trait_unchanged_pdptes_unchecked = traits.unchanged_pdptes_unchecked;
    s.trait_uncore_pmi = traits.uncore_pmi;
}

void read_before(State& s, const Circumstances& circumstances) {
    s.before_cr0 = runtime::read_cr0();
    s.before_cr3 = runtime::read_cr3();
    s.before_cr4 = runtime::read_cr4();
    s.before_efer = runtime::read_msr(runtime::msr::ia32_efer).value_or(0);
    if (circumstances.mode) {
        s.before_cr0 = circumstances.mode->cr0;
        s.before_cr3 = circumstances.mode->cr3;
        s.before_cr4 = circumstances.mode->cr4;
        s.before_efer = circumstances.mode->efer;
    }
    s.before_rflags = runtime::read_rflags();
    s.before_cpl = runtime::current_privilege_level();
    s.before_cs_l = !circumstances.mode || circumstances.mode->cs_l;  // this is 64-bit code
    s.before_trace_enabled = (runtime::read_msr(ia32_rtit_ctl).value_or(0) & 1) != 0;
    const runtime::VmxValue pointer = runtime::vmptrst();
    s.before_current_vmcs = pointer.outcome == runtime::VmxOutcome::succeed ? pointer.value : ~std::uint64_t{0};
    s.before_in_vmx_operation = true;  // or VMPTRST would have been #UD
    s.before_non_root = false;
    s.before_vmresume = circumstances.instruction == runtime::VmEntryInstruction::vmresume;
    s.before_launched = circumstances.launched;
    s.before_current_is_shadow = circumstances.current_is_shadow;
    s.before_blocking_by_mov_ss = circumstances.blocking_by_mov_ss;
    s.before_in_smm = circumstances.in_smm;
    s.before_in_seam = circumstances.in_seam;
}

// 6 traits, 17 of the processor before the entry, 6 memory operands (memory_operands.cpp).
static_assert(generated::other_count == 6 + 17 + 6, "the specification reads state that nobody fills in here");

}  // namespace

State read_processor() {
    State s;
    generated::each_msr(
        s, [](std::uint32_t index, std::uint64_t& member) { member = runtime::read_msr(index).value_or(0); });
    CpuidLeaves leaves;
    generated::each_cpuid(
        s, [&](std::uint32_t leaf, std::uint32_t subleaf, unsigned which, unsigned high, unsigned low, auto& member) {
            const std::uint64_t mask = (std::uint64_t{2} << (high - low)) - 1;
            const std::uint64_t bits = leaves.value(leaf, subleaf, which) >> low & mask;
            if constexpr (std::is_same_v<decltype(member), bool&>) {
                member = bits != 0;
            } else {
                member = bits;
            }
        });
    return s;
}

void read_entry(State& s, const Circumstances& circumstances) {
    generated::each_vmcs_field(s, [](std::uint32_t encoding, std::uint64_t& member) {
        const runtime::VmxValue read = runtime::vmread(encoding);
        member = read.outcome == runtime::VmxOutcome::succeed ? read.value : 0;
    });
    read_traits(s, circumstances.traits);
    read_before(s, circumstances);
}

}  // namespace vmxspec::hv
