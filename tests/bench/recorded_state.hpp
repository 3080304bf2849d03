// The recorded VM entries, as the parts that are measured take them.
#pragma once

#include "proofs/query/assumptions.hpp"
#include "proofs/query/dumps/reader.hpp"
#include "proofs/state/profile.hpp"
#include "proofs/state/text_file.hpp"
#include "spec/specification.hpp"

#include <string>
#include <type_traits>

namespace vmxspec::bench {

[[nodiscard]] inline std::string text_of(const std::string& name) {
    return read_text(VMXSPEC_FIXTURES "/virtualbox-" + name + ".json");
}

/// A recording with the processor's profile and what is taken for granted filled in.
[[nodiscard]] inline KnownState state_of(const State& s, const std::string& name) {
    KnownState state = query::read_dump(s, text_of(name), name, "json").front();
    apply(profile(s, "arrandale"), state);
    query::assume_usual_entry(state);
    return state;
}

/// The state as the generated code takes it; what is unknown is 0. `Struct` is a generated state.
template <class Struct>
[[nodiscard]] Struct machine_words(const KnownState& state) {
    Struct words;
    each_leaf(words, [&](const char*, unsigned number, auto& member) {
        member = static_cast<std::remove_reference_t<decltype(member)>>(state.values()[number].value);
    });
    return words;
}

}  // namespace vmxspec::bench
