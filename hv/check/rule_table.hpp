/// What is said of each rule, in a fraction of the memory that `generated::rule_information` takes: no pointers, each
/// text and each set of outcomes once. Made of it when this is compiled, so that it need not be in a kernel itself.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "vmxspec/generated/entry_checks.hpp"

namespace vmxspec::hv {

namespace rule_table {

struct Row {
    std::uint16_t id;       ///< place in `texts`
    std::uint16_t section;  ///< likewise
    generated::Stage stage;
    std::uint8_t outcomes;  ///< the first of `outcome_count` in `outcomes`
    std::uint8_t outcome_count;
};

inline constexpr std::size_t most_text = 16384, most_outcomes = 64;

struct Table {
    std::array<Row, generated::rule_count> rows{};
    std::array<char, most_text> texts{};  ///< each ends with NUL
    std::size_t text_size = 0;
    std::array<generated::Outcome, most_outcomes> outcomes{};
    std::size_t outcome_count = 0;
};

consteval std::uint16_t add_text(Table& table, std::string_view text) {
    const std::size_t begin = table.text_size;
    for (const char character : text) {
        table.texts[table.text_size++] = character;
    }
    table.texts[table.text_size++] = '\0';
    return static_cast<std::uint16_t>(begin);
}

consteval std::uint8_t add_outcomes(Table& table, const generated::RuleInformation& rule) {
    for (std::size_t begin = 0; begin + rule.outcome_count <= table.outcome_count; ++begin) {
        bool same = true;
        for (std::size_t n = 0; n < rule.outcome_count; ++n) {
            same = same && table.outcomes[begin + n] == rule.outcomes[n];
        }
        if (same) {
            return static_cast<std::uint8_t>(begin);
        }
    }
    const std::size_t begin = table.outcome_count;
    for (std::size_t n = 0; n < rule.outcome_count; ++n) {
        table.outcomes[table.outcome_count++] = rule.outcomes[n];
    }
    return static_cast<std::uint8_t>(begin);
}

consteval Table make() {
    Table table;
    for (std::size_t n = 0; n < generated::rule_count; ++n) {
        const generated::RuleInformation& rule = generated::rule_information[n];
        // Rules of a section follow each other.
        const bool same_section =
            n > 0 && std::string_view{rule.section} == std::string_view{generated::rule_information[n - 1].section};
        const std::uint16_t section = same_section ? table.rows[n - 1].section : add_text(table, rule.section);
        table.rows[n] = {add_text(table, rule.id), section, rule.stage, add_outcomes(table, rule), rule.outcome_count};
    }
    return table;
}

inline constexpr std::size_t text_size = make().text_size, outcome_count = make().outcome_count;

template <std::size_t size, class Array>
consteval auto first(const Array& from) {
    std::array<typename Array::value_type, size> to{};
    for (std::size_t n = 0; n < size; ++n) {
        to[n] = from[n];
    }
    return to;
}

inline constexpr auto rows = make().rows;
inline constexpr auto texts = first<text_size>(make().texts);
inline constexpr auto outcomes = first<outcome_count>(make().outcomes);

}  // namespace rule_table

/// Of rule `n` of `generated::Rule`: its id, its section of the SDM, its step of the VM entry.
[[nodiscard]] constexpr const char* rule_id(std::size_t n) { return &rule_table::texts[rule_table::rows[n].id]; }
[[nodiscard]] constexpr const char* rule_section(std::size_t n) {
    return &rule_table::texts[rule_table::rows[n].section];
}
[[nodiscard]] constexpr generated::Stage rule_stage(std::size_t n) { return rule_table::rows[n].stage; }

/// The outcome that the manual names first when rule `n` is broken.
[[nodiscard]] constexpr const generated::Outcome& rule_outcome(std::size_t n) {
    return rule_table::outcomes[rule_table::rows[n].outcomes];
}

/// Calls visit(outcome) for each outcome that the manual allows when rule `n` is broken.
template <class Visit>
constexpr void each_rule_outcome(std::size_t n, Visit visit) {
    const rule_table::Row& row = rule_table::rows[n];
    for (std::size_t k = 0; k < row.outcome_count; ++k) {
        visit(rule_table::outcomes[row.outcomes + k]);
    }
}

}  // namespace vmxspec::hv
