// What a transition (VM entry, VM exit, failed VM entry) makes of the processor: a table, one row a register or a
// component of one.
#pragma once

#include "spec/lang/rule.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace vmxspec::load {

/// What is known of a word after a transition. Each of its bits is one of three: defined, with the bit of `value`;
/// kept, as it was before; or neither, and then the manual leaves it undefined.
template <unsigned W>
struct Partly {
    Bits<W> value;
    Bits<W> defined;
    Bits<W> kept;
};

/// The word has this value.
template <unsigned W>
[[nodiscard]] Partly<W> whole(Bits<W> value) {
    return {value, value.same(low_bits(W)), value.same(0)};
}
/// The word has this value if the condition holds, and stays as it was otherwise.
template <unsigned W>
[[nodiscard]] Partly<W> loaded_if(Bool condition, Bits<W> value) {
    const Bits<W> all = value.same(low_bits(W));
    return {value, only_if(condition, all), only_if(!condition, all)};
}
/// The word has this value if the condition holds, and is undefined otherwise.
template <unsigned W>
[[nodiscard]] Partly<W> defined_if(Bool condition, Bits<W> value) {
    return {value, only_if(condition, value.same(low_bits(W))), value.same(0)};
}
/// The bits of the mask have this value; the others are undefined.
template <unsigned W>
[[nodiscard]] Partly<W> defined_in(Bits<W> mask, Bits<W> value) {
    return {value, mask, value.same(0)};
}
/// A truth value as a word of one bit.
[[nodiscard]] inline Bits<1> bit(Bool condition) {
    Graph& graph = condition.graph();
    return select(condition, Bits<1>{&graph, graph.make(Op::constant, 1, {}, 1)},
                  Bits<1>{&graph, graph.make(Op::constant, 1, {}, 0)});
}

/// A row: `value` and the masks zero-extended to 64 bits; `value` is 0 in bits that are not defined, so that a register
/// r agrees with the row if (r & defined) == value.
struct LoadRow {
    std::string name;  ///< the register, such as `cr0`, `cs.base`, `pat`; the same in all tables
    Citation citation;
    unsigned width = 0;
    Bits<64> value;
    Bits<64> defined;
    Bits<64> kept;
    std::string_view note;
    bool canonical = false;  ///< also where it is undefined the register is canonical, on a processor with Intel 64
};

/// Rows in the manual's order. Names that begin with `vmcs.` are fields of the VMCS.
class LoadTable {
public:
    /// Rows that follow belong to this section.
    void section(Citation citation) { citation_ = citation; }

    template <unsigned W>
    void add(std::string name, Partly<W> word, std::string_view note = {}) {
        add_row({std::move(name), citation_, W, extend<64>(word.value & word.defined), extend<64>(word.defined),
                 extend<64>(word.kept), note});
    }
    /// The last row's register is canonical also where it is undefined.
    void undefined_but_canonical() { rows_.back().canonical = true; }
    /// A finished row. Throws std::logic_error when the name is taken.
    void add_row(LoadRow row);

    [[nodiscard]] auto begin() const { return rows_.begin(); }
    [[nodiscard]] auto end() const { return rows_.end(); }
    [[nodiscard]] std::size_t size() const { return rows_.size(); }
    /// The row of this name, or null.
    [[nodiscard]] const LoadRow* find(std::string_view name) const;
    /// The row of this name; throws std::out_of_range when there is none.
    [[nodiscard]] const LoadRow& operator[](std::string_view name) const;

private:
    Citation citation_{};
    std::vector<LoadRow> rows_;
};

}  // namespace vmxspec::load
