#include "proofs/query/instruction_trial.hpp"

#include "proofs/query/trace_line.hpp"
#include "proofs/state/input_error.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <istream>

namespace vmxspec::query {

namespace {

constexpr std::array<std::string_view, 6> kinds{"circumstances", "instruction", "given",
                                                "left",          "ended",       "instructions"};

unsigned width_of(const State& state, std::size_t leaf) { return std::max<unsigned>(1, state.leaves()[leaf].width); }

/// In place of what the trace's head told, which was the state when the probe began.
void give(KnownState& state, std::size_t leaf, std::uint64_t value) {
    state.set_bits(leaf, Known::exactly(value, width_of(state.state(), leaf)), Standing::given);
}

machine::Instruction instruction_of(std::string_view name) {
    for (std::size_t n = 0; n < machine::instruction_count; ++n)
        if (machine::name(static_cast<machine::Instruction>(n)) == name) return static_cast<machine::Instruction>(n);
    throw InputError(fmt::format("no instruction is named \"{}\".", name));
}

}  // namespace

bool InstructionReader::knows(std::string_view kind) { return std::ranges::find(kinds, kind) != kinds.end(); }

std::pair<std::size_t, std::uint64_t> InstructionReader::fact(const std::string& word) const {
    const std::size_t sign = word.find('=');
    if (sign == std::string::npos) throw InputError(fmt::format("\"{}\" is not key=value.", word));
    const std::size_t* leaf = state_->find(std::string_view{word}.substr(0, sign));
    if (leaf == nullptr) throw InputError(fmt::format("nothing is named {}.", word.substr(0, sign)));
    const std::uint64_t value = hexadecimal(std::string_view{word}.substr(sign + 1));
    if ((value & ~low_bits(width_of(*state_, *leaf))) != 0)
        throw InputError(fmt::format("{} does not fit {}.", word.substr(sign + 1), word.substr(0, sign)));
    return {*leaf, value};
}

void InstructionReader::begin(std::istream& words, const KnownState& processor) {
    std::string id;
    std::string name;
    if (!(words >> id >> name)) throw InputError("an instruction without id or name.");
    if (counted_) throw InputError("an instruction follows the line \"instructions\".");
    trials_.push_back({id, instruction_of(name), processor, SeenEnding::untried, 0, 0, {}, {}});
    InstructionTrial& trial = trials_.back();
    trial.state.name = id;
    for (const auto& [leaf, value] : circumstances_) give(trial.state, leaf, value);
    // Where the MSR does not exist, the processor has none of the controls (volume 3D, A.3.3).
    const std::size_t secondary = state_->leaf("capability.proc2");
    const auto primary = processor.value("capability.proc");
    if (processor.standing(secondary) == Standing::unknown && primary && (*primary >> 63) == 0)
        give(trial.state, secondary, 0);
    open_ = true;
}

void InstructionReader::end(std::istream& words) {
    InstructionTrial& trial = trials_.back();
    std::string id;
    std::string kind;
    std::string a;
    std::string b;
    words >> id >> kind >> a >> b;
    if (id != trial.id) throw InputError(fmt::format("the end of {} inside the instruction {}.", id, trial.id));
    if (kind == "untried") {
        trial.reason = a;
    } else {
        const bool two = kind == "exception" || kind == "exit";
        if (kind != "flags" && !two) throw InputError(fmt::format("\"{}\" is no end of an instruction.", kind));
        trial.ending = kind == "flags"  ? SeenEnding::completed
                       : kind == "exit" ? SeenEnding::exit
                                        : SeenEnding::exception;
        trial.number = hexadecimal(a);
        if (two) trial.detail = hexadecimal(b);
    }
    open_ = false;
}

void InstructionReader::take(std::string_view kind, std::istream& words, const KnownState& processor) {
    if (kind != "given" && kind != "left" && kind != "ended" && open_)
        throw InputError(fmt::format("the instruction {} has no end.", trials_.back().id));
    if ((kind == "given" || kind == "left" || kind == "ended") && !open_)
        throw InputError(fmt::format("\"{}\" outside of an instruction.", kind));
    if (kind == "instruction") return begin(words, processor);
    if (kind == "ended") return end(words);
    if (kind == "instructions") {
        std::string count;
        words >> count;
        if (hexadecimal(count) != trials_.size())
            throw InputError(fmt::format("the trace says that it has {:d} instructions, but {} are in it.",
                                         hexadecimal(count), trials_.size()));
        counted_ = true;
        return;
    }
    for (std::string word; words >> word;) {
        const auto [leaf, value] = fact(word);
        if (kind == "circumstances") {
            circumstances_.emplace_back(leaf, value);
        } else if (kind == "left") {
            trials_.back().left.emplace_back(leaf, value);
        } else {
            give(trials_.back().state, leaf, value);
        }
    }
}

std::vector<InstructionTrial> InstructionReader::finish() {
    if (open_ || (!trials_.empty() && !counted_))
        throw InputError("the instructions are incomplete: the line \"instructions N\" is missing.");
    return std::move(trials_);
}

}  // namespace vmxspec::query
