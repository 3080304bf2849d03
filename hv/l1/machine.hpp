/// What all processors share.
#pragma once

#include <array>
#include <cstddef>

#include "hv/l1/host_paging.hpp"
#include "hv/l1/options.hpp"
#include "hv/l1/page_pool.hpp"
#include "hv/l1/processor.hpp"
#include "runtime/cpu/spin_lock.hpp"

namespace vmxspec::hv {

/// The hypervisor's one state. Once L1 runs, nothing of it is written but the locks. It lies, as all that is its own,
/// in memory that L1 does not see.
struct Machine {
    ImageLayout image;
    PagePool pool;
    HostPaging paging;
    Options options;
    runtime::PhysicalAddress msr_bitmap;             ///< SDM 27.6.9
    std::array<std::uint16_t, 16> msr_bitmap_words;  ///< its words of 64 bits that are not 0; the rest repeats the last
    std::uint64_t address_end;                       ///< behind the last physical address that processors can have
    std::array<Processor*, most_processors> processors;  ///< by number; the first is the boot processor
    std::size_t processor_count;
    runtime::SpinLock telling;     ///< whoever says more than one line has it
    runtime::SpinLock delivering;  ///< whoever delivers an IPI of L1's has it
};

extern Machine machine;

}  // namespace vmxspec::hv
