#include "hv/l1/guest.hpp"
#include "hv/l1/linux_boot.hpp"
#include "hv/l1/linux_kernel.hpp"
#include "hv/l1/log.hpp"
#include "runtime/boot/kernel.hpp"

namespace vmxspec::hv {

namespace {

using runtime::refuse;
using runtime::Region;

constinit LinuxKernel kernel{};

constexpr std::uint64_t kib = 1024;

constexpr std::uint64_t padded(std::uint64_t size) { return (size + 3) & ~std::uint64_t{3}; }

/// All modules behind the kernel as one initrd: Linux takes archives one behind the other, each on 4 bytes.
[[nodiscard]] Region load_initrd(GuestMemory& memory, std::span<const runtime::Module> modules) {
    if (modules.size() <= 1) {
        return modules.empty() ? Region{} : memory.out_of_the_way(modules.front().region, kernel.initrd_end);
    }
    std::uint64_t size = 0;
    for (const runtime::Module& module : modules) {
        size += padded(module.region.end - module.region.begin);
    }
    const Region all = memory.place(size, kernel.initrd_end);
    auto* to = bytes(all).data();
    __builtin_memset(to, 0, size);
    for (const runtime::Module& module : modules) {
        const auto from = bytes(module.region);
        __builtin_memcpy(to, from.data(), from.size());
        to += padded(from.size());
    }
    return all;
}

/// A copy of ACPI's root pointer, which the boot loader hands over without telling where it is. 0: there is none.
[[nodiscard]] std::uint64_t copy_rsdp(GuestMemory& memory, const runtime::BootInformation& boot) {
    constexpr std::uint32_t acpi_old = 14, acpi_new = 15;  // Multiboot2 section 3.6
    constexpr std::size_t tag_header_size = 8;
    std::span<const std::byte> rsdp;
    std::uint32_t found = 0;
    boot.each_tag([&](std::uint32_t type, std::span<const std::byte> tag) {
        if ((type == acpi_old || type == acpi_new) && type > found) {
            rsdp = tag.subspan(tag_header_size);
            found = type;
        }
    });
    if (rsdp.empty()) {
        return 0;
    }
    const Region region = memory.place_for_good(rsdp.size());
    __builtin_memcpy(bytes(region).data(), rsdp.data(), rsdp.size());
    return region.begin;
}

/// The machine as the boot protocol wants it: flat segments of a GDT and, for the 64-bit entry, paging.
[[nodiscard]] GuestStart start_of(Region at, Region pages, bool bits64) {
    constexpr std::uint64_t entry_64_bit = 0x200, gdt = offsetof(LinuxPages, gdt);
    GuestStart start{};
    start.rip = at.begin + (bits64 ? entry_64_bit : 0);
    start.esi = static_cast<std::uint32_t>(pages.begin);
    start.code_selector = linux_code_selector;
    start.data_selector = linux_data_selector;
    start.gdt = {pages.begin + gdt, pages.begin + gdt + sizeof(LinuxPages::gdt)};
    start.cr3 = bits64 ? pages.begin + offsetof(LinuxPages, identity_map) : 0;
    return start;
}

}  // namespace

GuestStart load_linux(GuestMemory& memory, const runtime::BootInformation& boot, const Options& options) {
    const runtime::Module& first = boot.modules().front();
    if (const auto refusal = kernel.read(bytes(first.region))) {
        refuse(sentence(*refusal));
    }
    if (first.command_line.size() > kernel.longest_command_line) {
        refuse(sentence(LinuxRefusal::long_command_line));
    }
    const auto region = kernel.place(memory.map());
    if (!region) {
        refuse(sentence(LinuxRefusal::no_memory));
    }
    memory.claim(*region);
    const Region file = memory.out_of_the_way(first.region);
    kernel.header = bytes(file).subspan(linux_header_begin, kernel.header.size());
    const Region initrd = load_initrd(memory, boot.modules().subspan(1));
    const std::uint64_t rsdp = copy_rsdp(memory, boot);

    const bool bits64 = kernel.has_64_bit_entry && !options.linux_32_bit_entry;
    const Region pages = memory.place(sizeof(LinuxPages) + first.command_line.size() + 1);
    __builtin_memcpy(bytes(pages).data() + sizeof(LinuxPages), first.command_line.data(), first.command_line.size());
    bytes(pages).back() = std::byte{0};
    auto& told = *runtime::at<LinuxPages>(runtime::PhysicalAddress{pages.begin});
    write_linux_pages(told, pages.begin, kernel, {*region, initrd, rsdp, &memory.map(), &boot}, bits64);
    // Last, for the boot information with its texts may lie where the kernel goes.
    __builtin_memcpy(bytes(*region).data(), bytes(file).data() + kernel.offset, kernel.file_size);

    log(LogLevel::info, "Linux kernel of ", runtime::Decimal{kernel.file_size / kib}, " KiB at ",
        runtime::Hex{region->begin}, "H, initrd of ", runtime::Decimal{(initrd.end - initrd.begin + kib - 1) / kib},
        " KiB at ", runtime::Hex{initrd.begin}, "H, ", bits64 ? "64" : "32", "-bit entry");
    return start_of(*region, pages, bits64);
}

}  // namespace vmxspec::hv
