#include "runtime/io/glyphs.hpp"

#include <cstddef>

#include <ascii.h>  // ascii_bitmaps, of grub-common

namespace vmxspec::runtime {

namespace {

constexpr unsigned height = 16;
static_assert(sizeof ascii_bitmaps == std::size_t{128} * height);

}  // namespace

std::uint8_t glyph_line(char character, unsigned y) {
    return ascii_bitmaps[static_cast<unsigned char>(character) * height + y];
}

}  // namespace vmxspec::runtime
