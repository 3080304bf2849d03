// States for each check of 29.1 to 29.3, written from the manual, not from the conditions.
#pragma once

#include "spec/entry/entry.hpp"
#include "spec/lang/known.hpp"

#include <map>
#include <sstream>
#include <string>
#include <vector>

namespace vmxspec::entry_cases {

struct Spec {
    Graph graph;
    State state{graph};
    RuleTable table;

    Spec() { entry::all(table, state); }
};

inline Spec& spec() {
    static Spec the_spec;
    return the_spec;
}

/// All state, known: every leaf 0 except where an assignment `leaf=value` or `leaf.bits=value` says otherwise. Later
/// assignments win.
class Setting {
public:
    Setting() {
        for (const Leaf& leaf : spec().state.leaves()) values_.push_back(Known::exactly(0, leaf.width));
    }

    Setting& with(const std::string& assignments) {
        std::istringstream words{assignments};
        for (std::string word; words >> word;) assign(word);
        return *this;
    }

    [[nodiscard]] Evaluation evaluate() const { return {spec().graph, values_}; }

private:
    void assign(const std::string& word) {
        const std::size_t sign = word.find('=');
        const std::string name = word.substr(0, sign);
        const std::uint64_t value = std::stoull(word.substr(sign + 1), nullptr, 0);
        if (const std::size_t* whole = spec().state.find(name)) {
            const unsigned width = spec().state.leaves()[*whole].width;
            if ((value & ~low_bits(width)) != 0) throw std::out_of_range("a value too wide: " + word);
            values_[*whole].value = value;
            return;
        }
        const std::size_t dot = name.rfind('.');
        const std::size_t n = spec().state.leaf(name.substr(0, dot));
        for (const NamedBits& bits : spec().state.leaves()[n].bits) {
            if (bits.name != name.substr(dot + 1)) continue;
            const std::uint64_t mask = low_bits(bits.high - bits.low + 1);
            if ((value & ~mask) != 0) throw std::out_of_range("a value too wide: " + word);
            values_[n].value = (values_[n].value & ~(mask << bits.low)) | value << bits.low;
            return;
        }
        throw std::out_of_range("no bits are named " + name);
    }

    std::vector<Known> values_;
};

/// What must be true of one rule: it holds in every state of `holds` and in none of `fails`. A state is `given`, on top
/// of it the assignments of one entry.
struct Case {
    std::string rule;
    std::string given;
    std::vector<std::string> holds;
    std::vector<std::string> fails;
};

using Cases = std::vector<Case>;

/// All cases, in the manual's order.
[[nodiscard]] Cases all_cases();

/// Two states of which the rule says the same.
struct Alike {
    std::string rule, words;
    Setting first, second;
};

/// The states of the cases with a control word of 0, and with the word all 1 but not activated.
[[nodiscard]] std::vector<Alike> not_activated();

/// Guests that enter, by what they are: assignments.
[[nodiscard]] const std::map<std::string, std::string>& ordinary_guests();

inline std::string hex(std::uint64_t value) {
    std::ostringstream text;
    text << "0x" << std::hex << value;
    return text.str();
}

}  // namespace vmxspec::entry_cases
