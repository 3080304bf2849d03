// The syntax of questions, without what names mean.
//
//     question    := implication { "," implication }                           a comma is the loosest "and"
//     implication := disjunction [ ( "implies" | "=>" ) implication ]
//     disjunction := conjunction { "or" conjunction }
//     conjunction := part { "and" part }
//     part        := "not" part | "(" question ")" | operand [ sign operand ]  an operand alone has one bit
//     sign        := "=" | "==" | "!=" | "<" | "<=" | ">" | ">="               numbers are unsigned
//     operand     := number | name [ "[" high [ ":" low ] "]" ]
//     number      := 31 | 0x1F | 1FH
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vmxspec::query {

/// A text and its place in the question, from 1.
struct Place {
    std::string where;  ///< the option, for messages
    std::size_t column = 1;

    /// "--then, column 7", for messages.
    [[nodiscard]] std::string text() const;
};

struct Operand {
    Place place;
    std::string text;                     ///< as the question writes it
    std::optional<std::uint64_t> number;  ///< nothing: a name
    std::string name;
    std::optional<std::pair<unsigned, unsigned>> bits;  ///< high and low
};

enum class Sign : std::uint8_t { none, equal, unequal, below, at_most, above, at_least };

struct Formula {
    enum class Kind : std::uint8_t { comparison, negation, conjunction, disjunction, implication };
    Kind kind = Kind::conjunction;
    std::vector<Formula> parts;  ///< of all kinds but comparisons; an empty conjunction holds
    Operand left, right;         ///< of a comparison; without a sign only `left`
    Sign sign = Sign::none;
};

/// The formula of a text; of an empty one, one that holds. Throws InputError with the column and what is expected
/// there; `where` names the text.
[[nodiscard]] Formula parse_formula(std::string_view text, const std::string& where);

}  // namespace vmxspec::query
