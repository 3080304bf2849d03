// Fields of a dump that do not tell of the failed entry: what an earlier exit or injection left in the VMCS.
#pragma once

#include "proofs/query/dumps/sectioned.hpp"

namespace vmxspec::query {

/// The number of the failure, which emulators and Xen print beside the dump as the fact "error": an exit reason when
/// bit 31 is set (SDM 27.9.1), a VM-instruction error (SDM 33.4) otherwise. Says which.
void mark_failure(const SectionedDump& dump, KnownState& state);

/// PDPTEs that no check reads, and an event that is not injected.
void mark_left_over(KnownState& state);

/// After a VM-instruction error no VM exit took place (SDM 29.1, 29.2): the exit information is older.
[[nodiscard]] bool is_of_earlier_exit(const SectionedDump& dump, std::string_view leaf, std::uint64_t value);

}  // namespace vmxspec::query
