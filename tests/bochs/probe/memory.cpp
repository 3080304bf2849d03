#include "tests/bochs/probe/memory.hpp"

#include "runtime/boot/kernel.hpp"

namespace vmxspec::probe {

void clear_page(runtime::PhysicalAddress page) { __builtin_memset(runtime::at<void>(page), 0, runtime::page_size); }

runtime::PhysicalAddress zeroed_page(runtime::PageAllocator& pages) {
    const auto page = pages.allocate();
    if (!page) {
        runtime::refuse("there is not enough memory");
    }
    clear_page(*page);
    return *page;
}

}  // namespace vmxspec::probe
