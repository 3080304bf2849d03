#include "proofs/state/generation.hpp"

#include "proofs/state/control_word.hpp"
#include "proofs/state/input_error.hpp"
#include "proofs/state/json_value.hpp"
#include "proofs/state/shipped_profiles.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

namespace vmxspec {

namespace {

using Json = nlohmann::json;

const std::string where = "spec/state/generations.json";

std::size_t leaf_of(const State& state, std::string_view name) {
    const std::size_t* leaf = state.find(name);
    if (leaf == nullptr) throw InputError(fmt::format("{}: nothing is named {}.", where, name));
    return *leaf;
}

/// The bits of a leaf that a predicate finds by name.
template <class F>
std::uint64_t mask(const State& state, std::string_view leaf, const std::string& name, F is) {
    for (const NamedBits& bits : state.leaves()[leaf_of(state, leaf)].bits)
        if (is(bits)) return low_bits(bits.high - bits.low + 1) << bits.low;
    throw InputError(fmt::format("{}: {} has no bit named {}.", where, leaf, name));
}

/// The bits of capability MSR `capability` that say that the processor has what is named so.
std::uint64_t bit(const State& state, const std::string& capability, const std::string& name) {
    const ControlWord* word = control_word_of(capability);
    const auto named = [&](const NamedBits& bits) { return bits.manual_name == name; };
    return word != nullptr ? mask(state, word->control, name, named) << allowed_1_settings
                           : mask(state, capability, name, named);
}

class Composition {
public:
    explicit Composition(const State& state) : state_{state} {}

    /// Allowed 0-settings: what must be 1, and may be 1 therefore (A.2).
    void default1(const Json& json) {
        for (const auto& [capability, values] : json.items()) {
            const std::uint64_t plain = json_number(values["plain"], where, capability);
            const std::uint64_t ones = low_bits(allowed_1_settings);
            set(capability, {plain | plain << allowed_1_settings, ones | plain << allowed_1_settings});
            const ControlWord* word = control_word_of(capability);
            if (word == nullptr) throw InputError(fmt::format("{}: {} allows no controls.", where, capability));
            if (word->exact.empty()) continue;
            const std::uint64_t exact = json_number(values["true"], where, capability);
            set(std::string{word->exact}, {exact | plain << allowed_1_settings, ones | plain << allowed_1_settings});
        }
    }

    /// What a row adds: there from this row on, if it is not later than the wanted one; lacking before.
    void adds(const Json& json, bool reached) {
        each_bit(json, [&](const std::string& capability, std::uint64_t bits) {
            if (reached) {
                set(capability, {bits, bits});
            } else {
                set(capability, {0, bits & ~perhaps_[capability]});
            }
        });
    }

    /// What parts of a generation have and others have not: lacking before.
    void perhaps(const Json& json, bool reached) {
        if (!reached) return adds(json, false);
        each_bit(json, [&](const std::string& capability, std::uint64_t bits) { perhaps_[capability] |= bits; });
    }

    void values(const Json& json) {
        for (const auto& [name, value] : json.items()) {
            if (const std::size_t* leaf = state_.find(name)) {
                const std::uint64_t all = low_bits(std::max<unsigned>(1, state_.leaves()[*leaf].width));
                if (value.is_null()) {
                    known_.erase(*leaf);
                } else {
                    known_[*leaf] = {json_number(value, where, name), all};
                }
                continue;
            }
            const std::size_t dot = name.rfind('.');
            const std::string leaf = name.substr(0, dot);
            const std::string member = name.substr(dot + 1);
            const std::uint64_t bits =
                mask(state_, leaf, name, [&](const NamedBits& one) { return one.name == member; });
            set(leaf, {json_number(value, where, name) * (bits & (~bits + 1)), bits});
        }
    }

    [[nodiscard]] std::vector<std::pair<std::size_t, Known>> result() const { return {known_.begin(), known_.end()}; }

private:
    template <class F>
    void each_bit(const Json& json, F f) {
        for (const auto& [capability, names] : json.items()) {
            for (const Json& name : names) {
                const std::uint64_t bits = bit(state_, capability, name.get<std::string>());
                f(capability, bits);
                if (const ControlWord* word = control_word_of(capability); word != nullptr && !word->exact.empty())
                    f(std::string{word->exact}, bits);
            }
        }
    }

    void set(const std::string& leaf, Known bits) {
        Known& known = known_[leaf_of(state_, leaf)];
        known = {(known.value & ~bits.known) | bits.value, known.known | bits.known};
    }

    const State& state_;
    std::map<std::size_t, Known> known_;
    std::map<std::string, std::uint64_t> perhaps_;  ///< of rows that are reached: a later row may add it for good
};

}  // namespace

std::vector<std::string> generation_names() {
    std::vector<std::string> names;
    const Json document = json_document(shipped_generations, where);
    for (const Json& row : document["generations"]) names.push_back(row["name"]);
    return names;
}

std::optional<Profile> generation(const State& state, const std::string& name) {
    const Json document = json_document(shipped_generations, where);
    Profile profile{name, {}, json_text(document, "origin", "", where), ProfileKind::generic, {}, {}};
    Composition composition{state};
    composition.default1(document["default1"]);
    bool reached = true;
    for (const Json& row : document["generations"]) {
        composition.adds(json_object(row, "adds", where), reached);
        composition.perhaps(json_object(row, "perhaps", where), reached);
        if (!reached) continue;
        composition.values(json_object(row, "values", where));
        reached = row["name"] != name;
        if (!reached) profile.title = json_text(row, "title", "", where);
    }
    if (reached) return std::nullopt;
    profile.values = composition.result();
    return profile;
}

}  // namespace vmxspec
