#include "proofs/query/name.hpp"

#include "proofs/state/input_error.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <limits>

namespace vmxspec::query {

namespace {

std::string lower(std::string_view text) {
    std::string result{text};
    std::ranges::transform(result, result.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return result;
}

/// Edit distance, for a suggestion.
std::size_t distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> row(b.size() + 1);
    for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
    for (std::size_t i = 1; i <= a.size(); ++i) {
        std::size_t diagonal = row[0]++;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const std::size_t replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
            diagonal = row[j];
            row[j] = std::min({row[j] + 1, row[j - 1] + 1, replaced});
        }
    }
    return row[b.size()];
}

std::string nearest(const State& state, const std::string& name) {
    NearestName best{name};
    for (const Leaf& leaf : state.leaves()) {
        best.consider(leaf.name);
        for (const NamedBits& bits : leaf.bits) best.consider(leaf.name + "." + std::string{bits.name});
    }
    return best.name();
}

/// `entry.load_efer` -> `control.entry.load_efer`.
std::string expand(std::string name) {
    constexpr std::array words{"pin", "proc", "proc2", "proc3", "exit", "exit2", "entry"};
    const std::string first = name.substr(0, name.find('.'));
    if (std::ranges::find(words, first) != words.end()) return "control." + name;
    return name;
}

}  // namespace

NearestName::NearestName(std::string wanted)
    : wanted_{std::move(wanted)}, least_{std::numeric_limits<std::size_t>::max()} {}

void NearestName::consider(const std::string& candidate) {
    const auto member = [](const std::string& name) { return name.substr(name.rfind('.') + 1); };
    std::size_t d = distance(wanted_, candidate);
    if (member(candidate) == member(wanted_)) d = std::min(d, 1 + d / 4);  // the right bit or field of another area
    if (d >= least_) return;
    least_ = d;
    best_ = candidate;
}

const NamedBits* find_bits(const Leaf& leaf, std::string_view member) {
    const std::string wanted = lower(member);
    for (const NamedBits& bits : leaf.bits)
        if (bits.name == wanted || lower(bits.manual_name) == wanted || bits.name == wanted + "_") return &bits;
    return nullptr;
}

Name resolve(const State& state, std::string_view text) {
    std::string name = lower(text);
    std::erase_if(name, [](unsigned char c) { return std::isspace(c) != 0; });
    name = expand(name);
    if (const std::size_t* leaf = state.find(name)) return {*leaf, std::max(1U, state.leaves()[*leaf].width) - 1, 0};
    const std::size_t dot = name.rfind('.');
    if (dot != std::string::npos) {
        if (const std::size_t* leaf = state.find(name.substr(0, dot)))
            if (const NamedBits* bits = find_bits(state.leaves()[*leaf], name.substr(dot + 1)))
                return {*leaf, bits->high, bits->low};
    }
    throw InputError(fmt::format("nothing is named {}; the nearest name is {}.", text, nearest(state, name)));
}

}  // namespace vmxspec::query
