// Traces of VM entries that a machine really made (format in tests/bochs/README.md), and what the specification says of
// each.
#pragma once

#include "proofs/query/instruction_trial.hpp"
#include "proofs/query/judgement.hpp"
#include "proofs/state/profile.hpp"

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace vmxspec::query {

/// How the machine answered one VM entry.
struct Observation {
    Channel channel = Channel::none;  ///< none: the entry succeeded
    std::uint32_t number = 0;         ///< VM-instruction error; for an exit the whole exit reason
    std::uint64_t qualification = 0;
    bool died = false;  ///< the machine did not come back
    bool ran = false;   ///< the guest ran before its first VM exit, and is not as VM entry has loaded it
};

struct TraceEntry {
    std::string id;
    KnownState state;
    Observation observed;
    std::vector<std::pair<std::string, std::uint64_t>>
        after;  ///< efer, cr0, cr4 as the machine showed them after the entry
    /// Leaves of VMCS fields that are not as before the VM entry, if the trace tells of all of them.
    std::optional<std::map<std::size_t, std::uint64_t>> saved;
    std::map<std::string, std::uint64_t> host;  ///< registers after the VM exit, by name of their row in load tables
    /// Ids of the rules that the generated code found broken on the machine; nothing if the trace has no prediction.
    std::optional<std::set<std::string>> predicted;
    std::vector<std::string> said;  ///< what an emulator wrote into its log during the entry
};

struct Trace {
    std::string processor;                       ///< as the machine names it
    std::string model;                           ///< the emulator's name of the processor; empty for hardware
    std::string version;                         ///< the emulator and its version
    Profile machine;                             ///< its capability MSRs and features
    std::map<std::string, std::uint64_t> pages;  ///< of the probe, to which vectors' fields point: address by name
    std::vector<TraceEntry> entries;
    std::vector<InstructionTrial> instructions;
    std::size_t not_tried = 0;  ///< vectors that want a field which the processor's VMCS does not have
};

/// Reads a whole trace. Throws InputError naming the line, also for a name that the specification does not know; a
/// trace without its `end` line is incomplete.
[[nodiscard]] Trace read_trace(const Specification& spec, std::string_view text, const std::string& where);

enum class Agreement : std::uint8_t { agrees, differs, undecided };

struct Comparison {
    Agreement agreement = Agreement::undecided;
    Judgement judgement;
    std::string difference;  ///< what the specification says and what the machine did; empty if they agree
    std::vector<std::string>
        loaded;  ///< what the machine loaded or saved otherwise than the manual says, a phrase each
    std::vector<const Rule*> aborts;  ///< rules of VM exits by which the exit is a VMX abort
    bool predicted_right = true;      ///< the generated code's prediction is what the specification finds
};

/// Agrees if the manual allows what the machine did, and the generated code predicted the rules that the
/// specification's own evaluation finds broken. Rules that the trace does not decide may or may not be in the
/// prediction; rules of the MSR-load area count only where no other rule is broken, for the processor does not come to
/// it otherwise.
[[nodiscard]] Comparison compare(const Specification& spec, const TraceEntry& entry);

[[nodiscard]] std::string to_text(const Observation& observed);

}  // namespace vmxspec::query
