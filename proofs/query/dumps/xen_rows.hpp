// The lines of Xen's vmcs_dump_vcpu, and of its messages about a failed VM entry.
#pragma once

#include "proofs/query/dumps/row.hpp"

namespace vmxspec::query {

/// Eras, as bits of Row::eras. The layout is that of xen/arch/x86/hvm/vmx/vmcs.c in the releases named.
namespace xen_era {
inline constexpr unsigned x1 = 1;  ///< to 4.5: segments as name=value, RSP before RIP in the host section
inline constexpr unsigned x2 = 2;  ///< 4.6 to 4.10: segments as a table
inline constexpr unsigned x3 = 4;  ///< 4.11 to 4.18: where EFER comes from
inline constexpr unsigned x4 = 8;  ///< since 4.19: tertiary controls
}  // namespace xen_era

/// All rows, of all eras, in the order in which they are printed.
[[nodiscard]] std::span<const Row> xen_rows();

/// How to get what Xen does not print.
[[nodiscard]] std::span<const Collection> xen_collection();

}  // namespace vmxspec::query
