// Indexes of MSRs that code, not only a table, speaks of. Cited: SDM volume 4, Table 2-2.
#pragma once

#include <cstdint>

namespace vmxspec::load {

inline constexpr std::uint32_t ia32_efer = 0xc0000080;

}  // namespace vmxspec::load
