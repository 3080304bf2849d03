// Standard output as its reader has it: colours where a terminal shows them, lines as wide as it is.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace vmxspec::query {

/// What a part of a text says, which a colour or weight repeats; the words alone say all of it.
enum class Tone : std::uint8_t { failure, success, open, strong, faint, removed, added };

class Terminal {
public:
    /// A pipe or a file: no colour, lines of any length.
    Terminal() = default;
    Terminal(bool coloured, std::optional<std::size_t> width) : coloured_{coloured}, width_{width} {}

    /// Standard output. `colour` is "always", "never" or "auto": on a terminal that knows colours, unless NO_COLOR is
    /// set and not empty. The width is COLUMNS if it is set, otherwise the terminal's; what is no terminal has none.
    [[nodiscard]] static Terminal standard_output(std::string_view colour);

    [[nodiscard]] std::string styled(Tone tone, std::string_view text) const;

    /// The line, broken at spaces to fit; what follows a break is indented two columns more than the line. No break
    /// comes between an operator and its right side, or into a value with its named bits, unless that alone does not
    /// fit. A character is one column, an escape sequence none.
    [[nodiscard]] std::string wrapped(std::string_view line) const;

private:
    bool coloured_ = false;
    std::optional<std::size_t> width_;
};

}  // namespace vmxspec::query
