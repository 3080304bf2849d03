#include "runtime/cpu/fixup.hpp"

extern "C" {
// Set by kernel.ld.
extern const vmxspec::runtime::Fixup fixups_begin[];  // NOLINT(*-avoid-c-arrays)
extern const vmxspec::runtime::Fixup fixups_end[];    // NOLINT(*-avoid-c-arrays)
}

namespace vmxspec::runtime {

namespace {

/// What a member tells: an address relative to itself, so that the table is the same wherever the kernel lies.
std::uint64_t target(const std::int32_t& member) {
    return reinterpret_cast<std::uintptr_t>(&member) + static_cast<std::uintptr_t>(member);
}

}  // namespace

std::optional<std::uint64_t> recovery_of(std::uint64_t rip) {
    for (const Fixup* fixup = fixups_begin; fixup != fixups_end; ++fixup) {
        if (target(fixup->faulting) == rip) {
            return target(fixup->recovery);
        }
    }
    return std::nullopt;
}

}  // namespace vmxspec::runtime
