#include "proofs/state/profile.hpp"

#include "proofs/state/generation.hpp"
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
using OrderedJson = nlohmann::ordered_json;

constexpr const char* format = "vmxspec-processor";
constexpr std::array kinds{ProfileKind::recorded, ProfileKind::emulated, ProfileKind::generic};

unsigned width(const State& state, std::size_t leaf) { return std::max<unsigned>(1, state.leaves()[leaf].width); }

/// A number, or {"value": ..., "known": ...} where some bits are not known.
Known known(const State& state, std::size_t leaf, const Json& json, const std::string& where, const std::string& what) {
    Known result = Known::exactly(~std::uint64_t{0}, width(state, leaf));
    if (json.is_object()) {
        result.known &= json_number(json.value("known", Json{}), where, what + ", known");
        result.value = json_number(json.value("value", Json{}), where, what + ", value");
    } else {
        result.value = json_number(json, where, what);
    }
    if ((result.value & ~result.known) != 0)
        throw InputError(fmt::format("{}: the value of {} does not fit.", where, what));
    return result;
}

OrderedJson known_json(const State& state, std::size_t leaf, Known value) {
    const auto number = [](std::uint64_t n) { return fmt::format("{:#x}", n); };
    if (value.complete(width(state, leaf)))
        return state.leaves()[leaf].source == Source::msr ? OrderedJson(number(value.value)) : OrderedJson(value.value);
    return {{"value", number(value.value)}, {"known", number(value.known)}};
}

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
        profile.values.emplace_back(n, Known::exactly(bits, width(state, n)));
    }
}

}  // namespace

const char* to_text(ProfileKind kind) {
    switch (kind) {
        case ProfileKind::recorded: return "recorded";
        case ProfileKind::emulated: return "emulated";
        case ProfileKind::generic: return "generic";
    }
    return "";
}

ProfileKind profile_kind(const std::string& name) {
    for (const ProfileKind one : kinds)
        if (name == to_text(one)) return one;
    throw InputError(fmt::format("no kind of profile is named {}; there are recorded, emulated and generic.", name));
}

Profile parse_profile(const State& state, std::string_view text, const std::string& where) {
    const Json json = json_document(text, where);
    if (json_text(json, "format", "", where) != format)
        throw InputError(fmt::format("{} is no processor profile: its \"format\" is not \"{}\".", where, format));
    Profile profile{json_text(json, "name", "", where),
                    json_text(json, "title", "", where),
                    json_text(json, "origin", "", where),
                    profile_kind(json_text(json, "kind", to_text(ProfileKind::recorded), where)),
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
            profile.values.emplace_back(*leaf, known(state, *leaf, value, where, "MSR " + key));
        }
    }
    if (json.contains("cpuid")) add_cpuid(state, json["cpuid"], profile, where);
    const Json features = json_object(json, "features", where);
    for (const auto& [key, value] : features.items()) {
        const std::size_t* leaf = state.find(key);
        if (leaf == nullptr) throw InputError(fmt::format("{}: no feature is named {}.", where, key));
        profile.values.emplace_back(*leaf, known(state, *leaf, value, where, key));
    }
    return profile;
}

std::string profile_json(const State& state, const Profile& profile) {
    OrderedJson json{{"format", format},
                     {"name", profile.name},
                     {"title", profile.title},
                     {"kind", to_text(profile.kind)},
                     {"origin", profile.origin},
                     {"msr", OrderedJson::object()},
                     {"features", OrderedJson::object()}};
    std::map<std::uint32_t, OrderedJson> msrs;
    for (const std::size_t n : profile.absent) msrs[state.leaves()[n].key] = nullptr;
    for (const auto& [n, value] : profile.values) {
        const Leaf& leaf = state.leaves()[n];
        if (leaf.source == Source::msr) {
            msrs[leaf.key] = known_json(state, n, value);
        } else {
            json["features"][leaf.name] = known_json(state, n, value);
        }
    }
    for (const auto& [index, value] : msrs) json["msr"][fmt::format("{:#x}", index)] = value;
    return json.dump(1) + "\n";
}

std::vector<std::string> profile_names() {
    std::vector<std::string> names;
    for (const auto& [name, text] : shipped_profiles) names.emplace_back(name);
    for (std::string& name : generation_names()) names.push_back(std::move(name));
    return names;
}

Profile profile(const State& state, const std::string& name_or_file) {
    const auto* const shipped =
        std::ranges::find(shipped_profiles, std::string_view{name_or_file}, &ShippedProfile::name);
    if (shipped != std::end(shipped_profiles)) return parse_profile(state, shipped->text, "profile " + name_or_file);
    if (std::optional<Profile> generic = generation(state, name_or_file)) return std::move(*generic);
    if (name_or_file.find_first_of("./") == std::string::npos)
        throw InputError(fmt::format("no processor profile is named {}; shipped are {}, or give a profile file.",
                                     name_or_file, fmt::join(profile_names(), ", ")));
    return parse_profile(state, read_text(name_or_file), name_or_file);
}

void apply(const Profile& profile, KnownState& state) {
    state.processor = profile.name;
    if (profile.kind != ProfileKind::recorded) state.processor += fmt::format(" ({})", profile.origin);
    for (const auto& [leaf, value] : profile.values)
        if (state.standing(leaf) == Standing::unknown) state.set_bits(leaf, value, Standing::profile);
    for (const std::size_t leaf : profile.absent)
        if (state.standing(leaf) == Standing::unknown) state.set_absent(leaf);
}

Bool is_processor(const State& state, const Profile& profile) {
    Graph& g = state.graph();
    Bool all = constant(g, true);
    for (const auto& [leaf, value] : profile.values) {
        const NodeId node = state.node(leaf);
        const unsigned width = g[node].width;
        if (width == 0) {
            all = all && (value.value != 0 ? Bool{&g, node} : !Bool{&g, node});
            continue;
        }
        const NodeId bits = value.complete(width)
                                ? node
                                : g.make(Op::bit_and, width, {node, g.make(Op::constant, width, {}, value.known)});
        all = all && Bool{&g, g.make(Op::equal, 0, {bits, g.make(Op::constant, width, {}, value.value)})};
    }
    return all;
}

}  // namespace vmxspec
