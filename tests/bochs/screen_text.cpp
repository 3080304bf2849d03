// screen-text FILE: the text on a picture of the screen (PPM, as QEMU's screendump writes it) that FramebufferText has
// drawn: cells of 8 x 16 pixels, each compared with the pictures of all characters; a cell that is none of them is a
// '?'. Exit code: 0 text was printed, 3 the file is no such picture.
#include "runtime/io/framebuffer_text.hpp"
#include "runtime/io/glyphs.hpp"

#include <cstdio>
#include <fstream>
#include <iostream>
#include <string>
#include <vector>

namespace {

using vmxspec::runtime::FramebufferText;
using vmxspec::runtime::glyph_line;

struct Picture {
    std::size_t width = 0, height = 0;
    std::vector<unsigned char> bytes;  ///< red, green, blue

    [[nodiscard]] bool is_light(std::size_t x, std::size_t y) const { return bytes[(y * width + x) * 3 + 1] >= 128; }
};

bool read(const char* path, Picture& picture) {
    std::ifstream file{path, std::ios::binary};
    std::string magic;
    unsigned most = 0;
    if (!(file >> magic >> picture.width >> picture.height >> most) || magic != "P6" || most != 255) return false;
    if (picture.width > 10000 || picture.height > 10000) return false;
    file.get();
    picture.bytes.resize(picture.width * picture.height * 3);
    return static_cast<bool>(
        file.read(reinterpret_cast<char*>(picture.bytes.data()), static_cast<std::streamsize>(picture.bytes.size())));
}

char character_at(const Picture& picture, std::size_t column, std::size_t row) {
    for (char candidate = ' '; candidate <= '~'; ++candidate) {
        bool same = true;
        for (unsigned y = 0; same && y < FramebufferText::cell_height; ++y) {
            unsigned bits = 0;
            for (std::size_t x = 0; x < FramebufferText::cell_width; ++x)
                bits = bits << 1 | (picture.is_light(column * FramebufferText::cell_width + x,
                                                     row * FramebufferText::cell_height + y)
                                        ? 1U
                                        : 0U);
            same = bits == glyph_line(candidate, y);
        }
        if (same) return candidate;
    }
    return '?';
}

}  // namespace

int main(int count, char** arguments) {
    Picture picture;
    if (count != 2 || !read(arguments[1], picture)) {
        std::cerr << "screen-text: give one picture of the screen, in the format PPM (P6).\n";
        return 3;
    }
    for (std::size_t row = 0; row < picture.height / FramebufferText::cell_height; ++row) {
        std::string line;
        for (std::size_t column = 0; column < picture.width / FramebufferText::cell_width; ++column)
            line += character_at(picture, column, row);
        line.erase(line.find_last_not_of(' ') + 1);
        std::cout << line << '\n';
    }
}
