#include "runtime/cpu/fixup.hpp"

extern "C" {
// Set by kernel.ld.
extern const vmxspec::runtime::Fixup fixups_begin[];  // NOLINT(*-avoid-c-arrays)
extern const vmxspec::runtime::Fixup fixups_end[];    // NOLINT(*-avoid-c-arrays)
}

namespace vmxspec::runtime {

std::optional<std::uint64_t> recovery_of(std::uint64_t rip) {
    for (const Fixup* fixup = fixups_begin; fixup != fixups_end; ++fixup) {
        if (fixup->faulting == rip) {
            return fixup->recovery;
        }
    }
    return std::nullopt;
}

}  // namespace vmxspec::runtime
