// Processor profiles: capability MSRs and features of processor models, as data.
#pragma once

#include "proofs/state/known_state.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace vmxspec {

/// Where the values of a profile come from.
enum class ProfileKind : std::uint8_t {
    recorded,  ///< read from a processor
    emulated,  ///< read from an emulator's model of a processor
    generic,   ///< composed of what is documented of a generation of processors
};
[[nodiscard]] const char* to_text(ProfileKind kind);
/// The kind of this name; throws InputError.
[[nodiscard]] ProfileKind profile_kind(const std::string& name);

/// A profile as it is shipped or read from a file.
struct Profile {
    std::string name;
    std::string title;   ///< the processor's name
    std::string origin;  ///< where the values come from
    ProfileKind kind = ProfileKind::recorded;
    std::vector<std::pair<std::size_t, Known>> values;  ///< leaf number, and the bits that are known
    std::vector<std::size_t> absent;                    ///< MSRs that the processor does not have
};

/// Names of the shipped profiles: recorded and emulated ones, then generations from old to new.
[[nodiscard]] std::vector<std::string> profile_names();
/// A shipped profile by its name, or a profile file by its path. Throws InputError.
[[nodiscard]] Profile profile(const State& state, const std::string& name_or_file);
/// A profile from its JSON text. Throws InputError; `where` names the source in messages.
[[nodiscard]] Profile parse_profile(const State& state, std::string_view json, const std::string& where);
/// The JSON text of a profile; parse_profile() reads it back.
[[nodiscard]] std::string profile_json(const State& state, const Profile& profile);

/// Fills in what the state leaves open about the processor. What the input told stays.
void apply(const Profile& profile, KnownState& state);

/// That the processor is the profile's: every bit that the profile knows.
[[nodiscard]] Bool is_processor(const State& state, const Profile& profile);

}  // namespace vmxspec
