#include "proofs/query/processor_report.hpp"

#include "proofs/state/control_word.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <vector>

namespace vmxspec::query {

namespace {

/// The bits of a control word by name; those without one by number.
std::vector<std::string> names(const Leaf& controls, std::uint64_t bits) {
    std::vector<std::string> result;
    for (unsigned n = 0; n < controls.width; ++n) {
        if ((bits >> n & 1) == 0) continue;
        const auto named =
            std::ranges::find_if(controls.bits, [&](const NamedBits& one) { return one.low == n && one.high == n; });
        result.push_back(named == controls.bits.end() ? fmt::format("bit {}", n) : std::string{named->manual_name});
    }
    return result;
}

void list(std::string& text, const char* head, const std::vector<std::string>& words) {
    if (!words.empty()) text += fmt::format("    {:11} {}\n", head, fmt::join(words, ", "));
}

/// A digit of which a bit is unknown is a question mark.
std::string digits(Known value, unsigned width) {
    std::string text;
    for (unsigned n = (width + 3) / 4; n-- > 0;) {
        const bool known = (value.known >> 4 * n & 0xf) == (low_bits(width) >> 4 * n & 0xf);
        text += known ? fmt::format("{:X}", value.value >> 4 * n & 0xf) : "?";
    }
    return text + "H";
}

void controls(std::string& text, const Leaf& word, Known value) {
    const std::uint64_t must = value.value & low_bits(allowed_1_settings);
    const std::uint64_t may = value.value >> allowed_1_settings;
    // Bits that the manual does not name are no news where they cannot be changed.
    std::uint64_t named = 0;
    for (const NamedBits& bits : word.bits) named |= low_bits(bits.high - bits.low + 1) << bits.low;
    list(text, "may be 1:", names(word, may & ~must & (named | ~must)));
    list(text, "must be 1:", names(word, must & named));
    list(text, "unknown:", names(word, ~(value.known >> allowed_1_settings) & named));
}

void named_bits(std::string& text, const Leaf& leaf, Known value) {
    std::vector<std::string> there;
    std::vector<std::string> unknown;
    for (const NamedBits& bits : leaf.bits) {
        const std::uint64_t mask = low_bits(bits.high - bits.low + 1);
        const std::uint64_t part = value.value >> bits.low & mask;
        if ((value.known >> bits.low & mask) != mask) {
            unknown.emplace_back(bits.manual_name);
        } else if (part != 0) {
            there.push_back(bits.high == bits.low ? std::string{bits.manual_name}
                                                  : fmt::format("{} {}", bits.manual_name, part));
        }
    }
    list(text, "has:", there);
    list(text, "unknown:", unknown);
}

}  // namespace

std::string processor_report(const State& state, const Profile& profile) {
    std::string text = fmt::format("{}: {}\n  {}\n", profile.name, profile.title, profile.origin);
    std::vector<std::string> features;
    for (const auto& [n, value] : profile.values) {
        const Leaf& leaf = state.leaves()[n];
        const unsigned width = std::max<unsigned>(1, leaf.width);
        if (leaf.source != Source::msr) {
            if (!value.complete(width)) continue;
            if (width > 1) {
                features.push_back(fmt::format("{} {}", leaf.manual_name, value.value));
            } else if (value.value != 0) {
                features.emplace_back(leaf.manual_name);
            }
            continue;
        }
        text += fmt::format("\n  {} ({:X}H) = {}\n", leaf.manual_name, leaf.key, digits(value, width));
        if (const ControlWord* word = control_word_of(leaf.name)) {
            controls(text, state.leaves()[state.leaf(word->control)], value);
        } else {
            named_bits(text, leaf, value);
        }
    }
    std::vector<std::string> absent;
    for (const std::size_t n : profile.absent) absent.emplace_back(state.leaves()[n].manual_name);
    if (!absent.empty()) text += fmt::format("\n  no {}\n", fmt::join(absent, ", "));
    text += fmt::format("\n  features: {}\n", fmt::join(features, ", "));
    return text;
}

}  // namespace vmxspec::query
