// Text on a screen of pixels, drawn into memory of this program; and how the boot loader tells of such a screen.
#include "runtime/io/framebuffer_text.hpp"
#include "runtime/io/glyphs.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

namespace vmxspec::framebuffer_test {
namespace {

using namespace runtime;

constexpr std::uint32_t white = 0xffffff;
constexpr std::uint32_t junk = 0x123456;

/// A screen of some columns and rows, with a margin to the right and junk in it when the kernel starts.
class Pixels {
public:
    Pixels(unsigned columns, unsigned rows)
        : width_{columns * 8 + 6},
          height_{rows * 16 + 5},
          pitch_{(width_ + 10) / 2 * 2},
          words_(std::size_t{pitch_} / 2 * height_, std::uint64_t{junk} << 32 | junk) {}

    [[nodiscard]] Framebuffer framebuffer() const {
        return {address_of(words_.data()), pitch_ * 4, width_, height_, white};
    }
    [[nodiscard]] std::uint32_t at(unsigned x, unsigned y) const {
        const std::uint64_t pair = words_[(std::size_t{y} * pitch_ + x) / 2];
        return static_cast<std::uint32_t>(x % 2 == 0 ? pair : pair >> 32);
    }
    [[nodiscard]] bool shows(unsigned row, unsigned column, char character) const {
        for (unsigned y = 0; y < 16; ++y)
            for (unsigned x = 0; x < 8; ++x) {
                const bool lit = (glyph_line(character, y) >> (7 - x) & 1) != 0;
                if (at(column * 8 + x, row * 16 + y) != (lit ? white : 0)) return false;
            }
        return true;
    }
    [[nodiscard]] bool shows(unsigned row, const std::string& text) const {
        for (unsigned column = 0; column < text.size(); ++column)
            if (!shows(row, column, text[column])) return false;
        return true;
    }
    [[nodiscard]] unsigned width() const { return width_; }
    [[nodiscard]] unsigned height() const { return height_; }
    [[nodiscard]] unsigned pitch() const { return pitch_; }

private:
    unsigned width_, height_, pitch_;
    std::vector<std::uint64_t> words_;
};

}  // namespace

TEST_CASE("characters have pictures, each its own", "[runtime]") {
    std::vector<std::string> pictures;
    for (char character = ' '; character <= '~'; ++character) {
        std::string picture;
        for (unsigned y = 0; y < 16; ++y) picture += static_cast<char>(glyph_line(character, y));
        CHECK(std::find(pictures.begin(), pictures.end(), picture) == pictures.end());
        pictures.push_back(picture);
    }
    CHECK(pictures.front() == std::string(16, '\0'));
}

TEST_CASE("text is drawn, and nothing beside it", "[runtime]") {
    Pixels pixels{10, 4};
    const auto text = std::make_unique<FramebufferText>();
    text->write("lost: there is no screen yet");
    CHECK_FALSE(text->present());
    text->attach(pixels.framebuffer());
    CHECK(text->columns() == 10);
    CHECK(text->rows() == 4);
    text->write("vmxspec\r\n12345678901\x80");
    CHECK(pixels.shows(0, "vmxspec   "));
    CHECK(pixels.shows(1, "1234567890"));
    CHECK(pixels.shows(2, "1?        "));
    CHECK(pixels.shows(3, "          "));
    for (unsigned y = 0; y < pixels.height(); ++y)
        for (unsigned x = 80; x < pixels.pitch(); ++x) CHECK(pixels.at(x, y) == (x < pixels.width() ? 0 : junk));
}

TEST_CASE("the rows move up by a quarter of the screen when it is full", "[runtime]") {
    Pixels pixels{10, 8};
    const auto text = std::make_unique<FramebufferText>();
    text->attach(pixels.framebuffer());
    for (unsigned row = 0; row < 8; ++row) text->write("row " + std::to_string(row) + (row < 7 ? "\n" : ""));
    CHECK(pixels.shows(0, "row 0"));
    CHECK(pixels.shows(7, "row 7"));
    text->write("\nnext");
    CHECK(pixels.shows(0, "row 2     "));
    CHECK(pixels.shows(5, "row 7     "));
    CHECK(pixels.shows(6, "next      "));
    CHECK(pixels.shows(7, "          "));
    for (unsigned row = 0; row < 100; ++row) text->write("\n" + std::to_string(row));
    bool last_is_shown = false;
    for (unsigned row = 0; row < 8; ++row) last_is_shown = last_is_shown || pixels.shows(row, "99        ");
    CHECK(last_is_shown);
}

TEST_CASE("screens of any size are written to without a step outside", "[runtime]") {
    for (const auto& [columns, rows] :
         {std::pair{1U, 1U}, std::pair{0U, 3U}, std::pair{3U, 0U}, std::pair{200U, 100U}}) {
        Pixels pixels{columns, rows};
        const auto text = std::make_unique<FramebufferText>();
        text->attach(pixels.framebuffer());
        for (unsigned n = 0; n < 300; ++n) text->write("a line of some length\n");
        CHECK(text->columns() <= FramebufferText::most_columns);
        CHECK(text->rows() <= FramebufferText::most_rows);
        for (unsigned y = 0; y < pixels.height(); ++y)
            for (unsigned x = pixels.width(); x < pixels.pitch(); ++x) REQUIRE(pixels.at(x, y) == junk);
    }
}

}  // namespace vmxspec::framebuffer_test
