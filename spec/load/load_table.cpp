#include "spec/load/load_table.hpp"

#include <algorithm>
#include <stdexcept>

namespace vmxspec::load {

void LoadTable::add_row(LoadRow row) {
    if (find(row.name) != nullptr) throw std::logic_error("two rows load " + row.name);
    rows_.push_back(std::move(row));
}

const LoadRow* LoadTable::find(std::string_view name) const {
    const auto found = std::ranges::find(rows_, name, &LoadRow::name);
    return found == rows_.end() ? nullptr : &*found;
}

const LoadRow& LoadTable::operator[](std::string_view name) const {
    if (const LoadRow* row = find(name)) return *row;
    throw std::out_of_range("no row loads " + std::string{name});
}

}  // namespace vmxspec::load
