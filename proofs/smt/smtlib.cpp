#include "proofs/smt/smtlib.hpp"

#include <algorithm>
#include <string_view>
#include <utility>
#include <vector>

namespace vmxspec::smt {

namespace {

constexpr std::size_t line_length = 100;

/// A symbol of SMT-LIB 2.6, section 3.1, between bars unless it is a simple one.
std::string symbol(const std::string& name) {
    constexpr std::string_view simple =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789~!@$%^&*_-+=<>.?/";
    const bool plain = !name.empty() && name.find_first_not_of(simple) == std::string::npos &&
                       (name[0] < '0' || name[0] > '9') && name[0] != '.' && name[0] != '@';
    return plain ? name : "|" + name + "|";
}

std::string sort(unsigned width) { return width == 0 ? "Bool" : "(_ BitVec " + std::to_string(width) + ")"; }

/// #x for whole hexadecimal digits, #b otherwise: both say their width.
std::string literal(std::uint64_t value, unsigned width) {
    const unsigned step = width % 4 == 0 ? 4 : 1;
    std::string digits;
    for (unsigned low = width; low > 0; low -= step)
        digits += "0123456789abcdef"[value >> (low - step) & ((1U << step) - 1)];
    return (step == 4 ? "#x" : "#b") + digits;
}

/// The parts of `(a b (c d))`, none nested.
std::vector<std::string_view> parts(std::string_view list) {
    std::vector<std::string_view> found;
    std::size_t begin = 1;
    int depth = 0;
    bool quoted = false;
    for (std::size_t k = 1; k < list.size(); ++k) {
        const char c = list[k];
        if (c == '|') quoted = !quoted;
        if (quoted) continue;
        if (depth == 0 && (c == ' ' || c == ')')) {
            if (k > begin) found.push_back(list.substr(begin, k - begin));
            begin = k + 1;
        }
        if (c == '(') ++depth;
        if (c == ')') --depth;
    }
    return found;
}

/// The term in lines: what fits stays on one, otherwise each operand has its own.
std::string laid_out(std::string_view term, std::size_t column) {
    if (term.empty() || term[0] != '(' || column + term.size() <= line_length) return std::string{term};
    const std::vector<std::string_view> list = parts(term);
    std::string text = "(" + std::string{list.at(0)};
    for (std::size_t k = 1; k < list.size(); ++k)
        text += "\n" + std::string(column + 2, ' ') + laid_out(list[k], column + 2);
    return text + ")";
}

std::string apply(const std::string& name, std::initializer_list<std::string> operands) {
    std::string text = "(" + name;
    for (const std::string& one : operands) text += " " + one;
    return text + ")";
}

}  // namespace

SmtLib::SmtLib(const Graph& graph, std::span<const NodeId> roots, LeafName leaf_name)
    : graph_{graph}, leaf_name_{std::move(leaf_name)} {
    const std::vector<NodeId> cone = graph.cone(roots);
    std::map<NodeId, unsigned> uses;
    for (const NodeId id : cone)
        for (unsigned k = 0; k < arity(graph[id].op); ++k) ++uses[graph[id].operand[k]];
    for (const NodeId id : cone) {
        const Node& node = graph[id];
        if (node.op == Op::leaf) leaves_.insert(static_cast<std::size_t>(node.value));
        std::string text = translate(id);
        if (uses[id] > 1 && arity(node.op) > 0) {
            definitions_.emplace(id, std::move(text));
            text = "n" + std::to_string(id);
        }
        terms_.emplace(id, std::move(text));
    }
}

std::string SmtLib::constant_name(std::size_t leaf) const { return symbol(leaf_name_(leaf)); }

/// And, or of more than two operands: SMT-LIB takes any number.
std::string SmtLib::chain(const Node& node, const std::string& name) const {
    std::string text = "(" + name;
    for (unsigned k = 0; k < 2; ++k) {
        const std::string inner = operand(node, k);
        const bool same = inner.starts_with("(" + name + " ");
        text += " " + (same ? inner.substr(name.size() + 2, inner.size() - name.size() - 3) : inner);
    }
    return text + ")";
}

std::string SmtLib::translate(NodeId id) const {
    const Node& node = graph_[id];
    const auto in = [&](unsigned k) { return operand(node, k); };
    switch (node.op) {
        case Op::constant:
            return node.width == 0 ? (node.value != 0 ? "true" : "false") : literal(node.value, node.width);
        case Op::leaf: return constant_name(static_cast<std::size_t>(node.value));
        case Op::bit_and: return apply("bvand", {in(0), in(1)});
        case Op::bit_or: return apply("bvor", {in(0), in(1)});
        case Op::bit_xor: return apply("bvxor", {in(0), in(1)});
        case Op::bit_not: return apply("bvnot", {in(0)});
        case Op::add: return apply("bvadd", {in(0), in(1)});
        case Op::subtract: return apply("bvsub", {in(0), in(1)});
        case Op::shift_left: return apply("bvshl", {in(0), in(1)});
        case Op::shift_right: return apply("bvlshr", {in(0), in(1)});
        case Op::extract:
            return apply(
                "(_ extract " + std::to_string(node.value + node.width - 1) + " " + std::to_string(node.value) + ")",
                {in(0)});
        case Op::extend:
            return apply("(_ zero_extend " + std::to_string(node.width - graph_[node.operand[0]].width) + ")", {in(0)});
        case Op::select: return apply("ite", {in(0), in(1), in(2)});
        case Op::equal: return apply("=", {in(0), in(1)});
        case Op::below: return apply("bvult", {in(0), in(1)});
        case Op::logical_and: return chain(node, "and");
        case Op::logical_or: return chain(node, "or");
        case Op::logical_not: return apply("not", {in(0)});
    }
    return "false";
}

std::string SmtLib::declarations() const {
    std::string text;
    for (const std::size_t leaf : leaves_)
        text += "(declare-const " + constant_name(leaf) + " " + sort(graph_[graph_.leaf(leaf)].width) + ")\n";
    return text;
}

std::string SmtLib::definitions() const {
    std::string text;
    for (const auto& [id, definition] : definitions_) {
        const std::string head = "(define-fun n" + std::to_string(id) + " () " + sort(graph_[id].width);
        const bool fits = head.size() + definition.size() + 2 <= line_length;
        text += head + (fits ? " " + definition : "\n  " + laid_out(definition, 2)) + ")\n";
    }
    return text;
}

std::string SmtLib::term(NodeId node, std::size_t column) const { return laid_out(terms_.at(node), column); }

std::string smtlib_script(const Graph& graph, std::span<const NodeId> asserted, const SmtLib::LeafName& leaf_name) {
    const SmtLib text{graph, asserted, leaf_name};
    std::string script = "(set-logic QF_BV)\n" + text.declarations() + text.definitions();
    for (const NodeId id : asserted) script += "(assert " + text.term(id, 8) + ")\n";
    return script + "(check-sat)\n";
}

}  // namespace vmxspec::smt
