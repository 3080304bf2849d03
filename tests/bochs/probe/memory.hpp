/// Pages for the probe.
#pragma once

#include "runtime/memory/page_allocator.hpp"

namespace vmxspec::probe {

/// A page of zeros; refuses to go on when there is none.
[[nodiscard]] runtime::PhysicalAddress zeroed_page(runtime::PageAllocator& pages);

/// Fills a page with zeros.
void clear_page(runtime::PhysicalAddress page);

}  // namespace vmxspec::probe
