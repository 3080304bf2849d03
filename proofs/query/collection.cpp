#include "proofs/query/collection.hpp"

#include <algorithm>

namespace vmxspec::query {

std::vector<std::string> to_collect(const KnownState& state, const Judgement& judgement) {
    const auto waits_for = [&](std::string_view leaves) {
        return std::ranges::any_of(judgement.undecided, [&](const Finding& finding) {
            return std::ranges::any_of(
                finding.leaves, [&](std::size_t n) { return state.state().leaves()[n].name.starts_with(leaves); });
        });
    };
    std::vector<std::string> sentences;
    for (const Collection& one : state.collect)
        if (waits_for(one.leaves) && std::ranges::find(sentences, one.how) == sentences.end())
            sentences.emplace_back(one.how);
    return sentences;
}

}  // namespace vmxspec::query
