// Colours and line breaks of text.
#include "proofs/query/terminal.hpp"

#include <catch2/catch.hpp>

namespace terminal_test {

using vmxspec::query::Terminal;
using vmxspec::query::Tone;

std::string broken(const char* line, std::size_t width) { return Terminal{false, width}.wrapped(line); }

TEST_CASE("a pipe has no colour and lines of any length", "[terminal]") {
    const Terminal pipe;
    const std::string line(5000, 'x');
    CHECK(pipe.wrapped(line + " " + line) == line + " " + line);
    CHECK(pipe.styled(Tone::failure, "fails") == "fails");
}

TEST_CASE("colours are the terminal's own, and end", "[terminal]") {
    const Terminal terminal{true, std::nullopt};
    CHECK(terminal.styled(Tone::removed, "D01H") == "\x1b[31mD01H\x1b[0m");
    CHECK(terminal.styled(Tone::added, "801H") == "\x1b[32m801H\x1b[0m");
    CHECK(terminal.styled(Tone::strong, "").empty());
}

TEST_CASE("what follows a break is indented by two more", "[terminal]") {
    CHECK(broken("    four words and some more", 22) == "    four words and\n      some more");
    CHECK(broken("one two three four five", 20) == "one two three four\n  five");
    CHECK(broken("    fits exactly it", 19) == "    fits exactly it");
    CHECK(broken("  id   gaps stay as they are", 24) == "  id   gaps stay as they\n    are");
    CHECK(broken("", 20).empty());
    CHECK(broken("          ", 4) == "");
}

TEST_CASE("a word that is too long stays whole", "[terminal]") {
    CHECK(broken("  supercalifragilisticexpialidocious", 20) == "  supercalifragilisticexpialidocious");
    CHECK(broken("  a supercalifragilisticexpialidocious b", 20) ==
          "  a\n    supercalifragilisticexpialidocious\n    b");
}

TEST_CASE("values stay whole, with their operator", "[terminal]") {
    CHECK(broken("    guest CR0 = 80010035H (PE, NE, PG)", 34) == "    guest CR0\n      = 80010035H (PE, NE, PG)");
    CHECK(broken("    data: D01H -> 801H (SCE, NXE)", 30) == "    data: D01H\n      -> 801H (SCE, NXE)");
    CHECK(broken("  not equal: left \u2260 right of it", 24) == "  not equal: left\n    \u2260 right of it");
    // A value that is wider than the terminal is broken between its bits.
    CHECK(broken("  X = 80010035H (PE, EM, ET, NE, WP, PG)", 24) == "  X = 80010035H (PE, EM,\n    ET, NE, WP, PG)");
    // Parentheses that follow no number are words.
    CHECK(broken("  demanded (one or the other of two)", 24) == "  demanded (one or the\n    other of two)");
}

TEST_CASE("characters are counted, escape sequences are not", "[terminal]") {
    CHECK(broken("  \u2265\u2265\u2265\u2265\u2265\u2265 \u2265\u2265\u2265\u2265\u2265\u2265 six", 20) ==
          "  \u2265\u2265\u2265\u2265\u2265\u2265 \u2265\u2265\u2265\u2265\u2265\u2265 six");
    CHECK(broken("  \x1b[1msix\x1b[0m \x1b[31mseven\x1b[0m eight", 20) ==
          "  \x1b[1msix\x1b[0m \x1b[31mseven\x1b[0m eight");
    CHECK(broken("  \x1b[1msix\x1b[0m \x1b[31mseven\x1b[0m eight nine", 20) ==
          "  \x1b[1msix\x1b[0m \x1b[31mseven\x1b[0m eight\n    nine");
}

}  // namespace terminal_test
