// The probe's base state on a processor of which there is only a profile.
#pragma once

#include "proofs/state/profile.hpp"
#include "proofs/vectors/vector.hpp"

namespace vmxspec::vectors {

/// The state that the probe would report under the id "base": controls by the processor's capability MSRs, the fields
/// that its VMCS has by the controls that it allows (SDM volume 3D, appendix B), and for what the probe chooses itself,
/// such as addresses of its pages, what it chose once. Vectors are what differs from it, so these do not matter. The
/// same for legacy protected mode. Throws InputError when the profile does not tell the capability MSRs.
[[nodiscard]] Base base_of_profile(const State& state, const Profile& processor);

}  // namespace vmxspec::vectors
