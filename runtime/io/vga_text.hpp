/// The text screen of a VGA: 80 columns, 25 rows.
#pragma once

#include <cstdint>
#include <string_view>

namespace vmxspec::runtime {

/// Text from the top left corner on; the rows move up when the last one is full. A screen that is not attached takes
/// text and does nothing with it.
class VgaText {
public:
    /// A character in the low byte, its colours in the high byte.
    using Cell = std::uint16_t;

    static constexpr unsigned columns = 80;
    static constexpr unsigned rows = 25;

    /// Clears the screen whose video memory begins at `cells` (columns * rows of them) and writes there from now on.
    void attach(volatile Cell* cells);

    void detach() { cells_ = nullptr; }

    [[nodiscard]] bool present() const { return cells_ != nullptr; }

    /// Puts `text` on the screen. LF begins a new row, and so does the end of a row; CR is passed over.
    void write(std::string_view text);

private:
    void new_row();
    void clear_row(unsigned row);

    volatile Cell* cells_ = nullptr;
    unsigned row_ = 0;
    unsigned column_ = 0;
};

}  // namespace vmxspec::runtime
