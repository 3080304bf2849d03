#include "hv/l1/host_paging.hpp"

namespace vmxspec::hv {

namespace {

using runtime::raw;
using runtime::Region;

// Entries (SDM table 5-15 and following).
constexpr std::uint64_t present = 1, writable = 2, large = 1U << 7, execute_disable = std::uint64_t{1} << 63;
constexpr std::uint64_t address_bits = 0x000f'ffff'ffff'f000;
constexpr std::uint64_t two_mib = std::uint64_t{2} << 20;
constexpr unsigned directories = 4;

[[nodiscard]] std::uint64_t* structure(std::uint64_t entry) {
    return runtime::at<std::uint64_t>(runtime::PhysicalAddress{entry & address_bits});
}

[[nodiscard]] std::uint64_t& directory_entry(std::uint64_t root, std::uint64_t address) {
    const std::uint64_t pointers = structure(root)[0];
    return structure(structure(pointers)[address >> 30])[address >> 21 & 0x1ff];
}

constexpr bool contains(const Region& region, std::uint64_t address) {
    return address >= region.begin && address < region.end;
}

}  // namespace

bool HostPaging::build(PagePool& pool, const ImageLayout& image, bool no_execute) {
    no_execute_ = no_execute ? execute_disable : 0;
    const auto map = pool.take();
    const auto pointers = pool.take();
    const auto first = pool.take(directories);
    const auto window_directory = pool.take();
    const auto windows = pool.take();
    if (!map || !pointers || !first || !window_directory || !windows) {
        return false;
    }
    root_ = raw(*map);
    structure(root_)[0] = raw(*pointers) | present | writable;
    for (std::uint64_t n = 0; n < directories; ++n) {
        structure(raw(*pointers))[n] = (raw(*first) + n * runtime::page_size) | present | writable;
    }
    structure(raw(*pointers))[directories] = raw(*window_directory) | present | writable;
    structure(raw(*window_directory))[0] = raw(*windows) | present | writable;
    windows_ = raw(*windows);
    for (std::uint64_t address = 0; address < runtime::mapped_end; address += two_mib) {
        directory_entry(root_, address) = address | present | writable | large | no_execute_;
    }
    for (std::uint64_t block = image.all.begin; block < image.all.end; block += two_mib) {
        const auto table = pool.take();
        if (!table) {
            return false;
        }
        for (std::uint64_t n = 0; n < 512; ++n) {
            const std::uint64_t address = block + n * runtime::page_size;
            const bool code = contains(image.text, address);
            const bool constant = code || contains(image.constants, address);
            structure(raw(*table))[n] = address | present | (constant ? 0 : writable) | (code ? 0 : no_execute_);
        }
        directory_entry(root_, block) = raw(*table) | present | writable;
    }
    return true;
}

std::uint64_t& HostPaging::entry(runtime::PhysicalAddress page) const {
    return structure(directory_entry(root_, raw(page)))[raw(page) >> 12 & 0x1ff];
}

void HostPaging::guard(runtime::PhysicalAddress page) { entry(page) = 0; }

void HostPaging::protect(runtime::PhysicalAddress page) { entry(page) &= ~writable; }

std::byte* HostPaging::window(std::uint32_t processor, std::uint64_t address) const {
    constexpr std::uint64_t offset = runtime::page_size - 1;
    auto* const page = runtime::at<std::byte>(
        runtime::PhysicalAddress{runtime::mapped_end + std::uint64_t{processor} * runtime::page_size});
    structure(windows_)[processor] = (address & ~offset) | present | writable | no_execute_;
    asm volatile("invlpg (%0)" : : "r"(page) : "memory");
    return page + (address & offset);
}

void HostPaging::let_low_memory_execute(bool allowed) {
    std::uint64_t& entry = directory_entry(root_, 0);
    entry = allowed ? entry & ~no_execute_ : entry | no_execute_;
}

PageRights HostPaging::rights() const {
    PageRights rights{};
    const auto count = [&](std::uint64_t entry, std::uint64_t pages) {
        const bool executable = (entry & present) != 0 && (entry & execute_disable) == 0;
        rights.executable += executable ? pages : 0;
        rights.writable_and_executable += executable && (entry & writable) != 0 ? pages : 0;
        rights.unmapped += (entry & present) == 0 ? pages : 0;
    };
    for (std::uint64_t block = 0; block < runtime::mapped_end; block += two_mib) {
        const std::uint64_t entry = directory_entry(root_, block);
        const bool is_page = (entry & present) == 0 || (entry & large) != 0;
        for (std::size_t n = 0; !is_page && n < 512; ++n) {
            count(structure(entry)[n], 1);
        }
        count(entry, is_page ? 512 : 0);
    }
    return rights;
}

}  // namespace vmxspec::hv
