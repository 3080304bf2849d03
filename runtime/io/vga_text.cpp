#include "runtime/io/vga_text.hpp"

namespace vmxspec::runtime {

namespace {

constexpr VgaText::Cell light_grey_on_black = 0x0700;

constexpr VgaText::Cell cell(char character) {
    return static_cast<VgaText::Cell>(light_grey_on_black | static_cast<unsigned char>(character));
}

}  // namespace

void VgaText::attach(volatile Cell* cells) {
    cells_ = cells;
    row_ = 0;
    column_ = 0;
    for (unsigned row = 0; row < rows; ++row) {
        clear_row(row);
    }
}

void VgaText::write(std::string_view text) {
    if (!present()) {
        return;
    }
    for (const char character : text) {
        if (character == '\r') {
            continue;
        }
        if (character == '\n') {
            new_row();
            continue;
        }
        if (column_ == columns) {
            new_row();
        }
        cells_[row_ * columns + column_++] = cell(character);
    }
}

void VgaText::new_row() {
    column_ = 0;
    if (row_ + 1 < rows) {
        ++row_;
        return;
    }
    for (unsigned i = 0; i < (rows - 1) * columns; ++i) {
        cells_[i] = cells_[i + columns];
    }
    clear_row(row_);
}

void VgaText::clear_row(unsigned row) {
    for (unsigned column = 0; column < columns; ++column) {
        cells_[row * columns + column] = cell(' ');
    }
}

}  // namespace vmxspec::runtime
