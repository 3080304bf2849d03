#include "runtime/io/framebuffer_text.hpp"

#include "runtime/io/glyphs.hpp"

namespace vmxspec::runtime {

namespace {

constexpr char blank = ' ';

constexpr bool printable(char character) { return character >= ' ' && character <= '~'; }

constexpr unsigned least(unsigned a, unsigned b) { return a < b ? a : b; }

}  // namespace

void FramebufferText::attach(const Framebuffer& framebuffer) {
    framebuffer_ = framebuffer;
    columns_ = least(framebuffer.width / cell_width, most_columns);
    rows_ = least(framebuffer.height / cell_height, most_rows);
    row_ = 0;
    column_ = 0;
    for (auto& row : shown_) {
        row.fill(blank);
    }
    for (std::uint32_t y = 0; y < framebuffer.height; ++y) {
        auto* line = at<volatile std::uint64_t>(
            PhysicalAddress{raw(framebuffer.address) + std::uint64_t{y} * framebuffer.pitch});
        for (std::uint32_t pair = 0; pair < framebuffer.width / 2; ++pair) {
            line[pair] = 0;
        }
    }
}

void FramebufferText::write(std::string_view text) {
    if (!present() || rows_ == 0 || columns_ == 0) {
        return;
    }
    for (const char character : text) {
        if (character == '\n') {
            new_row();
        } else if (character != '\r') {
            put(printable(character) ? character : '?');
        }
    }
}

void FramebufferText::put(char character) {
    if (column_ == columns_) {
        new_row();
    }
    draw(row_, column_++, character);
}

void FramebufferText::new_row() {
    column_ = 0;
    if (row_ + 1 == rows_) {
        move_up((rows_ + 3) / 4);
    }
    ++row_;
}

void FramebufferText::move_up(unsigned by) {
    for (unsigned row = 0; row < rows_; ++row) {
        for (unsigned column = 0; column < columns_; ++column) {
            draw(row, column, row + by < rows_ ? shown_[row + by][column] : blank);
        }
    }
    row_ -= by;
}

void FramebufferText::draw(unsigned row, unsigned column, char character) {
    if (shown_[row][column] == character) {
        return;
    }
    shown_[row][column] = character;
    const std::uint64_t white = framebuffer_->white;
    const std::uint64_t corner = raw(framebuffer_->address) + std::uint64_t{row} * cell_height * framebuffer_->pitch +
                                 std::uint64_t{column} * cell_width * sizeof(std::uint32_t);
    for (unsigned y = 0; y < cell_height; ++y) {
        const unsigned bits = glyph_line(character, y);
        auto* pairs = at<volatile std::uint64_t>(PhysicalAddress{corner + std::uint64_t{y} * framebuffer_->pitch});
        for (unsigned pair = 0; pair < cell_width / 2; ++pair) {
            // The leftmost pixel is the highest bit of the glyph, and comes first in memory.
            const unsigned two = bits >> (cell_width - 2 - 2 * pair);
            pairs[pair] = ((two & 2) != 0 ? white : 0) | ((two & 1) != 0 ? white << 32 : 0);
        }
    }
}

}  // namespace vmxspec::runtime
