#include "proofs/query/terminal.hpp"

#include <fmt/color.h>

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdlib>
#include <vector>

namespace vmxspec::query {

namespace {

constexpr std::size_t narrowest = 20;  ///< columns; text that is told to be narrower is not readable

std::string_view environment(const char* name) {
    const char* value = std::getenv(name);
    return value == nullptr ? std::string_view{} : value;
}

/// Columns of standard output; a terminal that does not tell its size has none.
std::optional<std::size_t> columns(bool is_terminal) {
    const std::string_view told = environment("COLUMNS");
    std::size_t number = 0;
    const auto [end, error] = std::from_chars(told.data(), told.data() + told.size(), number);
    if (error == std::errc{} && end == told.data() + told.size() && number != 0) return std::max(number, narrowest);
    winsize size{};
    if (!is_terminal || ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return std::nullopt;
    return std::max<std::size_t>(size.ws_col, narrowest);
}

fmt::text_style style(Tone tone) {
    // The terminal's own colours, so that they fit its background.
    switch (tone) {
        case Tone::failure: return fmt::emphasis::bold | fmt::fg(fmt::terminal_color::red);
        case Tone::success: return fmt::emphasis::bold | fmt::fg(fmt::terminal_color::green);
        case Tone::open: return fmt::emphasis::bold | fmt::fg(fmt::terminal_color::yellow);
        case Tone::strong: return fmt::emphasis::bold;
        case Tone::faint: return fmt::emphasis::faint;
        case Tone::removed: return fmt::fg(fmt::terminal_color::red);
        case Tone::added: return fmt::fg(fmt::terminal_color::green);
    }
    return {};
}

/// The text as it is seen, without escape sequences: each is ESC [ ... m.
std::string visible(std::string_view text) {
    std::string seen;
    for (std::size_t n = 0; n < text.size(); ++n) {
        if (text[n] == '\x1b')
            n = std::min(text.find('m', n), text.size() - 1);
        else
            seen += text[n];
    }
    return seen;
}

/// Characters; those of UTF-8 begin with a byte that is no continuation.
std::size_t width(std::string_view text) {
    const std::string seen = visible(text);
    return static_cast<std::size_t>(
        std::ranges::count_if(seen, [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
}

/// A part of a line between two places where it may be broken.
struct Piece {
    std::size_t gap = 0;  ///< spaces before it
    std::string text;
};

bool is_operator(std::string_view word) {
    constexpr std::array<std::string_view, 8> operators{"=", "\u2260", "<", "\u2265", "->", "SDM", "+", "<<"};
    return std::ranges::find(operators, word) != operators.end();
}

/// A number in the manual's way, as in D01H.
bool is_number(std::string_view word) {
    while (word.starts_with('(')) word.remove_prefix(1);
    return word.size() > 1 && word.back() == 'H' && word.find_first_not_of("0123456789ABCDEF") == word.size() - 1;
}

/// The words of a line, each by itself.
std::vector<Piece> words(std::string_view line) {
    std::vector<Piece> list;
    for (std::size_t at = 0; at < line.size();) {
        const std::size_t begin = line.find_first_not_of(' ', at);
        if (begin == std::string_view::npos) break;
        const std::size_t end = std::min(line.find(' ', begin), line.size());
        list.push_back({begin - at, std::string{line.substr(begin, end - begin)}});
        at = end;
    }
    return list;
}

/// Words that belong together in one piece, if it has not more than `most` columns.
std::vector<Piece> pieces(std::string_view line, std::size_t most) {
    std::vector<Piece> list;
    bool joined = false, in_bits = false, after_number = false;
    for (const Piece& word : words(line)) {
        const std::string seen = visible(word.text);
        in_bits = in_bits || (after_number && seen.starts_with('('));
        const bool fits = !list.empty() && width(list.back().text) + word.gap + width(word.text) <= most;
        if ((joined || in_bits) && fits)
            list.back().text += std::string(word.gap, ' ') + word.text;
        else
            list.push_back(word);
        if (seen.find(')') != std::string::npos) in_bits = false;
        after_number = is_number(seen);
        joined = is_operator(seen);
    }
    return list;
}

}  // namespace

Terminal Terminal::standard_output(std::string_view colour) {
    const bool is_terminal = isatty(STDOUT_FILENO) != 0;
    const std::string_view kind = environment("TERM");
    const bool shows = is_terminal && environment("NO_COLOR").empty() && !kind.empty() && kind != "dumb";
    return {colour == "always" || (colour == "auto" && shows), columns(is_terminal)};
}

std::string Terminal::styled(Tone tone, std::string_view text) const {
    return coloured_ && !text.empty() ? fmt::format(style(tone), "{}", text) : std::string{text};
}

std::string Terminal::wrapped(std::string_view line) const {
    if (!width_ || width(line) <= *width_) return std::string{line};
    const std::size_t indent = std::min(line.find_first_not_of(' '), line.size());
    const std::size_t hanging = indent + 2 + narrowest / 2 <= *width_ ? indent + 2 : 0;
    std::string text;
    std::size_t column = 0;
    for (const Piece& piece : pieces(line, *width_ - hanging)) {
        const std::size_t needed = width(piece.text);
        const bool breaks = column > indent && column + piece.gap + needed > *width_;
        const std::size_t gap = breaks ? hanging : piece.gap;
        if (breaks) text += '\n';
        column = (breaks ? 0 : column) + gap + needed;
        text += std::string(gap, ' ') + piece.text;
    }
    return text;
}

}  // namespace vmxspec::query
