/// What all processors share.
#pragma once

#include <array>

#include "hv/l1/host_paging.hpp"
#include "hv/l1/options.hpp"
#include "hv/l1/page_pool.hpp"

namespace vmxspec::hv {

/// The hypervisor's one state. It lies, as all that is its own, in memory that L1 does not see.
struct Machine {
    ImageLayout image;
    PagePool pool;
    HostPaging paging;
    Options options;
    runtime::PhysicalAddress ones;        ///< a page of ones: what L1 reads where the hypervisor is
    runtime::PhysicalAddress msr_bitmap;  ///< SDM 27.6.9
    std::array<std::uint16_t, 16> msr_bitmap_words;  ///< its words of 64 bits that are not 0; the rest repeats the last
    std::uint64_t host_cr4;
    std::uint64_t address_end;  ///< behind the last physical address that the processors can have
};

extern Machine machine;

}  // namespace vmxspec::hv
