// VBox.log of VirtualBox: it has no VMCS, but the capability MSRs of the processor, and the number of VirtualBox's own
// check of the guest state that failed.
#include "proofs/query/dumps/reader.hpp"
#include "proofs/query/dumps/sectioned.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace vmxspec::query {

namespace {

using enum Section;

// clang-format off
constexpr Row rows[] = {
    {any, "MSR_IA32_VMX_BASIC = 0x{x capability.basic}"},
    {any, "MSR_IA32_VMX_PINBASED_CTLS = 0x{x capability.pin}"},
    {any, "MSR_IA32_VMX_PROCBASED_CTLS = 0x{x capability.proc}"},
    {any, "MSR_IA32_VMX_EXIT_CTLS = 0x{x capability.exit}"},
    {any, "MSR_IA32_VMX_ENTRY_CTLS = 0x{x capability.entry}"},
    {any, "MSR_IA32_VMX_MISC = 0x{x capability.misc}"},
    {any, "MSR_IA32_VMX_CR0_FIXED0 = 0x{x capability.cr0_fixed0}"},
    {any, "MSR_IA32_VMX_CR0_FIXED1 = 0x{x capability.cr0_fixed1}"},
    {any, "MSR_IA32_VMX_CR4_FIXED0 = 0x{x capability.cr4_fixed0}"},
    {any, "MSR_IA32_VMX_CR4_FIXED1 = 0x{x capability.cr4_fixed1}"},
    {any, "MSR_IA32_VMX_VMCS_ENUM = 0x{x capability.vmcs_enum}"},
    {any, "MSR_IA32_VMX_PROCBASED_CTLS2 = 0x{x capability.proc2}"},
    {any, "MSR_IA32_VMX_EPT_VPID_CAP = 0x{x capability.ept_vpid}"},
    {any, "MSR_IA32_VMX_TRUE_PINBASED_CTLS = 0x{x capability.true_pin}"},
    {any, "MSR_IA32_VMX_TRUE_PROCBASED_CTLS = 0x{x capability.true_proc}"},
    {any, "MSR_IA32_VMX_TRUE_EXIT_CTLS = 0x{x capability.true_exit}"},
    {any, "MSR_IA32_VMX_TRUE_ENTRY_CTLS = 0x{x capability.true_entry}"},
    {any, "MSR_IA32_VMX_VMFUNC = 0x{x capability.vmfunc}"},
    {any, "MSR_IA32_VMX_PROCBASED_CTLS3 = 0x{x capability.proc3}"},
    {any, "MSR_IA32_VMX_EXIT_CTLS2 = 0x{x capability.exit2}"},
    {any, "HM error = 0x{x hm_error}"},
};
// clang-format on

constexpr Collection collection[] = {
    {"guest.",
     "the VMCS: VBox.log never holds it; read its fields with VMREAD in a build of your own, or give single ones as "
     "--assume NAME=VALUE"},
    {"processor.", "the processor's features (CPUID is in VBox.log as text), as a profile for --cpu"},
};

void mark(const SectionedDump& dump, KnownState& state) {
    state.caveats.emplace_back("VBox.log shows no VMCS field, only what the processor can: it decides nothing alone");
    if (const auto error = dump.facts.find("hm_error"); error != dump.facts.end())
        state.caveats.push_back(fmt::format(
            "HM error {} is the number of VirtualBox's own check that failed (VMX_IGS_... or VMX_VCI_... in "
            "include/VBox/vmm/hm_vmx.h of its sources), which names the cause",
            error->second));
}

bool never(const SectionedDump&, std::string_view, std::uint64_t) { return false; }

bool recognises(std::string_view text) {
    constexpr std::array signs{"HM: MSR_IA32_VMX_", "HM error = 0x", "HM: VMX:", "VT-x info:"};
    return std::ranges::any_of(signs, [&](const char* sign) { return text.find(sign) != std::string_view::npos; });
}

std::vector<KnownState> read(const State& state, std::string_view text, const std::string& where) {
    static const SectionedFormat format{"VirtualBox", rows, never, mark, collection};
    return read_sectioned(state, format, text, where);
}

}  // namespace

const Reader virtualbox_reader{"virtualbox", "VBox.log: HM: MSR_IA32_VMX_... = 0x..., HM error = 0x...", recognises,
                               read};

}  // namespace vmxspec::query
