#include "hv/l1/options.hpp"

namespace vmxspec::hv {

namespace {

/// The first `size` characters, which are there; std::string_view::substr would throw.
std::string_view first(std::string_view text, std::size_t size) { return {text.data(), size}; }
std::string_view without_first(std::string_view text, std::size_t size) {
    text.remove_prefix(size);
    return text;
}

/// A hexadecimal number that ends at `end` or at the end of the text; nothing if there is something else in it.
std::optional<std::uint64_t> hexadecimal(std::string_view text) {
    std::uint64_t number = 0;
    for (const char character : text) {
        const bool decimal = character >= '0' && character <= '9';
        const char lower = static_cast<char>(character | 0x20);
        if (!decimal && (lower < 'a' || lower > 'f')) {
            return std::nullopt;
        }
        number = number << 4 | static_cast<std::uint64_t>(decimal ? character - '0' : lower - 'a' + 10);
    }
    return text.empty() || text.size() > 16 ? std::nullopt : std::optional{number};
}

std::optional<BrokenField> broken_field(std::string_view text) {
    std::size_t colon = 0;
    while (colon < text.size() && text[colon] != ':') {
        ++colon;
    }
    const auto encoding = hexadecimal(first(text, colon));
    const auto value = hexadecimal(without_first(text, colon < text.size() ? colon + 1 : colon));
    if (!encoding || !value || *encoding > 0xffff) {
        return std::nullopt;
    }
    return BrokenField{static_cast<std::uint32_t>(*encoding), *value};
}

std::optional<TracePort> trace_port(std::string_view text) {
    if (text == "e9") {
        return TracePort::debug;
    }
    if (text == "com1") {
        return TracePort::serial;
    }
    return text == "lpt1" ? std::optional{TracePort::parallel} : std::nullopt;
}

/// Whether the word means something.
bool read_option(std::string_view word, Options& options) {
    constexpr std::string_view breaks = "break=", logs = "log=", traces = "trace=";
    if (word == "check=each") {
        options.check_each_entry = true;
    } else if (word == "nested=on" || word == "nested=off") {
        options.nested = word == "nested=on";
    } else if (word == "explain=on" || word == "explain=off") {
        options.explain = word == "explain=on";
    } else if (word == "log.leaf") {
        options.log_leaf = true;
    } else if (word.starts_with(logs)) {
        const auto level = log_level_of(without_first(word, logs.size()));
        options.log = level.value_or(options.log);
        return level.has_value();
    } else if (word.starts_with(traces)) {
        const auto port = trace_port(without_first(word, traces.size()));
        options.trace = port.value_or(options.trace);
        return port.has_value();
    } else if (word == "linux=32") {
        options.linux_32_bit_entry = true;
    } else if (word.starts_with(breaks)) {
        options.break_field = broken_field(without_first(word, breaks.size()));
        return options.break_field.has_value();
    } else {
        return false;
    }
    return true;
}

}  // namespace

Options read_options(std::string_view line, std::string_view& unknown) {
    Options options;
    bool all_known = true;
    while (!line.empty()) {
        std::size_t length = 0;
        while (length < line.size() && line[length] != ' ') {
            ++length;
        }
        const std::string_view word = first(line, length);
        line.remove_prefix(length < line.size() ? length + 1 : length);
        if (!word.empty() && !read_option(word, options) && all_known) {
            unknown = word;
            all_known = false;
        }
    }
    return options;
}

}  // namespace vmxspec::hv
