// The lines of KVM's dump_vmcs.
#pragma once

#include "proofs/query/dumps/row.hpp"

namespace vmxspec::query {

/// Eras of dump_vmcs, as bits of Row::eras. The layout is that of arch/x86/kvm/vmx/vmx.c in the Linux releases named.
namespace kvm_era {
inline constexpr unsigned a = 1;  ///< to 5.12: EFER and PAT in one line
inline constexpr unsigned b =
    2;  ///< 5.13 to 5.19: the EFER that is in effect, MSR areas, a first line with the processor
inline constexpr unsigned c = 4;  ///< 6.0 to 6.2: tertiary controls
inline constexpr unsigned d = 8;  ///< since 6.3: each line begins with kvm_intel:
}  // namespace kvm_era

/// All rows, of all eras, in the order in which they are printed.
[[nodiscard]] std::span<const Row> kvm_rows();

/// How to get what KVM does not print.
[[nodiscard]] std::span<const Collection> kvm_collection();

}  // namespace vmxspec::query
