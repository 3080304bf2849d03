#include "proofs/query/dumps/transport.hpp"

#include <algorithm>
#include <cctype>
#include <map>
#include <optional>

namespace vmxspec::query {

namespace {

bool digit(char c) { return c >= '0' && c <= '9'; }
bool letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool blank(char c) { return c == ' ' || c == '\t'; }

/// Prefixes of lines: # are digits, @ letters, ^ anything but blanks, % anything but ], a blank any blanks or none.
/// $ begins and ends the name of who printed the line.
constexpr std::string_view prefixes[] = {
    ">",                          // a reply
    "&gt;",                       // the same on a web page
    "<#>",                        // priority: dmesg -r
    "[#.#]",                      // dmesg
    "[#.#$@#$]",                  // dmesg with CONFIG_PRINTK_CALLER, as some print it
    "[$T#$]",                     // the same: a thread
    "[$C#$]",                     // the same: interrupt context
    "[@ @ # #:#:# #]",            // dmesg -T
    "[#-#-# #:#:#]",              // Xen, console_timestamps=date
    "[#-#-# #:#:#.#]",            // the same with milliseconds
    "[...]",                      // a timestamp that was taken out
    "@ # #:#:# ^ kernel[#]:",     // syslog of macOS
    "@ # #:#:# ^ kernel:",        // syslog
    "@ # #:#:# ^ ^[#]:",          // syslog of a program
    "#-#-#T#:#:#^ ^ kernel:",     // journalctl -o short-iso
    "#-#-# #:#:#^ ^ kernel[#]:",  // log show of macOS
    "#-#-# #:#:#^ ^ kernel:",     // rsyslog, with a zone
    "#-#-# #:#:# ^ kernel:",      // the same without one
    "#:#:#.# ",                   // VBox.log
    "#\t#.#\t",                   // DebugView
    "kernel:",                    //
    "kernel[#]:",                 //
    "/netbsd:",                   // syslog of NetBSD
    "(XEN)",                      //
    "(intelhaxm)",                // log show of macOS
    "(intelhaxm.kext)",           //
    "kvm_intel:",                 // KVM since Linux 6.3
    "kvm:",                       //
    "haxm_@:",                    // HAXM, by priority
    "haxm:",                      //
    "[NoirVisor]",                //
};

/// The length of the prefix at the beginning of `line`, or nothing; `source` is set when it tells who printed.
std::optional<std::size_t> matched(std::string_view pattern, std::string_view line, std::string& source) {
    std::size_t at = 0;
    std::size_t source_begin = std::string_view::npos;
    const auto run = [&](auto member) {
        const std::size_t from = at;
        while (at < line.size() && member(line[at])) ++at;
        return at > from;
    };
    const auto skip_blanks = [&] { (void)run(blank); };
    for (const char c : pattern) {
        if (c == '$') {
            if (source_begin == std::string_view::npos) {
                skip_blanks();
                source_begin = at;
            } else {
                source = std::string{line.substr(source_begin, at - source_begin)};
            }
            continue;
        }
        if (c == ' ') {
            skip_blanks();
            continue;
        }
        if (c == '#') {
            skip_blanks();
            if (!run(digit)) return std::nullopt;
        } else if (c == '@') {
            if (!run(letter)) return std::nullopt;
        } else if (c == '^') {
            // A word that does not swallow what the pattern goes on with.
            if (!run([](char x) { return !blank(x) && x != '['; })) return std::nullopt;
        } else if (at < line.size() && line[at] == c) {
            ++at;
        } else {
            return std::nullopt;
        }
    }
    return at;
}

std::string_view trimmed(std::string_view text) {
    while (!text.empty() && blank(text.front())) text.remove_prefix(1);
    while (!text.empty() && blank(text.back())) text.remove_suffix(1);
    return text;
}

/// Without prefixes, however many were put in front of each other.
std::string_view without_prefixes(std::string_view line, std::string& source) {
    constexpr int most = 24;
    for (int k = 0; k < most; ++k) {
        const std::string_view body = trimmed(line);
        const auto found = std::ranges::find_if(prefixes, [&](std::string_view pattern) {
            const std::optional<std::size_t> length = matched(pattern, body, source);
            if (length) line = body.substr(*length);
            return length.has_value();
        });
        if (found == std::end(prefixes)) return body;
    }
    return trimmed(line);
}

int nibble(char c) {
    if (digit(c)) return c - '0';
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    return -1;
}

/// `=` before two hexadecimal digits is no sign of it: a register may be written so. An encoded equals sign is.
bool is_quoted_printable(std::string_view text) {
    return text.find("=3D0x") != std::string_view::npos || text.find("=3D ") != std::string_view::npos ||
           text.find("=C2=A0") != std::string_view::npos || text.find("=20\n") != std::string_view::npos;
}

std::string from_quoted_printable(std::string_view text) {
    std::string result;
    for (std::size_t n = 0; n < text.size(); ++n) {
        if (text[n] != '=') {
            result += text[n];
            continue;
        }
        const std::size_t end = text.find_first_not_of(" \t\r", n + 1);
        if (end != std::string_view::npos && text[end] == '\n') {
            n = end;  // a soft line end
        } else if (n + 2 < text.size() && nibble(text[n + 1]) >= 0 && nibble(text[n + 2]) >= 0) {
            result += static_cast<char>(nibble(text[n + 1]) * 16 + nibble(text[n + 2]));
            n += 2;
        } else {
            result += '=';
        }
    }
    return result;
}

struct Replacement {
    std::string_view from;
    std::string_view to;
};

constexpr Replacement replacements[] = {
    {"\xc2\xa0", " "},     {"\xe2\x80\xaf", " "}, {"\xe2\x80\x8b", ""}, {"\xef\xbb\xbf", ""}, {"\xe2\x80\xa6", "..."},
    {"\xe2\x80\x93", "-"}, {"&nbsp;", " "},       {"&lt;", "<"},        {"&gt;", ">"},        {"&amp;", "&"},
    {"&quot;", "\""},      {"&#39;", "'"},        {"<br>", " "},        {"<br/>", " "},       {"\xc2\xad", ""},
};

/// Characters that look like nothing or like a blank, entities, colours.
std::string plain(std::string_view text) {
    std::string result;
    result.reserve(text.size());
    for (std::size_t n = 0; n < text.size(); ++n) {
        const char c = text[n];
        if (c == '\x1b' && n + 1 < text.size() && text[n + 1] == '[') {
            n += 2;
            while (n < text.size() && !letter(text[n])) ++n;
            continue;
        }
        const auto* found = std::end(replacements);
        if (c == '&' || c == '<' || (static_cast<unsigned char>(c) & 0x80U) != 0)
            found = std::ranges::find_if(replacements,
                                         [&](const Replacement& one) { return text.substr(n).starts_with(one.from); });
        if (found != std::end(replacements)) {
            result += found->to;
            n += found->from.size() - 1;
        } else if (c != '\r' && c != '\0') {
            result += c;
        }
    }
    return result;
}

}  // namespace

std::vector<Line> undamaged(std::string_view text) {
    const std::string whole = plain(is_quoted_printable(text) ? from_quoted_printable(text) : std::string{text});
    std::vector<Line> lines;
    std::string source;
    unsigned number = 0;
    for (std::string_view rest = whole; !rest.empty();) {
        const std::size_t end = rest.find('\n');
        const bool complete = end != std::string_view::npos;
        std::string_view line = rest.substr(0, end);
        rest.remove_prefix(complete ? end + 1 : rest.size());
        ++number;
        // The rest of a wrapped line has no prefix: who printed its beginning printed it.
        line = without_prefixes(line, source);
        if (line.empty() || line.starts_with("```") || line.starts_with("~~~")) continue;
        lines.push_back({std::string{line}, number, complete, source});
    }
    return lines;
}

std::vector<std::vector<Line>> by_source(const std::vector<Line>& lines) {
    std::vector<std::vector<Line>> groups;
    std::map<std::string, std::size_t> place;
    for (const Line& line : lines) {
        const auto [found, is_new] = place.try_emplace(line.source, groups.size());
        if (is_new) groups.emplace_back();
        groups[found->second].push_back(line);
    }
    return groups;
}

}  // namespace vmxspec::query
