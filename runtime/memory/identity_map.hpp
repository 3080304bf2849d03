/// More of physical memory within reach.
#pragma once

#include "runtime/memory/page_allocator.hpp"

namespace vmxspec::runtime {

/// Maps a region above `mapped_end`, such as a device's, each address to itself: 2 MiB pages, whose memory type is that
/// of the MTRRs. What is mapped stays as it is. \return false if there is no page for a paging structure, or the region
/// does not end below 128 TiB
[[nodiscard]] bool map_region(Region region, PageAllocator& pages);

}  // namespace vmxspec::runtime
