#include "proofs/query/dumps/row.hpp"

#include <algorithm>
#include <charconv>
#include <stdexcept>
#include <unordered_map>
#include <utility>

namespace vmxspec::query {

namespace {

bool is_word(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }

/// One element of a row: a word or sign, or a place for a value.
struct Element {
    std::string_view literal;  ///< empty: a place
    std::string_view name;     ///< of the place; empty: a value that is no field
    std::optional<std::size_t> leaf;
    unsigned least = 1;  ///< digits
    unsigned width = 64;
    bool decimal = false;
    bool anything = false;
    bool low32 = false;
    bool prefixed = false;  ///< with 0x
};

Element place(const State& state, std::string_view text) {
    Element result;
    const std::size_t space = text.find(' ');
    const std::string_view kind = text.substr(0, space);
    if (space != std::string_view::npos) result.name = text.substr(space + 1);
    if (kind == "~") {
        result.anything = true;
    } else if (kind == "d") {
        result.decimal = true;
    } else if (kind == "l") {
        result.low32 = true;
    } else if (kind != "x") {
        (void)std::from_chars(kind.data(), kind.data() + kind.size(), result.least);
    }
    if (result.name.empty()) result.width = 4 * result.least;
    if (const std::size_t* leaf = state.find(result.name)) {
        result.leaf = *leaf;
        result.width = result.low32 ? 32 : state.leaves()[*leaf].width;
    } else if (result.name.find('.') != std::string_view::npos && !result.name.starts_with("msr.")) {
        throw std::logic_error("a row of a dump format names no leaf: " + std::string{result.name});
    }
    return result;
}

std::vector<Element> compiled(const State& state, std::string_view text) {
    std::vector<Element> result;
    bool prefixed = false;
    while (!text.empty()) {
        std::size_t length = 1;
        if (text.starts_with("{{") || text.starts_with("}}")) {
            length = 2;
            result.push_back({text.substr(0, 1), {}, {}, 1, 64, false, false, false, false});
        } else if (text[0] == '{') {
            length = text.find('}') + 1;
            result.push_back(place(state, text.substr(1, length - 2)));
            result.back().prefixed = std::exchange(prefixed, false);
        } else if (text.starts_with("0x{")) {
            length = 2;
            prefixed = true;
        } else if (is_word(text[0])) {
            while (length < text.size() && is_word(text[length]) && !text.substr(length).starts_with("0x{")) ++length;
            result.push_back({text.substr(0, length), {}, {}, 1, 64, false, false, false, false});
        } else if (text[0] != ' ') {
            result.push_back({text.substr(0, 1), {}, {}, 1, 64, false, false, false, false});
        }
        text.remove_prefix(length);
    }
    return result;
}

struct Match {
    std::size_t length = 0;  ///< tokens; 0: no match
    bool whole = false;
    std::vector<Fill> fills;
};

Match matched(std::span<const Element> row, std::span<const Token> text) {
    constexpr std::size_t longest_gap = 12;
    Match match;
    std::size_t at = 0;
    for (std::size_t k = 0; k < row.size(); ++k) {
        const Element& element = row[k];
        if (element.anything) {
            const std::size_t end = std::min(text.size(), at + longest_gap);
            while (at < end && text[at].text != row[k + 1].literal) ++at;
            continue;
        }
        if (at >= text.size()) return match;
        if (!element.literal.empty()) {
            if (text[at].text != element.literal) return match;
            ++at;
            continue;
        }
        // CR3 = 0x... is the guest's in a dump, CR3=... the host's, and in an emulator's list of registers neither.
        if (text[at].text.starts_with("0x") != element.prefixed) return match;
        const std::optional<std::uint64_t> value = number(text[at], element.least, element.width, element.decimal);
        if (!value) return match;
        ++at;
        if (!element.name.empty()) match.fills.push_back({element.name, element.leaf, *value, element.low32});
        match.length = at;
    }
    match.length = at;
    match.whole = true;
    return match;
}

}  // namespace

std::vector<Token> tokens(std::span<const Line> lines) {
    std::vector<Token> result;
    for (std::size_t n = 0; n < lines.size(); ++n) {
        const std::string_view text = lines[n].text;
        bool first = n > 0;  // the first line of a paste may lack its beginning
        for (std::size_t at = 0; at < text.size();) {
            if (text[at] == ' ' || text[at] == '\t') {
                ++at;
                continue;
            }
            std::size_t end = at + 1;
            if (is_word(text[at]))
                while (end < text.size() && is_word(text[end])) ++end;
            const bool stops = end == text.size() && !lines[n].complete;
            result.push_back(
                {text.substr(at, end - at), lines[n].number, first, stops || text.substr(end).starts_with("..")});
            first = false;
            at = end;
        }
    }
    return result;
}

std::optional<std::uint64_t> number(const Token& token, unsigned least, unsigned width, bool decimal) {
    std::string_view digits = token.text;
    if (!decimal && (digits.starts_with("0x") || digits.starts_with("0X"))) digits.remove_prefix(2);
    const std::size_t most = std::max(least, (width + 3) / 4);
    if (digits.size() < least || digits.size() > std::max<std::size_t>(most, decimal ? 20 : 0)) return std::nullopt;
    if (token.open && (decimal || digits.size() < most)) return std::nullopt;
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value, decimal ? 10 : 16);
    if (error != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
    if ((value & ~low_bits(width)) != 0) return std::nullopt;
    return value;
}

struct RowTable::Compiled {
    struct One {
        const Row* row;
        std::vector<Element> elements;
    };
    std::unordered_map<std::string_view, std::vector<One>> by_first;  ///< by the first word
    std::vector<One> any_first;                                       ///< rows that begin with a value

    struct Candidate {
        const Row* row;
        Match match;
    };

    static constexpr std::size_t least_begun = 4;  ///< words that tell a row that breaks off from something else

    /// The best row at the beginning of `text`.
    [[nodiscard]] std::optional<Reading> best(std::span<const Token> text, bool may_break_off, Section in) const {
        std::vector<Candidate> candidates;
        const auto consider = [&](const One& one) {
            Match match = matched(one.elements, text);
            // `CS = f000` begins a line of many programs.
            const bool telling = match.fills.size() > 1 || match.length >= least_begun;
            const bool counts = match.whole || (may_break_off && !match.fills.empty() && telling);
            if (!counts || (!candidates.empty() && match.length < candidates[0].match.length)) return;
            if (!candidates.empty() && match.length > candidates[0].match.length) candidates.clear();
            candidates.push_back({one.row, std::move(match)});
        };
        if (const auto found = by_first.find(text[0].text); found != by_first.end())
            std::ranges::for_each(found->second, consider);
        std::ranges::for_each(any_first, consider);
        if (candidates.empty()) return std::nullopt;
        const auto section = [](const Candidate& one) { return one.row->section; };
        auto chosen = std::ranges::find(candidates, in, section);
        if (chosen == candidates.end()) chosen = std::ranges::find(candidates, Section::any, section);
        const bool ambiguous = std::ranges::any_of(
            candidates, [&](const Candidate& one) { return one.row->section != candidates[0].row->section; });
        if (chosen == candidates.end()) chosen = candidates.begin();
        // Outside of any section, a row of two sections is of neither.
        if (ambiguous && chosen->row->section != in && chosen->row->section != Section::any) return std::nullopt;
        const std::size_t length = chosen->match.length;
        return Reading{chosen->row,        std::move(chosen->match.fills), text[length - 1].line, length, ambiguous,
                       chosen->match.whole};
    }
};

RowTable::RowTable(const State& state, std::span<const Row> rows) : compiled_{std::make_unique<Compiled>()} {
    for (const Row& row : rows) {
        std::vector<Element> elements = compiled(state, row.text);
        const std::string_view first = elements.at(0).literal;
        (first.empty() ? compiled_->any_first : compiled_->by_first[first]).push_back({&row, std::move(elements)});
    }
}

RowTable::~RowTable() = default;

std::vector<Reading> RowTable::find(std::span<const Line> lines) const {
    const std::vector<Token> text = tokens(lines);
    std::vector<Reading> result;
    Section in = Section::any;
    for (std::size_t at = 0; at < text.size();) {
        constexpr std::size_t longest_row = 96;
        const std::span<const Token> rest = std::span{text}.subspan(at, std::min(longest_row, text.size() - at));
        std::optional<Reading> reading = compiled_->best(rest, text[at].first, in);
        if (!reading) {
            ++at;
            continue;
        }
        if (reading->row->section != Section::any) in = reading->row->section;
        at += std::max<std::size_t>(reading->length, 1);
        result.push_back(std::move(*reading));
    }
    return result;
}

}  // namespace vmxspec::query
