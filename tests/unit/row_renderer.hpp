// A state as the rows of a dump format print it: the reverse of what the readers do.
#pragma once

#include "proofs/query/dumps/row.hpp"
#include "tests/unit/fixture.hpp"

#include <fmt/format.h>

#include <set>
#include <string>

namespace vmxspec::test {

struct Rendered {
    std::string text;
    std::set<std::size_t> leaves;  ///< that the text tells
};

/// One row, or nothing when the state does not have one of its values.
[[nodiscard]] inline std::optional<std::string> render(const KnownState& state, const query::Row& row,
                                                       std::set<std::size_t>& leaves) {
    std::string line;
    std::set<std::size_t> here;
    for (std::string_view rest = row.text; !rest.empty();) {
        const std::size_t open = rest.find('{');
        line += rest.substr(0, open);
        if (open == std::string_view::npos) break;
        if (rest.substr(open).starts_with("{{")) {
            line += '{';
            rest.remove_prefix(open + 2);
            continue;
        }
        const std::size_t close = rest.find('}');
        const std::string_view place = rest.substr(open + 1, close - open - 1);
        rest.remove_prefix(close + 1);
        const std::string_view kind = place.substr(0, place.find(' '));
        if (kind == "~") {
            line += "somewhere";
            continue;
        }
        std::uint64_t value = 0;
        if (kind.size() < place.size()) {
            const std::string_view name = place.substr(kind.size() + 1);
            const std::size_t* leaf = state.state().find(name);
            if (leaf == nullptr && name.find('_') != std::string_view::npos)
                return std::nullopt;  // a reader's own word
            if (leaf != nullptr) {
                if (!state.value(*leaf)) return std::nullopt;
                value = *state.value(*leaf);
                here.insert(*leaf);
            }
        }
        if (kind == "d") {
            line += fmt::format("{}", value);
        } else if (kind == "x") {
            line += fmt::format("{:X}", value);
        } else {
            line += fmt::format("{:0{}x}", value, std::stoi(std::string{kind}));
        }
    }
    if (row.text.find("{d msr.") != std::string_view::npos) return std::nullopt;  // entries of areas
    leaves.merge(here);
    return line;
}

/// The rows of one era, each line with a prefix.
[[nodiscard]] inline Rendered render(const KnownState& state, std::span<const query::Row> rows, unsigned era,
                                     const std::string& prefix = {}) {
    Rendered result;
    for (const query::Row& row : rows) {
        const bool area = row.mark == query::Mark::entry_load || row.mark == query::Mark::other_area;
        if ((row.eras & era) == 0 || area) continue;
        if (const std::optional<std::string> line = render(state, row, result.leaves))
            result.text += prefix + *line + "\n";
    }
    return result;
}

/// A text file of tests/fixtures/dumps.
[[nodiscard]] inline std::string fixture_dump(const std::string& name) {
    std::ifstream file{std::string{VMXSPEC_FIXTURES} + "/dumps/" + name};
    if (!file) throw std::runtime_error("no dump is named " + name);
    return {std::istreambuf_iterator<char>{file}, {}};
}

}  // namespace vmxspec::test
