#include "proofs/vectors/profile_base.hpp"

#include "proofs/query/assumptions.hpp"
#include "proofs/query/name.hpp"
#include "proofs/state/control_word.hpp"
#include "proofs/state/input_error.hpp"
#include "proofs/state/json_value.hpp"
#include "proofs/vectors/shipped_base.hpp"

#include <fmt/format.h>

namespace vmxspec::vectors {

namespace {

constexpr const char* where = "the shipped base state";
constexpr std::uint64_t host_address_space_size = 1 << 9;  // of the VM-exit controls

/// The capability MSR that counts for a control word: the TRUE one if the processor has it.
std::uint64_t settings(const KnownState& base, const ControlWord& word) {
    const bool exact = (base.value("capability.basic").value_or(0) >> true_controls_bit & 1) != 0;
    const std::string_view name = exact && !word.exact.empty() ? word.exact : word.capability;
    return base.value(name).value_or(0);  // an MSR that the processor does not have allows nothing
}

const ControlWord& word_of(const std::string& control) {
    for (const ControlWord& one : control_words)
        if (one.control == control) return one;
    throw std::logic_error(control + " is no control word");
}

/// Whether the processor allows this control to be 1, or has this bit of a capability MSR.
bool allows(const KnownState& base, const std::string& name) {
    const query::Name bit = query::resolve(base.state(), name);
    const std::string& leaf = base.state().leaves()[bit.leaf].name;
    if (leaf.starts_with("capability.")) return (base.value(bit.leaf).value_or(0) >> bit.low & 1) != 0;
    return (settings(base, word_of(leaf)) >> (allowed_1_settings + bit.low) & 1) != 0;
}

}  // namespace

Base base_of_profile(const State& state, const Profile& processor) {
    KnownState base{state};
    apply(processor, base);
    base.name = "base";
    base.processor = processor.name;
    if (!base.value("capability.basic") || !base.value("capability.pin"))
        throw InputError(fmt::format("the profile {} does not tell the VMX capability MSRs.", processor.name));
    const nlohmann::json document = json_document(shipped_base, where);
    for (const auto& [name, value] : document.at("mode").items())
        base.set(state.leaf("before." + name), json_number(value, where, name), Standing::given);
    for (const nlohmann::json& row : document.at("fields")) {
        const std::string name = json_text(row, "field", "", where);
        if (row.contains("needs") && !allows(base, row["needs"])) continue;
        std::uint64_t value = json_number(row.at("value"), where, name);
        if (row.value("adjusted", false)) {
            const std::uint64_t allowed = settings(base, word_of(name));
            value = (value | (allowed & 0xffffffff)) & allowed >> allowed_1_settings;
        }
        base.set(state.leaf(name), value, Standing::given);
    }
    KnownState legacy = base;
    const auto change = [&](const std::string& name, std::uint64_t value) {
        const std::size_t leaf = state.leaf(name);
        legacy.set_bits(leaf, Known::exactly(value, state.leaves()[leaf].width), Standing::given);
    };
    for (const auto& [name, value] : document.at("legacy").at("mode").items())
        change("before." + name, json_number(value, where, name));
    for (const auto& [name, value] : document.at("legacy").at("fields").items())
        change(name, json_number(value, where, name));
    change("control.exit", *base.value("control.exit") & ~host_address_space_size);
    query::assume_usual_entry(base);
    query::assume_usual_entry(legacy);
    return {base, legacy};
}

}  // namespace vmxspec::vectors
