/// Pictures of characters: 8 x 16 pixels each.
#pragma once

#include <cstdint>

namespace vmxspec::runtime {

/// Line `y`, from the top, of a printable ASCII character: the leftmost pixel is bit 7. From GNU Unifont (SIL Open Font
/// License 1.1), as Debian's grub-common has it.
[[nodiscard]] std::uint8_t glyph_line(char character, unsigned y);

}  // namespace vmxspec::runtime
