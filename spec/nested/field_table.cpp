#include "spec/nested/field_table.hpp"

#include <algorithm>
#include <stdexcept>

namespace vmxspec::nested {

void FieldTable::add(std::size_t leaf, Bool changes, NodeId value, std::string_view note) {
    if (find(leaf) != nullptr) throw std::logic_error("two rows for the field " + state_->leaves()[leaf].name);
    rows_.push_back({leaf, citation_, changes, value, note});
}

const FieldRow* FieldTable::find(std::size_t leaf) const {
    const auto found = std::ranges::find(rows_, leaf, &FieldRow::leaf);
    return found == rows_.end() ? nullptr : &*found;
}

void FieldTable::sort() { std::ranges::sort(rows_, {}, &FieldRow::leaf); }

}  // namespace vmxspec::nested
