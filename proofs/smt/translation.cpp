#include "proofs/smt/translation.hpp"

namespace vmxspec::smt {

z3::expr Translation::operator()(NodeId root) {
    if (terms_.size() < graph_.size()) terms_.resize(graph_.size());
    if (terms_[root]) return *terms_[root];
    std::vector<NodeId> open{root};
    while (!open.empty()) {
        const NodeId id = open.back();
        if (terms_[id]) {
            open.pop_back();
            continue;
        }
        const Node& node = graph_[id];
        bool ready = true;
        for (unsigned k = 0; k < arity(node.op); ++k) {
            if (terms_[node.operand[k]]) continue;
            open.push_back(node.operand[k]);
            ready = false;
        }
        if (!ready) continue;
        terms_[id].emplace(translate(node));
        open.pop_back();
    }
    return *terms_[root];
}

z3::expr Translation::translate(const Node& node) const {
    const auto in = [&](unsigned k) { return *terms_[node.operand[k]]; };
    const unsigned width = node.width;
    switch (node.op) {
        case Op::constant: return width == 0 ? context_.bool_val(node.value != 0) : context_.bv_val(node.value, width);
        case Op::leaf: {
            const std::string name = "leaf" + std::to_string(node.value);
            return width == 0 ? context_.bool_const(name.c_str()) : context_.bv_const(name.c_str(), width);
        }
        case Op::bit_and: return in(0) & in(1);
        case Op::bit_or: return in(0) | in(1);
        case Op::bit_xor: return in(0) ^ in(1);
        case Op::bit_not: return ~in(0);
        case Op::add: return in(0) + in(1);
        case Op::subtract: return in(0) - in(1);
        case Op::shift_left: return z3::shl(in(0), in(1));
        case Op::shift_right: return z3::lshr(in(0), in(1));
        case Op::extract: {
            const auto low = static_cast<unsigned>(node.value);
            return in(0).extract(low + width - 1, low);
        }
        case Op::extend: return z3::zext(in(0), width - graph_[node.operand[0]].width);
        case Op::select: return z3::ite(in(0), in(1), in(2));
        case Op::equal: return in(0) == in(1);
        case Op::below: return z3::ult(in(0), in(1));
        case Op::logical_and: return in(0) && in(1);
        case Op::logical_or: return in(0) || in(1);
        case Op::logical_not: return !in(0);
    }
    return context_.bool_val(false);
}

std::uint64_t Translation::value(const z3::model& model, NodeId node) {
    const z3::expr result = model.eval((*this)(node), true);
    if (graph_[node].width == 0) return result.is_true() ? 1 : 0;
    return result.get_numeral_uint64();
}

}  // namespace vmxspec::smt
