// The head of a trace: what it tells of the machine, in front of the vectors and the instructions.
#pragma once

#include "proofs/query/trace.hpp"
#include "proofs/query/trace_line.hpp"

#include <array>
#include <map>
#include <string>
#include <string_view>

namespace vmxspec::query {

/// The leaf that a line "mode" names so: `efer`, `cpl`. Refuses a name that there is not.
[[nodiscard]] std::size_t mode_leaf(const State& state, const TraceLine& line, const std::string& name);

class TraceHead {
public:
    explicit TraceHead(const State& state) : state_{state}, processor_{state} {}

    /// Whether lines of this kind are the head's. Lines "mode" inside of a vector are the vector's.
    [[nodiscard]] static bool knows(std::string_view kind);
    /// Takes a line of such a kind. What it tells beside the processor's values goes to `trace`.
    void take(TraceLine& line, Trace& trace);
    /// The processor, as far as the lines up to now tell. Features of CPUID leaves that they do not tell are 0.
    [[nodiscard]] const KnownState& processor();
    /// At the end of the trace: the machine as a profile, of the name that the trace gives it.
    [[nodiscard]] Profile profile(const Trace& trace);

private:
    using Registers = std::array<std::uint64_t, 4>;  ///< EAX, EBX, ECX, EDX

    static void emulator(TraceLine& line, Trace& trace);
    [[nodiscard]] static Registers registers(const TraceLine& line, const std::string& text);

    const State& state_;
    KnownState processor_;
    std::map<std::string, Registers> cpuid_;  ///< by "leaf.subleaf"
};

}  // namespace vmxspec::query
