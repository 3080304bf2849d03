// A Linux kernel as L2: where it lies in memory, and the registers with which it begins (Linux' x86 boot protocol,
// 64-bit entry).
#pragma once

#include <linux/kvm.h>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace linux_l2 {

constexpr std::uint64_t zero_page = 0x7000, page_tables = 0x9000, command_line = 0x20000, kernel = 0x100'0000;

/// A number of the zero page, or of a paging structure.
template <typename Number>
void put(char* memory, std::uint64_t address, Number number) {
    std::memcpy(memory + address, &number, sizeof(number));
}

/// FILE is the bzImage, INITRD lies in memory already. \return the address of its first instruction
inline std::uint64_t load(char* memory, std::uint64_t memory_size, std::string_view file, std::uint64_t initrd,
                          std::size_t initrd_size, std::string_view arguments) {
    constexpr std::size_t header = 0x1f1, header_size = 0x77, sector = 512;
    constexpr std::uint64_t low_end = 0x9fc00, high_begin = 0x10'0000, entry_64 = 0x200;
    constexpr std::uint32_t ram = 1;
    const auto setup_sectors = static_cast<unsigned char>(file[header]);
    const std::size_t setup_size = (setup_sectors + std::size_t{1}) * sector;
    std::memcpy(memory + kernel, file.data() + setup_size, file.size() - setup_size);
    std::memcpy(memory + command_line, arguments.data(), arguments.size());
    char* const zero = memory + zero_page;
    std::memcpy(zero + header, file.data() + header, header_size);
    put(zero, 0x210, std::uint8_t{0xff});  // type_of_loader
    put(zero, 0x218, static_cast<std::uint32_t>(initrd));
    put(zero, 0x21c, static_cast<std::uint32_t>(initrd_size));
    put(zero, 0x228, static_cast<std::uint32_t>(command_line));
    put(zero, 0x1e8, std::uint8_t{2});  // entries of the memory map
    put(zero, 0x2d0, std::uint64_t{0});
    put(zero, 0x2d8, low_end);
    put(zero, 0x2e0, ram);
    put(zero, 0x2e4, high_begin);
    put(zero, 0x2ec, memory_size - high_begin);
    put(zero, 0x2f4, ram);
    return kernel + entry_64;
}

/// IA-32e mode with 1 GiB mapped as it is.
inline void begin(kvm_sregs& registers, char* memory) {
    constexpr std::uint64_t present_and_writable = 3, large = 0x80, page_size = 0x1000, large_size = 0x20'0000;
    put(memory, page_tables, page_tables + page_size + present_and_writable);
    put(memory, page_tables + page_size, page_tables + 2 * page_size + present_and_writable);
    for (std::uint64_t n = 0; n < 512; ++n) {
        put(memory, page_tables + 2 * page_size + n * 8, n * large_size + large + present_and_writable);
    }
    constexpr std::uint64_t pe_pg_et = 0x8000'0011, pae = 0x20, lme_lma = 0x500;
    registers.cr0 = pe_pg_et;
    registers.cr3 = page_tables;
    registers.cr4 = pae;
    registers.efer = lme_lma;
    kvm_segment segment{};
    segment.limit = 0xffff'ffff;
    segment.present = segment.s = segment.g = 1;
    segment.selector = 0x10;
    segment.type = 11;
    segment.l = 1;
    registers.cs = segment;
    segment.selector = 0x18;
    segment.type = 3;
    segment.l = 0;
    segment.db = 1;
    registers.ds = registers.es = registers.fs = registers.gs = registers.ss = segment;
}

}  // namespace linux_l2
