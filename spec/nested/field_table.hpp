// A table with one row a VMCS field: what its value is, and on which processors the field exists.
#pragma once

#include "spec/lang/rule.hpp"
#include "spec/nested/view.hpp"

#include <string_view>
#include <vector>

namespace vmxspec::nested {

struct FieldRow {
    std::size_t leaf;  ///< the field, a leaf of `control`, `guest`, `host` or `information`
    Citation citation;
    Bool changes;  ///< the field takes the value; otherwise it stays as it is
    NodeId value;  ///< of the field's width
    std::string_view note;
};

/// Rows in the order in which they are added.
class FieldTable {
public:
    explicit FieldTable(const State& s) : state_{&s} {}

    /// Rows that follow belong to this section.
    void section(Citation citation) { citation_ = citation; }

    /// The field takes this value always.
    template <class Field, unsigned W>
    void add(const Field& field, Bits<W> value, std::string_view note = {}) {
        static_assert(Field::leaf_width == W, "a value of another width than the field's");
        add(leaf_of(field), constant(state_->graph(), true), value.id(), note);
    }
    /// The field takes this value if the condition holds.
    template <class Field, unsigned W>
    void add_if(Bool changes, const Field& field, Bits<W> value, std::string_view note = {}) {
        static_assert(Field::leaf_width == W, "a value of another width than the field's");
        add(leaf_of(field), changes, value.id(), note);
    }
    /// The same for a field that is known by its leaf. Throws std::logic_error when the field has a row.
    void add(std::size_t leaf, Bool changes, NodeId value, std::string_view note = {});

    /// The row of the field with this leaf, or null.
    [[nodiscard]] const FieldRow* find(std::size_t leaf) const;
    [[nodiscard]] auto begin() const { return rows_.begin(); }
    [[nodiscard]] auto end() const { return rows_.end(); }
    [[nodiscard]] std::size_t size() const { return rows_.size(); }
    /// Puts the rows into the order of the encodings' areas that appendix B has: that of the leaves.
    void sort();

private:
    const State* state_;
    Citation citation_{};
    std::vector<FieldRow> rows_;
};

/// The field of this leaf exists on the processor whose capability MSRs are `capability.*` (SDM volume 3D, appendix B).
[[nodiscard]] Bool field_exists(const State& s, std::size_t leaf);

}  // namespace vmxspec::nested
