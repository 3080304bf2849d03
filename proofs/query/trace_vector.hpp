// The vectors of a trace: VM entries, each with the state before it, what the machine did, and what it was like after.
#pragma once

#include "proofs/query/trace.hpp"
#include "proofs/query/trace_line.hpp"
#include "spec/specification.hpp"

#include <map>
#include <optional>
#include <string>

namespace vmxspec::query {

class VectorReader {
public:
    explicit VectorReader(const Specification& spec) : spec_{spec} {}

    /// Whether a vector has begun and has no outcome yet: lines are about it.
    [[nodiscard]] bool is_open() const { return open_; }
    /// Drops a vector that is open: the trace breaks off.
    void give_up(Trace& trace);
    /// Refuses the line if a vector is open.
    void demand_outcome(const TraceLine& line, const Trace& trace) const;
    /// Takes the line "vector". `processor` is what the trace's head tells.
    void begin(TraceLine& line, const KnownState& processor, Trace& trace);
    /// Takes a line about the open vector.
    void take(TraceLine& line, Trace& trace);

private:
    void like(TraceLine& line, Trace& trace);
    void mode(TraceLine& line, Trace& trace);
    void vmcs(TraceLine& line, Trace& trace);
    void area(TraceLine& line, Trace& trace);
    void memory(TraceLine& line, Trace& trace);
    void pointer(TraceLine& line, Trace& trace);
    void at(TraceLine& line, Trace& trace);
    void said(TraceLine& line, Trace& trace);
    void after(TraceLine& line, Trace& trace);
    void saved(TraceLine& line, Trace& trace);
    void host(TraceLine& line, Trace& trace);
    void predicted(TraceLine& line, Trace& trace);
    void outcome(TraceLine& line, Trace& trace);

    const Specification& spec_;
    bool open_ = false;
    std::optional<std::size_t> like_;          ///< from which the open vector's fields are told by differences
    std::map<std::string, std::size_t> told_;  ///< vectors with an outcome, by id
};

}  // namespace vmxspec::query
