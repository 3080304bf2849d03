// QEMU's words on a failed VM entry, without the kernel's dump: the number of the failure, which decides what to look
// for, and a register dump, which decides nothing: its values are the guest's view, with CR0 and CR4 from the read
// shadows.
#include "proofs/query/dumps/failure.hpp"
#include "proofs/query/dumps/kvm.hpp"
#include "proofs/query/dumps/kvm_rows.hpp"
#include "proofs/query/dumps/reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace vmxspec::query {

namespace {

struct Meaning {
    std::uint64_t number;
    std::string_view words;
};

/// SDM 33.4 for VM-instruction errors; 29.8 and volume 3D, appendix C, for exit reasons.
constexpr Meaning meanings[] = {
    {1, "VMCALL executed in VMX root operation"},
    {4, "VMLAUNCH with a VMCS whose launch state is not clear"},
    {5, "VMRESUME with a VMCS whose launch state is not launched"},
    {6, "VMRESUME after VMXOFF"},
    {7,
     "VM entry with invalid control fields: a check of 29.2.1 fails, and most often a control that this processor does "
     "not allow or that needs another one"},
    {8, "VM entry with invalid host-state fields: a check of 29.2.2 to 29.2.4 fails"},
    {26, "VM entry with events blocked by MOV SS"},
    {0x80000021, "VM-entry failure due to invalid guest state: a check of 29.3.1 fails"},
    {0x80000022, "VM-entry failure due to MSR loading: an entry of the MSR-load area fails 29.4"},
    {0x80000029, "VM-entry failure due to a machine-check event"},
};

void mark(const SectionedDump& dump, KnownState& state) {
    mark_failure(dump, state);
    const auto error = dump.facts.find("error");
    if (error == dump.facts.end()) return;
    const auto* meaning = std::ranges::find(meanings, error->second, &Meaning::number);
    if (meaning != std::end(meanings))
        state.caveats.push_back(fmt::format("{} means: {}", hex(meaning->number), meaning->words));
    state.caveats.emplace_back(
        "it is QEMU's word on the failure without the VMCS: its registers are the guest's view (CR0 and CR4 are the "
        "read "
        "shadows) and cannot decide a rule, and what it says of big real mode is a guess that most often misleads");
}

bool recognises(std::string_view text) {
    constexpr std::array signs{"hardware error 0x", "hardware_entry_failure_reason = 0x", "hardware error =3D"};
    return std::ranges::any_of(signs, [&](const char* sign) { return text.find(sign) != std::string_view::npos; });
}

std::vector<KnownState> read(const State& state, std::string_view text, const std::string& where) {
    static const SectionedFormat format{"QEMU", kvm_rows(), is_of_earlier_exit, mark, kvm_collection()};
    return read_sectioned(state, format, text, where);
}

}  // namespace

const Reader qemu_reader{"qemu", "QEMU's line KVM: entry failed, hardware error 0x...", recognises, read};

}  // namespace vmxspec::query
