// Expression graph -> SMT-LIB 2 text (logic QF_BV), for any solver that reads the standard.
//
// A leaf is a declared constant, a node that is used more than once a defined one, so that the text grows with the
// graph and not with the tree.
#pragma once

#include "spec/lang/graph.hpp"

#include <functional>
#include <map>
#include <set>
#include <span>
#include <string>

namespace vmxspec::smt {

/// The terms of some roots over one graph.
class SmtLib {
public:
    using LeafName = std::function<std::string(std::size_t leaf)>;

    /// Terms for these roots and whatever they are made of. `leaf_name` gives leaf n its name, as any text; names that
    /// are no simple symbols of SMT-LIB are quoted.
    SmtLib(const Graph& graph, std::span<const NodeId> roots, LeafName leaf_name);

    /// `(declare-const name sort)` for each leaf that the roots read, a line each.
    [[nodiscard]] std::string declarations() const;
    /// `(define-fun n12 () sort term)` for each shared node, operands first; needs the declarations before it.
    [[nodiscard]] std::string definitions() const;
    /// The term of a root, or of a node below one; needs the definitions before it. Long terms are laid out in lines,
    /// as if the first began at `column`.
    [[nodiscard]] std::string term(NodeId node, std::size_t column = 0) const;

private:
    [[nodiscard]] std::string translate(NodeId id) const;
    [[nodiscard]] std::string operand(const Node& node, unsigned k) const { return terms_.at(node.operand[k]); }
    [[nodiscard]] std::string chain(const Node& node, const std::string& name) const;
    [[nodiscard]] std::string constant_name(std::size_t leaf) const;

    const Graph& graph_;
    LeafName leaf_name_;
    std::map<NodeId, std::string> terms_;        ///< what users of the node write: its name if it has one
    std::map<NodeId, std::string> definitions_;  ///< of shared nodes
    std::set<std::size_t> leaves_;
};

/// A whole script: can all of these Bool nodes be true at once?
[[nodiscard]] std::string smtlib_script(const Graph& graph, std::span<const NodeId> asserted,
                                        const SmtLib::LeafName& leaf_name);

}  // namespace vmxspec::smt
