#include "proofs/query/instruction_judgement.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace vmxspec::query {

namespace {

using machine::Ending;
using machine::Transition;

constexpr std::uint64_t cf = 1, zf = 1U << 6, arithmetic_flags = 0x8d5;
constexpr std::uint64_t invalid_opcode = 6, general_protection = 13;
constexpr std::uint64_t entry_failed = 1ULL << 31;

std::optional<std::uint64_t> left(const InstructionTrial& trial, std::size_t leaf) {
    for (const auto& [one, value] : trial.left)
        if (one == leaf) return value;
    return std::nullopt;
}

/// What the row says of the end, where `has_current` is unknown as "VMfail n".
std::string manual_text(const Transition& row, std::optional<bool> has_current) {
    switch (row.ending) {
        case Ending::invalid_opcode: return "#UD";
        case Ending::general_protection: return "#GP(0)";
        case Ending::vmfail:
            if (has_current == false) return "VMfailInvalid";
            return fmt::format("{} {}", has_current ? "VMfailValid" : "VMfail", row.number);
        case Ending::vmfail_invalid: return "VMfailInvalid";
        case Ending::vmfail_valid: return fmt::format("VMfailValid {}", row.number);
        case Ending::succeed: return "VMsucceed";
        case Ending::enter: return "a VM entry";
        case Ending::entry_failure: return fmt::format("exit reason {}", hex(entry_failed | row.number));
        case Ending::vm_exit: return fmt::format("exit reason {}", row.number);
        case Ending::smm_exit: return "an SMM VM exit";
        case Ending::function: return "the VM function, and no flag changed";
    }
    return {};
}

/// The kind of end is the row's. Flags and error numbers are effects, compared with the others.
bool ends_so(const Transition& row, const InstructionTrial& trial) {
    const std::uint64_t number = trial.number;
    switch (row.ending) {
        case Ending::invalid_opcode: return trial.ending == SeenEnding::exception && number == invalid_opcode;
        case Ending::general_protection:
            return trial.ending == SeenEnding::exception && number == general_protection && trial.detail == 0;
        case Ending::enter: return trial.ending == SeenEnding::exit && (number & entry_failed) == 0;
        case Ending::entry_failure: return trial.ending == SeenEnding::exit && number == (entry_failed | row.number);
        case Ending::vm_exit:
            // The row of VM exits that no instruction causes has no exit reason of its own.
            return trial.ending == SeenEnding::exit &&
                   (row.instruction == machine::Instruction::vm_exit ? (number & entry_failed) == 0
                                                                     : number == row.number);
        case Ending::smm_exit: return false;  // nobody comes back from it
        default: return trial.ending == SeenEnding::completed;
    }
}

}  // namespace

std::string to_text(const InstructionTrial& trial) {
    switch (trial.ending) {
        case SeenEnding::untried: return "not tried: " + trial.reason;
        case SeenEnding::exit:
            return fmt::format("exit reason {}",
                               (trial.number & entry_failed) != 0 ? hex(trial.number) : std::to_string(trial.number));
        case SeenEnding::exception:
            if (trial.number == invalid_opcode) return "#UD";
            if (trial.number == general_protection) return fmt::format("#GP({})", hex(trial.detail));
            return fmt::format("exception {}, error code {}", trial.number, hex(trial.detail));
        case SeenEnding::completed: break;
    }
    const State& state = trial.state.state();
    switch (trial.number & arithmetic_flags) {
        case 0: return "VMsucceed";
        case cf: return "VMfailInvalid";
        case zf:
            if (const auto error = left(trial, state.leaf("information.instruction_error")))
                return fmt::format("VMfailValid {}", *error);
            return "VMfailValid";
        default:
            if (trial.state.value("before.rflags") == trial.number) return "no flag changed";
            return fmt::format("RFLAGS {}", hex(trial.number));
    }
}

InstructionComparison compare(const Specification& spec, const InstructionTrial& trial, const Evaluation& evaluation) {
    const State& state = spec.state;
    InstructionComparison result{Agreement::agrees, nullptr, to_text(trial), {}};
    for (const Transition& row : spec.machine.rows(trial.instruction)) {
        const auto holds = evaluation.truth(row.guard.id());
        if (holds == false) continue;
        if (holds) {
            result.taken = &row;
            break;
        }
        std::vector<std::string> names;
        for (const std::size_t leaf : evaluation.undecided_by(row.guard.id()))
            names.push_back(state.leaves()[leaf].name);
        result.agreement = Agreement::undecided;
        result.difference = fmt::format("whether {} applies depends on {}", row.id, fmt::join(names, ", "));
        return result;
    }
    if (result.taken == nullptr) {
        result.agreement = Agreement::undecided;
        result.difference = "no row applies";
        return result;
    }
    const Transition& row = *result.taken;
    const auto current = evaluation.value(state.node(state.leaf("before.current_vmcs")));
    const std::string manual = manual_text(row, current ? std::optional{*current != ~0ULL} : std::nullopt);
    std::vector<std::string> wrong;
    if (!ends_so(row, trial)) wrong.push_back(fmt::format("the manual says {}", manual));
    const auto look = [&](std::size_t leaf, std::uint64_t value) {
        const auto effect = std::ranges::find(row.effects, leaf, &machine::Effect::leaf);
        const Known expected = evaluation[effect == row.effects.end() ? state.node(leaf) : effect->value];
        if (((expected.value ^ value) & expected.known) == 0) return;
        const std::string& name = state.leaves()[leaf].name;
        if (name == "before.rflags" || name == "information.instruction_error") {
            if (wrong.empty()) wrong.push_back(fmt::format("the manual says {}", manual));
            return;
        }
        result.seen += fmt::format("; {} = {}", name, hex(value));
        wrong.push_back(fmt::format("{} is then {}", name, hex(expected.value)));
    };
    if (trial.ending == SeenEnding::completed) look(state.leaf("before.rflags"), trial.number);
    for (const auto& [leaf, value] : trial.left) look(leaf, value);
    if (!wrong.empty()) {
        result.agreement = Agreement::differs;
        result.difference = fmt::format("{}: {}", row.id, fmt::join(wrong, ", "));
    }
    return result;
}

}  // namespace vmxspec::query
