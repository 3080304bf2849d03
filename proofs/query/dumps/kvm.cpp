// KVM's dump_vmcs, of all eras (kvm_rows.hpp), with QEMU's line about the failure if the paste has it. What KVM prints
// and is not the field that the processor checked is marked; what it never prints stays unknown.
#include "proofs/query/dumps/kvm.hpp"
#include "proofs/query/dumps/failure.hpp"
#include "proofs/query/dumps/kvm_rows.hpp"
#include "proofs/query/dumps/reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace vmxspec::query {

namespace {

/// Since 5.14 the areas are printed if and only if their counts are not 0, at one place each.
void msr_counts(const SectionedDump& dump, KnownState& state) {
    if (dump.copies != 1 || !dump.has(Mark::starts)) return;
    const auto& readings = dump.readings;
    const auto row_is = [](std::string_view text) {
        return [text](const Reading& one) { return one.row->text.starts_with(text); };
    };
    auto at = std::ranges::find_if(readings, row_is("Interruptibility"));
    if (at == readings.end() || !at->whole) return;
    ++at;
    if (at != readings.end() && at->row->text.starts_with("InterruptStatus")) ++at;
    const bool shown = at != readings.end() && at->row->mark == Mark::entry_load;
    std::uint64_t entries = 0;
    if (shown)
        for (++at; at != readings.end() && at->row->section == Section::any; ++at) ++entries;
    const bool ends = at != readings.end() && (at->row->mark == Mark::other_area ||
                                               (at->row->mark == Mark::header && at->row->section == Section::host));
    if (!ends || (shown && entries == 0) || entries != state.entry_msr_load.size()) return;
    state.set(state.state().leaf("control.entry_msr_load_count"), entries, Standing::assumed,
              "this KVM prints the VM-entry MSR-load area whenever it has entries, and all of them");
}

void mark(const SectionedDump& dump, KnownState& state) {
    if (dump.has(Mark::effective))
        state.caveats.emplace_back(
            "EFER (effective) is computed by KVM, not read from the VMCS: the guest IA32_EFER field "
            "stays unknown");
    if (dump.has(Mark::autoload))
        state.caveats.emplace_back(
            "EFER (autoload) is the value in the VM-entry MSR-load area: the guest IA32_EFER field "
            "stays unknown");
    mark_failure(dump, state);
    mark_left_over(state);
    msr_counts(dump, state);
}

bool recognises(std::string_view text) {
    constexpr std::array signs{"*** Guest State ***", "*** Host State ***", "*** Control State ***", "gh_mask"};
    return std::ranges::any_of(signs, [&](const char* sign) { return text.find(sign) != std::string_view::npos; });
}

std::vector<KnownState> read(const State& state, std::string_view text, const std::string& where) {
    return read_sectioned(state, kvm_format(), text, where);
}

}  // namespace

const SectionedFormat& kvm_format() {
    static const SectionedFormat format{"KVM", kvm_rows(), is_of_earlier_exit, mark, kvm_collection()};
    return format;
}

const Reader kvm_reader{"kvm", "the kernel's lines *** Guest State *** ... from KVM's dump_vmcs", recognises, read};

}  // namespace vmxspec::query
