// Xen's vmcs_dump_vcpu, of all eras (xen_rows.hpp), after a failed entry or by the debug key v. Xen prints 0 for a
// field that it could not read: where the processor may lack the field, a 0 is not taken.
#include "proofs/query/dumps/failure.hpp"
#include "proofs/query/dumps/reader.hpp"
#include "proofs/query/dumps/xen_rows.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace vmxspec::query {

namespace {

/// Fields that not every processor has (SDM volume 3D, appendix B: "exists only on processors that support ...").
constexpr std::array optional_fields{"control.tsc_multiplier",
                                     "control.eptp_index",
                                     "control.vm_function",
                                     "control.eptp",
                                     "control.proc2",
                                     "control.proc3",
                                     "control.vpid",
                                     "guest.bndcfgs",
                                     "guest.perf_global_ctrl",
                                     "guest.preemption_timer",
                                     "guest.pat",
                                     "guest.efer",
                                     "host.pat",
                                     "host.efer",
                                     "host.perf_global_ctrl",
                                     "control.spec_ctrl_mask",
                                     "control.spec_ctrl_shadow",
                                     "control.posted_interrupt_vector",
                                     "control.tpr_threshold",
                                     "guest.interrupt_status",
                                     "control.ple_gap",
                                     "control.ple_window"};

bool may_be_unread(std::string_view leaf, std::uint64_t value) {
    return value == 0 && std::ranges::find(optional_fields, leaf) != optional_fields.end();
}

bool stale(const SectionedDump& dump, std::string_view leaf, std::uint64_t value) {
    return may_be_unread(leaf, value) || is_of_earlier_exit(dump, leaf, value);
}

/// The entry of the VM-entry MSR-load area that the processor refused: Xen tells its index and data, and counts from 0;
/// to 4.7 it told the number from 1 only.
void mark_refused_entry(const SectionedDump& dump, KnownState& state) {
    constexpr std::uint64_t most = 512;  // a page of entries
    if (const auto number = dump.agreed("refused_number"))
        state.caveats.push_back(
            fmt::format("the processor refused entry {} of the VM-entry MSR-load area, counted from "
                        "1; this release of Xen does not print it",
                        *number));
    const auto place = dump.agreed("refused_entry");
    const auto index = dump.agreed("refused_msr");
    const auto data = dump.agreed("refused_data");
    if (!place || *place >= most || !index || !data) return;
    state.entry_msr_load.resize(*place + 1);
    for (std::size_t k = 0; k < *place; ++k) state.entry_msr_load[k].name = fmt::format("entry {}", k);
    state.entry_msr_load[*place] = {static_cast<std::uint32_t>(*index),
                                    static_cast<std::uint32_t>(dump.agreed("refused_bits").value_or(0)), *data,
                                    fmt::format("entry {}", *place)};
    state.caveats.push_back(
        fmt::format("the processor refused MSR {} = {}: entry {} of the VM-entry MSR-load area, which Xen counts from "
                    "0; it accepted "
                    "the entries before it, which Xen does not print",
                    hex(*index), hex(*data), *place));
}

void mark(const SectionedDump& dump, KnownState& state) {
    std::string unread;
    for (const Reading& reading : dump.readings)
        for (const Fill& fill : reading.fills)
            if (fill.leaf && may_be_unread(fill.name, fill.value))
                unread +=
                    fmt::format("{}{}", unread.empty() ? "" : ", ", state.state().leaves()[*fill.leaf].manual_name);
    if (!unread.empty())
        state.caveats.push_back(
            fmt::format("Xen prints 0 for a field that it could not read, so that these stay unknown: "
                        "{}",
                        unread));
    if (dump.has(Mark::autoload))
        state.caveats.emplace_back(
            "EFER(MSR LL) is the value in the VM-entry MSR-load list: the guest IA32_EFER field "
            "stays unknown");
    mark_refused_entry(dump, state);
    mark_failure(dump, state);
    mark_left_over(state);
}

bool recognises(std::string_view text) {
    constexpr std::array sections{"*** Guest State ***", "*** Host State ***", "*** Control State ***", "gh_mask",
                                  "vmentry failure (reason"};
    constexpr std::array signs{"(XEN)",
                               "VMCS Area",
                               "vmentry failure (reason",
                               "Failed vm entry (exit reason",
                               "sel  attr  limit",
                               "EFER(VMCS)",
                               "EFER(MSR LL)",
                               "target_count=",
                               "SM Base"};
    const auto in_text = [&](const char* sign) { return text.find(sign) != std::string_view::npos; };
    return std::ranges::any_of(sections, in_text) && std::ranges::any_of(signs, in_text);
}

std::vector<KnownState> read(const State& state, std::string_view text, const std::string& where) {
    static const SectionedFormat format{"Xen", xen_rows(), stale, mark, xen_collection()};
    return read_sectioned(state, format, text, where);
}

}  // namespace

const Reader xen_reader{"xen", "Xen's *** Guest State *** ... from vmcs_dump_vcpu, with or without (XEN)", recognises,
                        read};

}  // namespace vmxspec::query
