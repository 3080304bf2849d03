#include "proofs/state/profile.hpp"

#include "proofs/state/input_error.hpp"
#include "proofs/state/json_value.hpp"
#include "proofs/state/shipped_profiles.hpp"
#include "proofs/state/text_file.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>

namespace vmxspec {

namespace {

using Json = nlohmann::json;

/// Features from the registers of one CPUID leaf: {"80000008.0": [eax, ebx, ecx, edx], ...}.
void add_cpuid(const State& state, const Json& cpuid, Profile& profile, const std::string& where) {
    for (std::size_t n = 0; n < state.leaves().size(); ++n) {
        const Leaf& leaf = state.leaves()[n];
        if (leaf.source != Source::cpuid) continue;
        const CpuidPlace& place = leaf.cpuid;
        const std::string key = fmt::format("{:x}.{:x}", place.leaf, place.subleaf);
        std::uint64_t bits = 0;  // a CPUID leaf that does not exist reads as 0
        if (cpuid.contains(key)) {
            const auto reg = static_cast<std::size_t>(place.reg);
            if (!cpuid[key].is_array() || cpuid[key].size() != 4)
                throw InputError(fmt::format("{}: CPUID leaf {} needs four registers.", where, key));
            bits = json_number(cpuid[key][reg], where, "CPUID leaf " + key) >> place.low &
                   low_bits(place.high - place.low + 1);
        }
        profile.values.emplace_back(n, bits);
    }
}

}  // namespace

Profile parse_profile(const State& state, std::string_view text, const std::string& where) {
    const Json json = json_document(text, where);
    if (json_text(json, "format", "", where) != "vmxspec-processor")
        throw InputError(
            fmt::format("{} is no processor profile: its \"format\" is not \"vmxspec-processor\".", where));
    Profile profile{json_text(json, "name", "", where),
                    json_text(json, "title", "", where),
                    json_text(json, "origin", "", where),
                    {},
                    {}};
    const Json msrs = json_object(json, "msr", where);
    for (const auto& [key, value] : msrs.items()) {
        const std::uint64_t index = parse_number(key, where);
        const std::size_t* leaf = index > 0xffffffff ? nullptr : state.find_msr(static_cast<std::uint32_t>(index));
        if (leaf == nullptr) continue;  // an MSR that no check reads
        if (value.is_null()) {
            profile.absent.push_back(*leaf);
        } else {
            profile.values.emplace_back(*leaf, json_number(value, where, "MSR " + key));
        }
    }
    if (json.contains("cpuid")) add_cpuid(state, json["cpuid"], profile, where);
    const Json features = json_object(json, "features", where);
    for (const auto& [key, value] : features.items()) {
        const std::size_t* leaf = state.find(key);
        if (leaf == nullptr) throw InputError(fmt::format("{}: no feature is named {}.", where, key));
        profile.values.emplace_back(*leaf, json_number(value, where, key));
    }
    return profile;
}

std::vector<std::string> profile_names() {
    std::vector<std::string> names;
    for (const auto& [name, text] : shipped_profiles) names.emplace_back(name);
    return names;
}

Profile profile(const State& state, const std::string& name_or_file) {
    const auto shipped = std::ranges::find(shipped_profiles, std::string_view{name_or_file}, &ShippedProfile::name);
    if (shipped != std::end(shipped_profiles)) return parse_profile(state, shipped->text, "profile " + name_or_file);
    if (name_or_file.find_first_of("./") == std::string::npos)
        throw InputError(fmt::format("no processor profile is named {}; shipped are {}, or give a profile file.",
                                     name_or_file, fmt::join(profile_names(), ", ")));
    return parse_profile(state, read_text(name_or_file), name_or_file);
}

void apply(const Profile& profile, KnownState& state) {
    state.processor = profile.name;
    for (const auto& [leaf, value] : profile.values)
        if (state.standing(leaf) == Standing::unknown) state.set(leaf, value, Standing::profile);
    for (const std::size_t leaf : profile.absent)
        if (state.standing(leaf) == Standing::unknown) state.set_absent(leaf);
}

}  // namespace vmxspec
