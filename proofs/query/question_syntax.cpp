#include "proofs/query/question_syntax.hpp"

#include "proofs/state/input_error.hpp"
#include "proofs/state/json_value.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <utility>

namespace vmxspec::query {

namespace {

constexpr unsigned deepest = 64;           ///< parentheses, negations and implications within each other
constexpr std::size_t longest_word = 100;  ///< longer than any name

struct Token {
    enum class Kind : std::uint8_t { end, word, sign };
    Kind kind = Kind::end;
    std::string text;   ///< as it is written
    std::string lower;  ///< keywords are found by it
    Place place;

    [[nodiscard]] bool is(std::string_view what) const { return kind != Kind::end && lower == what; }
    [[nodiscard]] std::string shown() const {
        return kind == Kind::end ? "the text ends" : fmt::format("\"{}\" stands there", text);
    }
};

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_name(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '.' || c == '/'; }

/// The end of the word that begins at `from`: an index in the middle, as in msr_entry[0].data, is part of it.
std::size_t word_end(std::string_view text, std::size_t from) {
    std::size_t end = from;
    while (end < text.size()) {
        if (is_name(text[end])) {
            ++end;
            continue;
        }
        std::size_t close = end + 1;
        while (close < text.size() && is_digit(text[close])) ++close;
        const bool index = text[end] == '[' && close > end + 1 && text.substr(close).starts_with("].");
        if (!index) break;
        end = close + 2;
    }
    return end;
}

std::vector<Token> tokens_of(std::string_view text, const std::string& where) {
    constexpr std::array<std::string_view, 14> signs{"=>", "==", "!=", "<=", ">=", "=", "<",
                                                     ">",  ",",  "(",  ")",  "[",  "]", ":"};
    std::vector<Token> tokens;
    for (std::size_t at = 0; at < text.size();) {
        if (std::isspace(static_cast<unsigned char>(text[at])) != 0) {
            ++at;
            continue;
        }
        Token token{Token::Kind::word, {}, {}, {where, at + 1}};
        std::size_t length = word_end(text, at) - at;
        if (length == 0) {
            token.kind = Token::Kind::sign;
            for (const std::string_view sign : signs)
                if (length == 0 && text.substr(at).starts_with(sign)) length = sign.size();
            if (length == 0)
                throw InputError(fmt::format(
                    "{}: a name, a number or a sign of comparison is expected, not what stands there (byte {:02X}H).",
                    token.place.text(), static_cast<unsigned char>(text[at])));
        }
        if (length > longest_word)
            throw InputError(
                fmt::format("{}: a word of {} characters is neither a name nor a number.", token.place.text(), length));
        token.text = std::string{text.substr(at, length)};
        token.lower = token.text;
        std::transform(token.lower.begin(), token.lower.end(), token.lower.begin(),
                       [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
        tokens.push_back(std::move(token));
        at += length;
    }
    tokens.push_back({Token::Kind::end, {}, {}, {where, text.size() + 1}});
    return tokens;
}

/// 31, 0x1F, 1FH; C0000080H too, for no name looks like that.
bool is_number(const Token& token) {
    if (token.kind != Token::Kind::word) return false;
    if (is_digit(token.text[0])) return true;
    return token.text.size() > 1 && token.lower.back() == 'h' &&
           token.lower.find_first_not_of("0123456789abcdef") == token.lower.size() - 1;
}

class Parser {
public:
    Parser(std::string_view text, const std::string& where) : tokens_{tokens_of(text, where)} {}

    Formula whole() {
        if (next().kind == Token::Kind::end) return {};
        Formula result = list();
        if (next().kind != Token::Kind::end) refuse("a comma, and, or, implies or the end of the question is expected");
        return result;
    }

private:
    /// Parts that `sign` joins; one part is not joined.
    template <class Part>
    Formula joined(Formula::Kind kind, std::string_view sign, Part part) {
        Formula first = part();
        if (!next().is(sign)) return first;
        Formula result;
        result.kind = kind;
        result.parts.push_back(std::move(first));
        while (accept(sign)) result.parts.push_back(part());
        return result;
    }
    Formula list() {
        return joined(Formula::Kind::conjunction, ",", [this] { return implication(); });
    }
    Formula disjunction() {
        return joined(Formula::Kind::disjunction, "or", [this] { return conjunction(); });
    }
    Formula conjunction() {
        return joined(Formula::Kind::conjunction, "and", [this] { return part(); });
    }

    Formula implication() {
        Formula left = disjunction();
        if (!accept("implies") && !accept("=>")) return left;
        const Deeper deeper{*this};
        Formula result;
        result.kind = Formula::Kind::implication;
        result.parts.push_back(std::move(left));
        result.parts.push_back(implication());
        return result;
    }

    Formula part() {
        if (next().is("not")) {
            const Deeper deeper{*this};
            ++at_;
            Formula result;
            result.kind = Formula::Kind::negation;
            result.parts.push_back(part());
            return result;
        }
        if (!next().is("(")) return comparison();
        const Deeper deeper{*this};
        ++at_;
        Formula result = list();
        if (!accept(")")) refuse("a closing parenthesis is expected");
        return result;
    }

    Formula comparison() {
        constexpr std::array<std::pair<std::string_view, Sign>, 7> signs{{{"=", Sign::equal},
                                                                          {"==", Sign::equal},
                                                                          {"!=", Sign::unequal},
                                                                          {"<", Sign::below},
                                                                          {"<=", Sign::at_most},
                                                                          {">", Sign::above},
                                                                          {">=", Sign::at_least}}};
        Formula result;
        result.kind = Formula::Kind::comparison;
        result.left = operand("a comparison is expected, such as guest.cr0.PG = 1");
        for (const auto& sign : signs)
            if (result.sign == Sign::none && accept(sign.first)) result.sign = sign.second;
        if (result.sign != Sign::none)
            result.right = operand(fmt::format("a name or a number is expected, to compare {} with", result.left.text));
        return result;
    }

    Operand operand(const std::string& expected) {
        const Token token = next();
        const bool keyword = token.is("and") || token.is("or") || token.is("not") || token.is("implies");
        if (token.kind != Token::Kind::word || keyword) refuse(expected);
        ++at_;
        Operand result{token.place, token.text, {}, {}, {}};
        if (is_number(token)) {
            result.number = parse_number(token.text, token.place.text());
            return result;
        }
        result.name = token.text;
        if (!accept("[")) return result;
        const unsigned high = bit_number();
        const unsigned low = accept(":") ? bit_number() : high;
        if (low > high)
            throw InputError(fmt::format("{}: bits are written high to low, such as [31:0].", token.place.text()));
        if (!accept("]")) refuse("the closing bracket of a bit range is expected, such as [31:0]");
        result.bits = {high, low};
        result.text += high == low ? fmt::format("[{}]", high) : fmt::format("[{}:{}]", high, low);
        return result;
    }

    unsigned bit_number() {
        const std::string expected = "the number of a bit is expected, 0 to 63";
        const Token& token = next();
        if (!is_number(token)) refuse(expected);
        const std::uint64_t number = parse_number(token.text, token.place.text());
        if (number > 63) refuse(expected);
        ++at_;
        return static_cast<unsigned>(number);
    }

    [[nodiscard]] const Token& next() const { return tokens_[at_]; }
    bool accept(std::string_view what) {
        if (!next().is(what)) return false;
        ++at_;
        return true;
    }
    [[noreturn]] void refuse(const std::string& expected) const {
        throw InputError(fmt::format("{}: {}, but {}.", next().place.text(), expected, next().shown()));
    }

    /// One level deeper, while it lives: a question may not exhaust the stack.
    class Deeper {
    public:
        explicit Deeper(Parser& parser) : parser_{parser} {
            if (++parser_.depth_ > deepest)
                throw InputError(fmt::format("{}: the question is nested more than {} levels deep.",
                                             parser_.next().place.text(), deepest));
        }
        ~Deeper() { --parser_.depth_; }
        Deeper(const Deeper&) = delete;
        Deeper& operator=(const Deeper&) = delete;

    private:
        Parser& parser_;
    };

    std::vector<Token> tokens_;
    std::size_t at_ = 0;
    unsigned depth_ = 0;
};

}  // namespace

std::string Place::text() const { return fmt::format("{}, column {}", where, column); }

Formula parse_formula(std::string_view text, const std::string& where) { return Parser{text, where}.whole(); }

}  // namespace vmxspec::query
