// Traces of VM entries that a machine really made (format in tests/bochs/README.md), and what the specification says of
// each.
#pragma once

#include "proofs/query/judgement.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vmxspec::query {

/// How the machine answered one VM entry.
struct Observation {
    Channel channel = Channel::none;  ///< none: the entry succeeded
    std::uint32_t number = 0;         ///< VM-instruction error; for an exit the whole exit reason
    std::uint64_t qualification = 0;
    std::optional<std::uint32_t> missing_field;  ///< encoding: the entry was not tried, for the processor lacks the field
};

struct TraceEntry {
    std::string id;
    KnownState state;
    Observation observed;
    std::vector<std::pair<std::string, std::uint64_t>> after;  ///< efer, cr0, cr4 as the machine showed them after the entry
};

struct Trace {
    std::string processor;
    std::vector<TraceEntry> entries;
};

/// Reads a whole trace. Throws InputError naming the line; a trace without its `end` line is incomplete.
[[nodiscard]] Trace read_trace(const State& state, std::string_view text, const std::string& where);

enum class Agreement : std::uint8_t { agrees, differs, undecided };

struct Comparison {
    Agreement agreement = Agreement::undecided;
    Judgement judgement;
    std::string difference;  ///< what the specification says and what the machine did; empty if they agree
};

[[nodiscard]] Comparison compare(const Specification& spec, const TraceEntry& entry);

[[nodiscard]] std::string to_text(const Observation& observed);

}  // namespace vmxspec::query
