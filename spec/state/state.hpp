// All state that VM entries and VM exits read, as leaves of one graph, with the table that describes the leaves.
#pragma once

#include "spec/state/exiting.hpp"
#include "spec/state/expression.hpp"
#include "spec/state/vmcs.hpp"
#include "spec/state/vmx_operation.hpp"

#include <map>

namespace vmxspec {

/// A word that is no leaf but has the named bits of a format.
template <unsigned W, template <class> class Format>
struct Word : Bits<W>, Format<Expression> {
    Word() = default;
    explicit Word(Bits<W> value);
};

/// The state, its leaves, and the control words in effect. Built once; not copyable, for expressions point into it.
class State {
public:
    explicit State(Graph& graph);
    State(const State&) = delete;
    State& operator=(const State&) = delete;

    Control<Expression> control;
    ReadOnly<Expression> information;
    Guest<Expression> guest;
    Host<Expression> host;
    Capability<Expression> capability;
    Processor<Expression> processor;
    Features<Expression> feature;
    ProcessorMsr<Expression> msr;
    Trait<Expression> trait;
    Before<Expression> before;
    Memory<Expression> memory;
    MsrEntry<Expression> msr_entry;
    VmxOperation<Expression> machine;
    Operand<Expression> operand;
    EntryChecks<Expression> checks;
    Successor<Expression> successor;
    Region<Expression> region;
    Exiting<Expression> exiting;

    // Controls as the processor acts on them: all 0 where the control that activates the word is 0
    // (SDM 27.6.2, 27.7.1).
    Word<32, ProcessorBased2> proc2;
    Word<64, ProcessorBased3> proc3;
    Word<64, ExitControl2> exit2;

    [[nodiscard]] Graph& graph() const { return graph_; }
    /// Leaf n of the graph.
    [[nodiscard]] const std::vector<Leaf>& leaves() const { return leaves_; }
    /// The number of the leaf of this name; throws std::out_of_range when there is none.
    [[nodiscard]] std::size_t leaf(std::string_view name) const;
    /// The number of the leaf of this name, or nothing.
    [[nodiscard]] const std::size_t* find(std::string_view name) const;
    /// The number of the leaf of this VMCS field, by its encoding (full access), or nothing.
    [[nodiscard]] const std::size_t* find_field(std::uint32_t encoding) const;
    /// The number of the leaf of this processor MSR, by its index, or nothing.
    [[nodiscard]] const std::size_t* find_msr(std::uint32_t index) const;

    /// A further leaf with the description of leaf n but another name: entry k of an area, another processor's state.
    std::size_t add_copy(std::size_t n, std::string name);
    /// A further leaf: state that no area has, such as what a transition leaves undefined. `manual_name` outlives it.
    std::size_t add_leaf(std::string name, std::string_view manual_name, unsigned width);
    /// The node of leaf n.
    [[nodiscard]] NodeId node(std::size_t n) const { return graph_.leaf(n); }

private:
    std::size_t append(Leaf leaf);
    void index(std::size_t n);

    Graph& graph_;
    std::vector<Leaf> leaves_;
    std::map<std::string, std::size_t, std::less<>> by_name_;
    std::map<std::uint32_t, std::size_t> by_encoding_;
    std::map<std::uint32_t, std::size_t> by_msr_;
};

}  // namespace vmxspec
