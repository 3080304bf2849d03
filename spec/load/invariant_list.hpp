// The parts of invariants(), and what they share.
#pragma once

#include "spec/load/invariants.hpp"

namespace vmxspec::load {

/// Rows are added with the citation of their section.
class InvariantList {
public:
    InvariantList(const State& state, const Values& after) : s{state}, values_{after} {}

    void section(Citation citation) { citation_ = citation; }
    void add(std::string name, std::string statement, Bool condition) {
        list.push_back({std::move(name), std::move(statement), citation_, condition});
    }
    /// The value of a register; throws std::out_of_range when the state does not speak of it.
    [[nodiscard]] Bits<64> operator()(const std::string& name) const { return values_.at(name); }

    // Modes of the processor.
    [[nodiscard]] Bool pe() const { return (*this)("cr0")[0]; }
    [[nodiscard]] Bool pg() const { return (*this)("cr0")[31]; }
    [[nodiscard]] Bool lma() const { return (*this)("efer")[10]; }
    [[nodiscard]] Bool v86() const { return (*this)("rflags")[17]; }
    [[nodiscard]] Bool protected_mode() const { return pe() && !v86(); }
    [[nodiscard]] Bits<2> cpl() const { return (*this)("ss.access_rights").slice<6, 5>(); }

    const State& s;
    std::vector<Invariant> list;

private:
    const Values& values_;
    Citation citation_{};
};

void paging_invariants(InvariantList& list);
void msr_invariants(InvariantList& list);
void segment_invariants(InvariantList& list, Bool relaxed);
void event_invariants(InvariantList& list);

}  // namespace vmxspec::load
