// What tests of dump readers share: reading, judging, comparing.
#pragma once

#include "proofs/query/judgement.hpp"
#include "proofs/state/input_error.hpp"
#include "tests/unit/row_renderer.hpp"

#include <catch2/catch.hpp>

#include <algorithm>

namespace vmxspec::test {

[[nodiscard]] inline Specification& dump_spec() {
    static Specification spec;
    return spec;
}

[[nodiscard]] inline std::vector<KnownState> read_text_dump(const std::string& text, const std::string& from = "") {
    return query::read_dump(dump_spec().state, text, "dump.txt", from);
}

/// Ids of the rules that the state breaks, judged as `vmxspec why` does.
[[nodiscard]] inline std::set<std::string> broken(KnownState known) {
    query::assume_usual_entry(known);
    std::set<std::string> ids;
    for (const query::Finding& one : query::judge(dump_spec(), known).violated) ids.insert(std::string{one.rule->id});
    return ids;
}

[[nodiscard]] inline bool says(const KnownState& known, const std::string& words) {
    return std::ranges::any_of(known.caveats,
                               [&](const std::string& one) { return one.find(words) != std::string::npos; });
}

/// All that the text tells, and nothing else. `but` names leaves that the format is known not to tell.
inline void check_read_back(const KnownState& read_back, const KnownState& original, const std::set<std::size_t>& told,
                            const std::set<std::string>& but = {}) {
    for (std::size_t n = 0; n < original.values().size(); ++n) {
        const std::string& name = dump_spec().state.leaves()[n].name;
        CAPTURE(name);
        if (told.contains(n) && !but.contains(name)) {
            CHECK(read_back.standing(n) == Standing::given);
            CHECK(read_back.value(n) == original.value(n));
        } else {
            CHECK(read_back.standing(n) != Standing::given);
        }
    }
}

/// No cut may make a rule fail that the whole text does not break: at a byte, and with lines taken out.
inline void check_cuts(const std::string& text, const std::string& from) {
    std::set<std::string> whole;
    for (const KnownState& one : read_text_dump(text, from)) whole.merge(broken(one));
    const auto check = [&](const std::string& cut) {
        std::vector<KnownState> states;
        try {
            states = read_text_dump(cut, from);
        } catch (const InputError&) {
            return;
        }
        for (const KnownState& one : states)
            for (const std::string& id : broken(one)) {
                CAPTURE(cut, id);
                CHECK(whole.contains(id));
            }
    };
    for (std::size_t n = 1; n < text.size(); n += 41) {
        check(text.substr(0, n));
        check(text.substr(n));
    }
    std::vector<std::size_t> ends{0};
    for (std::size_t at = text.find('\n'); at != std::string::npos; at = text.find('\n', at + 1))
        ends.push_back(at + 1);
    for (std::size_t from_line = 1; from_line + 1 < ends.size(); from_line += 3)
        for (std::size_t to = from_line + 1; to < ends.size(); to += 4)
            check(text.substr(0, ends[from_line]) + text.substr(ends[to]));
}

}  // namespace vmxspec::test
