// Processor profiles: capability MSRs and features of processor models, as data.
#pragma once

#include "proofs/state/known_state.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace vmxspec {

/// A profile as it is shipped or read from a file.
struct Profile {
    std::string name;
    std::string title;                                          ///< the processor's name
    std::string origin;                                         ///< where the values come from
    std::vector<std::pair<std::size_t, std::uint64_t>> values;  ///< leaf number and value
    std::vector<std::size_t> absent;                            ///< MSRs that the processor does not have
};

/// Names of the shipped profiles.
[[nodiscard]] std::vector<std::string> profile_names();
/// A shipped profile by its name, or a profile file by its path. Throws InputError.
[[nodiscard]] Profile profile(const State& state, const std::string& name_or_file);
/// A profile from its JSON text. Throws InputError; `where` names the source in messages.
[[nodiscard]] Profile parse_profile(const State& state, std::string_view json, const std::string& where);

/// Fills in what the state leaves open about the processor. What the input told stays.
void apply(const Profile& profile, KnownState& state);

}  // namespace vmxspec
