// VBox.log of VirtualBox. It has no VMCS, but the capability MSRs of the processor, after a failed entry the number of
// VirtualBox's own check of the guest state, and the guest's registers, some of which the VMCS held as they are.
//
// A guest in real mode on a processor without unrestricted guest runs in virtual-8086 mode ("Real-on-v86 active"): then
// the VMCS has other access rights and flags than the guest, and "Attr CS" and "EFlags" are the guest's.
#include "proofs/query/dumps/reader.hpp"
#include "proofs/query/dumps/sectioned.hpp"
#include "proofs/query/dumps/virtualbox_checks.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace vmxspec::query {

namespace {

using enum Section;

constexpr std::string_view no_v86 = "Real-on-v86 active = false";

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
    {any, no_v86},
    {any, "Real-on-v86 active = true EFlags = 0x{x real_mode_flags}"},
    {any, "cs={{{4 guest.cs_selector} base={16 guest.cs_base} limit={8 guest.cs_limit} flags={8 cs_rights}}}"},
    {any, "ds={{{4 guest.ds_selector} base={16 guest.ds_base} limit={8 guest.ds_limit} flags={8 ds_rights}}}"},
    {any, "es={{{4 guest.es_selector} base={16 guest.es_base} limit={8 guest.es_limit} flags={8 es_rights}}}"},
    {any, "fs={{{4 guest.fs_selector} base={16 guest.fs_base} limit={8 guest.fs_limit} flags={8 fs_rights}}}"},
    {any, "gs={{{4 guest.gs_selector} base={16 guest.gs_base} limit={8 guest.gs_limit} flags={8 gs_rights}}}"},
    {any, "ss={{{4 guest.ss_selector} base={16 guest.ss_base} limit={8 guest.ss_limit} flags={8 ss_rights}}}"},
    {any, "gdtr={16 guest.gdtr_base}:{4 guest.gdtr_limit} idtr={16 guest.idtr_base}:{4 guest.idtr_limit} eflags={8 guest_flags}"},
};
// clang-format on

constexpr Collection collection[] = {
    {"guest.",
     "the VMCS: VBox.log never holds it; read its fields with VMREAD in a build of your own, or give single ones as "
     "--assume NAME=VALUE"},
    {"processor.", "the processor's features (CPUID is in VBox.log as text), as a profile for --cpu"},
};

void mark_check(std::uint64_t number, KnownState& state) {
    constexpr std::uint64_t first_of_cache = 300, last_of_cache = 307, not_found = 501;
    const auto checks = virtualbox_checks();
    const auto found = std::ranges::find(checks, number, &VirtualBoxCheck::number);
    if (found != checks.end()) {
        state.caveats.push_back(
            fmt::format("HM error {} is VMX_IGS_{} of VirtualBox's own check of the guest state: here {} (vmxspec rule "
                        "shows it)",
                        number, found->name, found->rules));
    } else if (number == not_found) {
        state.caveats.push_back(
            fmt::format("HM error {}: VirtualBox's own check of the guest state found nothing wrong", number));
    } else if (number >= first_of_cache && number <= last_of_cache) {
        state.caveats.push_back(fmt::format(
            "HM error {} (VMX_VCI_...): VirtualBox's copy of a control field differs from the VMCS, which no rule of "
            "the manual is about",
            number));
    } else {
        state.caveats.push_back(fmt::format(
            "HM error {} is a number of VirtualBox's own (include/VBox/vmm/hm_vmx.h of its sources)", number));
    }
}

/// Flags and access rights: in the VMCS they are the guest's if the log says that it does not run in virtual-8086 mode
/// in place of real mode. Access rights 0 are a null selector's: the VMCS has another value for it.
void mark_registers(const SectionedDump& dump, KnownState& state) {
    constexpr std::uint64_t vm = 1 << 17, iopl = 3 << 12;
    const State& s = state.state();
    if (const auto flags = dump.agreed("real_mode_flags")) {
        state.set(s.leaf("guest.rflags"), (*flags & ~iopl) | vm, Standing::given);
        state.caveats.emplace_back(
            "Real-on-v86 active: VirtualBox ran the guest's real mode in virtual-8086 mode; guest RFLAGS is EFlags "
            "with "
            "VM = 1 and IOPL = 0, and the access rights that the log shows are not those of the VMCS");
        return;
    }
    const bool as_guest =
        std::ranges::any_of(dump.readings, [](const Reading& one) { return one.row->text == no_v86; });
    if (!as_guest) return;
    if (const auto flags = dump.agreed("guest_flags")) state.set(s.leaf("guest.rflags"), *flags, Standing::given);
    for (const char* segment : {"cs", "ds", "es", "fs", "gs", "ss"})
        if (const auto rights = dump.agreed(fmt::format("{}_rights", segment)); rights && *rights != 0)
            state.set(s.leaf(fmt::format("guest.{}_access_rights", segment)), *rights, Standing::given);
}

void mark(const SectionedDump& dump, KnownState& state) {
    const auto error = dump.facts.find("hm_error");
    const bool failed = error != dump.facts.end();
    if (failed) mark_check(error->second, state);
    if (failed) mark_registers(dump, state);
    state.caveats.emplace_back(
        failed ? "VBox.log shows the guest's registers and what the processor can, no VMCS: other fields stay unknown"
               : "VBox.log shows no VMCS field, only what the processor can: it decides nothing alone");
}

/// Registers of a guest whose entry did not fail are not those of an entry.
bool is_no_entry(const SectionedDump& dump, std::string_view leaf, std::uint64_t) {
    return leaf.starts_with("guest.") && !dump.facts.contains("hm_error");
}

bool recognises(std::string_view text) {
    constexpr std::array signs{"HM: MSR_IA32_VMX_", "HM error = 0x", "HM: VMX:", "VT-x info:"};
    return std::ranges::any_of(signs, [&](const char* sign) { return text.find(sign) != std::string_view::npos; });
}

std::vector<KnownState> read(const State& state, std::string_view text, const std::string& where) {
    static const SectionedFormat format{"VirtualBox", rows, is_no_entry, mark, collection};
    return read_sectioned(state, format, text, where);
}

}  // namespace

const Reader virtualbox_reader{"virtualbox", "VBox.log: HM: MSR_IA32_VMX_... = 0x..., HM error = 0x...", recognises,
                               read};

}  // namespace vmxspec::query
