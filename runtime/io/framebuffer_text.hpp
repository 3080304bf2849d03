/// Text on a screen of pixels.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "runtime/io/framebuffer.hpp"

namespace vmxspec::runtime {

/// White text on black in cells of 8 x 16 pixels, from the top left corner on. When the last row is full, the rows move
/// up by a quarter of the screen: drawing is slow, for what is written to a framebuffer may go past the cache. It is
/// never read; what it shows is known, and a cell is drawn when what it shows changes. A screen that is not attached
/// takes text and does nothing with it.
class FramebufferText {
public:
    static constexpr unsigned cell_width = 8;
    static constexpr unsigned cell_height = 16;
    static constexpr unsigned most_columns = 160;
    static constexpr unsigned most_rows = 80;

    /// Clears the screen and writes there from now on. The framebuffer must be mapped, each address to itself.
    void attach(const Framebuffer& framebuffer);

    void detach() { framebuffer_.reset(); }

    [[nodiscard]] bool present() const { return framebuffer_.has_value(); }
    [[nodiscard]] unsigned columns() const { return columns_; }
    [[nodiscard]] unsigned rows() const { return rows_; }

    /// Puts `text` on the screen. LF begins a new row, and so does the end of a row; CR is passed over; what is no
    /// printable ASCII is a question mark.
    void write(std::string_view text);

private:
    void put(char character);
    void new_row();
    void move_up(unsigned by);
    void draw(unsigned row, unsigned column, char character);

    std::optional<Framebuffer> framebuffer_;
    std::array<std::array<char, most_columns>, most_rows> shown_{};
    unsigned columns_ = 0;
    unsigned rows_ = 0;
    unsigned row_ = 0;
    unsigned column_ = 0;
};

}  // namespace vmxspec::runtime
