// A condition as a sentence: a reading of the expression, like its SMT form and its generated code.
#include "proofs/query/report.hpp"

#include <fmt/format.h>

#include <optional>

namespace vmxspec::query {

namespace {

constexpr std::size_t readable_nodes = 80;  ///< a longer condition is a table, not a sentence

class Sentence {
public:
    explicit Sentence(const Specification& spec) : spec_{spec}, graph_{spec.graph} {}

    std::string truth(NodeId id, bool positive = true) const {
        const Node& node = graph_[id];
        if (const Phrase* phrase = graph_.phrase(id))
            return positive ? words(*phrase) : fmt::format("not ({})", words(*phrase));
        if (const auto same = equivalence(node))
            return fmt::format("{} {} {}", same->first, positive ? "=" : "≠", same->second);
        if (const auto bit = named_bit(id)) return fmt::format("{} = {}", *bit, positive ? 1 : 0);
        switch (node.op) {
            case Op::constant: return (node.value != 0) == positive ? "always" : "never";
            case Op::leaf: return fmt::format("{}{}", leaf(node), positive ? "" : ": no");
            case Op::logical_not: return truth(node.operand[0], !positive);
            case Op::equal:
                return fmt::format("{} {} {}", word(node.operand[0]), positive ? "=" : "≠", word(node.operand[1]));
            case Op::below:
                return fmt::format("{} {} {}", word(node.operand[0]), positive ? "<" : "≥", word(node.operand[1]));
            case Op::logical_or:
                if (positive && graph_[node.operand[0]].op == Op::logical_not)
                    return fmt::format("if {}: {}", truth(graph_[node.operand[0]].operand[0]), truth(node.operand[1]));
                return join(node, positive, positive ? " or " : " and ");
            case Op::logical_and: return join(node, positive, positive ? " and " : " or ");
            default: return "?";
        }
    }

    std::string word(NodeId id) const {
        const Node& node = graph_[id];
        if (const Phrase* phrase = graph_.phrase(id)) return words(*phrase);
        const auto in = [&](unsigned k) { return word(node.operand[k]); };
        switch (node.op) {
            case Op::constant: return node.value < 10 ? std::to_string(node.value) : hex(node.value);
            case Op::leaf: return leaf(node);
            case Op::bit_and: return fmt::format("({} & {})", in(0), in(1));
            case Op::bit_or: return fmt::format("({} | {})", in(0), in(1));
            case Op::bit_xor: return fmt::format("({} ^ {})", in(0), in(1));
            case Op::bit_not: return "~" + in(0);
            case Op::add: return fmt::format("({} + {})", in(0), in(1));
            case Op::subtract: return fmt::format("({} - {})", in(0), in(1));
            case Op::shift_left: return fmt::format("({} << {})", in(0), in(1));
            case Op::shift_right: return fmt::format("({} >> {})", in(0), in(1));
            case Op::extract: return part(node);
            case Op::extend: return in(0);
            case Op::select: return fmt::format("({} if {}, else {})", in(1), truth(node.operand[0]), in(2));
            default: return "?";
        }
    }

private:
    std::string words(const Phrase& phrase) const {
        std::string text;
        std::size_t next = 0;
        for (std::string_view rest = phrase.pattern; !rest.empty();) {
            const std::size_t place = rest.find("{}");
            text += rest.substr(0, place);
            if (place == std::string_view::npos) break;
            text += word(phrase.operands.at(next++));
            rest.remove_prefix(place + 2);
        }
        return text;
    }

    /// a = b of truth values, written (a && b) || (!a && !b).
    std::optional<std::pair<std::string, std::string>> equivalence(const Node& node) const {
        if (node.op != Op::logical_or) return std::nullopt;
        const Node& both = graph_[node.operand[0]];
        const Node& neither = graph_[node.operand[1]];
        if (both.op != Op::logical_and || neither.op != Op::logical_and) return std::nullopt;
        for (const unsigned k : {0U, 1U}) {
            const Node& negation = graph_[neither.operand[k]];
            if (negation.op != Op::logical_not || negation.operand[0] != both.operand[k]) return std::nullopt;
        }
        return std::pair{subject(both.operand[0]), subject(both.operand[1])};
    }

    /// A truth value as a thing that is 0 or 1.
    std::string subject(NodeId id) const {
        if (const auto bit = named_bit(id)) return *bit;
        return "(" + truth(id) + ")";
    }

    std::string join(const Node& node, bool positive, const char* word_between) const {
        const auto side = [&](unsigned k) {
            const std::string text = truth(node.operand[k], positive);
            const Op op = graph_[node.operand[k]].op;
            const bool compound = op == Op::logical_and || op == Op::logical_or;
            return compound && op != node.op ? "(" + text + ")" : text;
        };
        return side(0) + word_between + side(1);
    }

    std::string leaf(const Node& node) const { return std::string{spec_.state.leaves()[node.value].manual_name}; }

    /// `guest CR0.PG` for a test of one bit of a leaf.
    std::optional<std::string> named_bit(NodeId id) const {
        const Node& node = graph_[id];
        if (node.op != Op::equal) return std::nullopt;
        const Node& bit = graph_[node.operand[0]];
        const Node& one = graph_[node.operand[1]];
        if (bit.op != Op::extract || bit.width != 1 || one.op != Op::constant || one.value != 1) return std::nullopt;
        return part(bit);
    }

    /// `CR0.PG at VM entry` of `CR0 at VM entry`: the bit belongs to the register, not to the time.
    static std::string bit_of(std::string_view reg, std::string_view bit) {
        for (const std::string_view time : {" at VM entry", " before the entry", " as the entry establishes it"})
            if (reg.ends_with(time)) return fmt::format("{}.{}{}", reg.substr(0, reg.size() - time.size()), bit, time);
        return fmt::format("{}.{}", reg, bit);
    }

    /// Control bits have names of their own; register bits are named after their register.
    std::string part(const Node& node) const {
        const Node& of = graph_[node.operand[0]];
        const auto high = static_cast<unsigned>(node.value) + node.width - 1;
        const auto low = static_cast<unsigned>(node.value);
        if (of.op == Op::leaf) {
            const Leaf& leaf = spec_.state.leaves()[of.value];
            for (const NamedBits& bits : leaf.bits) {
                if (bits.high != high || bits.low != low) continue;
                if (leaf.name.starts_with("control.")) return fmt::format("\"{}\"", bits.manual_name);
                return bit_of(leaf.manual_name, bits.manual_name);
            }
        }
        if (const auto name = word_bit(node.operand[0], high, low)) return *name;
        if (const auto effective = effective_control(node.operand[0], high, low)) return *effective;
        return high == low ? fmt::format("{}[{}]", word(node.operand[0]), low)
                           : fmt::format("{}[{}:{}]", word(node.operand[0]), high, low);
    }

    /// A bit of a register that is no leaf, named as the leaf of the same format names it: CR0.PG as the entry
    /// establishes it.
    std::optional<std::string> word_bit(NodeId id, unsigned high, unsigned low) const {
        for (const auto& [of, leaf] :
             {std::pair{spec_.loaded.cr0.id(), "guest.cr0"}, std::pair{spec_.loaded.efer.id(), "guest.efer"},
              std::pair{Bits<64>{spec_.state.msr_entry.data}.id(), "guest.efer"}}) {
            if (id != of) continue;
            for (const NamedBits& bits : spec_.state.leaves()[spec_.state.leaf(leaf)].bits)
                if (bits.high == high && bits.low == low) return bit_of(word(id), bits.manual_name);
        }
        return std::nullopt;
    }

    /// A bit of the secondary or tertiary controls in effect: select(activated, word, 0).
    std::optional<std::string> effective_control(NodeId id, unsigned high, unsigned low) const {
        for (const auto& [word_in_effect, name] :
             {std::pair{spec_.state.proc2.id(), "control.proc2"}, std::pair{spec_.state.proc3.id(), "control.proc3"},
              std::pair{spec_.state.exit2.id(), "control.exit2"}}) {
            if (id != word_in_effect) continue;
            for (const NamedBits& bits : spec_.state.leaves()[spec_.state.leaf(name)].bits)
                if (bits.high == high && bits.low == low) return fmt::format("\"{}\"", bits.manual_name);
        }
        return std::nullopt;
    }

    const Specification& spec_;
    const Graph& graph_;
};

}  // namespace

std::string condition_text(const Specification& spec, Bool condition) {
    if (spec.graph.cone(std::array{condition.id()}).size() > readable_nodes) return {};
    return Sentence{spec}.truth(condition.id());
}

std::string value_text(const Leaf& leaf, std::uint64_t value) {
    if (leaf.width == 0) return value != 0 ? "1" : "0";
    std::string names;
    for (const NamedBits& bits : leaf.bits) {
        const std::uint64_t part = value >> bits.low & low_bits(bits.high - bits.low + 1);
        if (part == 0) continue;
        names += names.empty() ? "" : ", ";
        names += bits.manual_name;
        if (bits.high != bits.low) names += fmt::format(" {}", part);
    }
    return names.empty() ? hex(value) : fmt::format("{} ({})", hex(value), names);
}

}  // namespace vmxspec::query
