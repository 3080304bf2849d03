// The specification is written over one VMCS on one processor. A view reads an expression of it over another: VMCS02
// for VMCS12, the real capability MSRs for those that L1 sees.
#pragma once

#include "spec/state/state.hpp"

#include <map>

namespace vmxspec::nested {

/// Leaves and what stands in their place.
class View {
public:
    explicit View(Graph& graph) : graph_{&graph} {}

    /// From here on `node` stands in the place of the leaf of this number.
    void put(std::size_t leaf, NodeId node) { by_[leaf] = node; }
    /// All that the other view puts, too.
    void put(const View& other) { by_.insert(other.by_.begin(), other.by_.end()); }

    [[nodiscard]] NodeId operator()(NodeId node) const { return graph_->substitute(node, by_); }
    [[nodiscard]] Bool operator()(Bool condition) const { return {graph_, (*this)(condition.id())}; }
    template <unsigned W>
    [[nodiscard]] Bits<W> operator()(Bits<W> word) const {
        return {graph_, (*this)(word.id())};
    }

    [[nodiscard]] const std::map<std::size_t, NodeId>& places() const { return by_; }

private:
    Graph* graph_;
    std::map<std::size_t, NodeId> by_;
};

// A member's own `id` may be a named bit: RFLAGS.ID.
[[nodiscard]] inline NodeId node_of(Bool condition) { return condition.id(); }
template <unsigned W>
[[nodiscard]] NodeId node_of(Bits<W> word) {
    return word.id();
}

/// The number of the leaf that this member of the state is.
template <class Member>
[[nodiscard]] std::size_t leaf_of(const Member& member) {
    return member.graph()[node_of(member)].value;
}

}  // namespace vmxspec::nested
