// One VMX instruction that a machine executed: what was told of the state before, and what came of it.
#pragma once

#include "proofs/state/known_state.hpp"
#include "spec/machine/transition.hpp"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace vmxspec::query {

/// How an instruction ended, as the machine shows it.
enum class SeenEnding : std::uint8_t {
    completed,  ///< the next instruction was come to: number is RFLAGS
    exception,  ///< number is the vector, detail the error code
    exit,       ///< number is the exit reason, detail the qualification
    untried,    ///< the machine could not be brought into the situation
};

struct InstructionTrial {
    std::string id;
    machine::Instruction instruction{};
    KnownState state;
    SeenEnding ending = SeenEnding::untried;
    std::uint64_t number = 0;
    std::uint64_t detail = 0;
    std::string reason;                                       ///< of one that was not tried
    std::vector<std::pair<std::size_t, std::uint64_t>> left;  ///< leaves as they were seen afterwards
};

/// The lines of a trace about instructions (format in tests/bochs/README.md), as they come.
class InstructionReader {
public:
    explicit InstructionReader(const State& state) : state_{&state} {}

    /// Whether lines that begin so are about instructions.
    [[nodiscard]] static bool knows(std::string_view kind);
    /// Takes a line. `processor` is what the trace's head tells. Throws InputError without place.
    void take(std::string_view kind, std::istream& words, const KnownState& processor);
    /// At the end of the trace: all instructions, each with its end. Throws InputError.
    [[nodiscard]] std::vector<InstructionTrial> finish();

private:
    void begin(std::istream& words, const KnownState& processor);
    void end(std::istream& words);
    [[nodiscard]] std::pair<std::size_t, std::uint64_t> fact(const std::string& word) const;

    const State* state_;
    std::vector<std::pair<std::size_t, std::uint64_t>> circumstances_;
    std::vector<InstructionTrial> trials_;
    bool open_ = false;
    bool counted_ = false;
};

}  // namespace vmxspec::query
