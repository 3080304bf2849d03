// The recorded states of tests/fixtures, whole or with a few values changed.
#pragma once

#include "proofs/query/assumptions.hpp"
#include "proofs/query/dumps/reader.hpp"
#include "proofs/state/profile.hpp"
#include "spec/specification.hpp"

#include <nlohmann/json.hpp>

#include <fstream>
#include <stdexcept>
#include <string>
#include <vector>

namespace vmxspec::test {

/// File names, without ".json".
inline const std::vector<std::string> recordings{"virtualbox-before12", "virtualbox-before02", "virtualbox-after12",
                                                 "virtualbox-after02",  "kvm-before12",        "kvm-before02"};

[[nodiscard]] inline nlohmann::json fixture_json(const std::string& name) {
    std::ifstream file{std::string{VMXSPEC_FIXTURES} + "/" + name + ".json"};
    if (!file) throw std::runtime_error("no fixture is named " + name);
    return nlohmann::json::parse(file);
}

/// The one state of a document, as `vmxspec why` reads it.
[[nodiscard]] inline KnownState read_one(const State& state, const nlohmann::json& document) {
    return query::read_dump(state, document.dump(), "the fixture", "json").at(0);
}

/// With the processor's profile and what is taken for granted filled in: what `vmxspec why` judges.
[[nodiscard]] inline KnownState entry_of(const State& state, const nlohmann::json& document) {
    KnownState known = read_one(state, document);
    if (!known.processor.empty()) apply(profile(state, known.processor), known);
    query::assume_usual_entry(known);
    return known;
}

/// A recording with fields set ("leaf", "0x..."); an empty text removes the field: nothing is known of it.
[[nodiscard]] inline nlohmann::json changed(nlohmann::json document,
                                            const std::vector<std::pair<std::string, std::string>>& fields) {
    for (const auto& [name, value] : fields) {
        if (value.empty()) {
            document["fields"].erase(name);
        } else {
            document["fields"][name] = value;
        }
    }
    return document;
}

}  // namespace vmxspec::test
