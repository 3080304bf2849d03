// The profile of the processor that this program runs on.
#pragma once

#include "proofs/state/profile.hpp"

#include <array>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace vmxspec {

/// What a profile is read from.
struct Machine {
    /// eax, ebx, ecx, edx of a CPUID leaf.
    std::function<std::array<std::uint32_t, 4>(std::uint32_t leaf, std::uint32_t subleaf)> cpuid;
    /// An MSR of a logical processor; nothing where RDMSR faults. Throws InputError when MSRs cannot be read at all.
    std::function<std::optional<std::uint64_t>(unsigned processor, std::uint32_t index)> msr;
    std::vector<unsigned> processors;  ///< the first one's MSRs make the profile
};

/// This machine: the CPUID instruction, and /dev/cpu/N/msr of Linux. Throws InputError when there is no such file.
[[nodiscard]] Machine this_machine();

/// The profile of a machine, and a sentence for each MSR in which another logical processor differs. Throws InputError
/// on a processor without VMX.
[[nodiscard]] std::pair<Profile, std::vector<std::string>> read_profile(const State& state, const Machine& machine);

}  // namespace vmxspec
