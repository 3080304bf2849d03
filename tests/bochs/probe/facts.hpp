/// Lines of the trace that tell facts: leaves of the specification's state, by their names, with their values.
#pragma once

#include <cstdint>
#include <string_view>

#include "tests/bochs/probe/trace.hpp"

namespace vmxspec::probe {

/// Lines of one kind: `head name=value ...`.
class Facts {
public:
    Facts(Trace& trace, std::string_view head) : trace_{trace}, head_{head} {}
    Facts(const Facts&) = delete;
    Facts& operator=(const Facts&) = delete;
    ~Facts() { trace_.end_line(); }

    void add(std::string_view leaf, std::uint64_t value) { trace_.item(head_, leaf, value); }

private:
    Trace& trace_;
    std::string_view head_;
};

}  // namespace vmxspec::probe
