/// What a Linux kernel is told and where it begins (Linux documentation, "The Linux/x86 Boot Protocol" and "Zero
/// Page").
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "hv/l1/linux_kernel.hpp"
#include "hv/l1/memory_map.hpp"
#include "runtime/boot/boot_information.hpp"

namespace vmxspec::hv {

/// What goes into the zero page besides the kernel's own header.
struct LinuxBoot {
    runtime::Region kernel;  ///< where it is when it begins
    runtime::Region initrd;  ///< likewise; empty: none
    std::uint64_t rsdp;      ///< address of ACPI's root pointer; 0: the kernel looks for it
    const MemoryMap* memory;
    const runtime::BootInformation* machine;  ///< whose screen the kernel gets
};

/// The pages that a kernel needs until it has its own, as they lie in memory; its command line follows them.
struct alignas(runtime::page_size) LinuxPages {
    static constexpr std::size_t most_more_entries = MemoryMap::most - 128;
    static constexpr std::size_t e820_entry_size = 20;

    std::array<std::byte, runtime::page_size> zero_page;
    std::array<std::array<std::uint64_t, 512>, 6> identity_map;  ///< the first 4 GiB, for 64-bit mode

    /// A node of the list that `setup_data` begins: entries of the memory map for which the zero page has no room.
    struct {
        std::uint64_t next;
        std::uint32_t type, size;
        std::array<std::byte, most_more_entries * e820_entry_size> entries;
    } more_memory;
    std::array<std::uint64_t, 4> gdt;  ///< selectors 10H, code, and 18H, data
};

static_assert(sizeof(LinuxPages) == 8 * runtime::page_size);
static_assert(offsetof(LinuxPages, identity_map) == runtime::page_size);

inline constexpr std::uint16_t linux_code_selector = 0x10, linux_data_selector = 0x18;

/// Fills the pages.
/// \param address  where they will lie, below 4 GiB; the command line's first character will be right behind them
/// \param bits64   the kernel begins at its 64-bit entry: code segment and paging structures are for that
void write_linux_pages(LinuxPages& pages, std::uint64_t address, const LinuxKernel& kernel, const LinuxBoot& boot,
                       bool bits64);

}  // namespace vmxspec::hv
