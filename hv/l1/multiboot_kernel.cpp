#include "hv/l1/multiboot_kernel.hpp"

#include "hv/l1/number.hpp"

namespace vmxspec::hv {

namespace {

using Bytes = std::span<const std::byte>;

// Multiboot 0.6.96, section 3.1; Multiboot2 2.0, section 3.1.
constexpr std::uint32_t magic1 = 0x1bad'b002, magic2 = 0xe852'50d6;
constexpr std::size_t search1 = 8192, search2 = 32768;
constexpr std::uint32_t flags1_known = 0x7;           // pages, memory, video; of the 16 that must be understood
constexpr std::uint32_t flags1_addresses = 1U << 16;  // the file says itself where it goes: for what is no ELF
constexpr std::size_t header2_size = 16, tag_header_size = 8;

enum class Tag : std::uint16_t {
    end = 0,
    information_request = 1,
    address = 2,
    entry_address = 3,
    console_flags = 4,
    framebuffer = 5,
    module_alignment = 6,
    efi_boot_services = 7,
    entry_address_efi32 = 8,
    entry_address_efi64 = 9,
    relocatable = 10,
};

constexpr std::uint64_t four_gib = std::uint64_t{4} << 30;

/// Where the header with that magic number and a good checksum of `words` words begins.
std::optional<std::size_t> find_header(Bytes file, std::uint32_t magic, std::size_t within, std::size_t step,
                                       std::size_t words) {
    for (std::size_t offset = 0; offset < within && offset + words * 4 <= file.size(); offset += step) {
        std::uint32_t sum = 0;
        for (std::size_t n = 0; n < words; ++n) {
            sum += *number<std::uint32_t>(file, offset + 4 * n);
        }
        if (*number<std::uint32_t>(file, offset) == magic && sum == 0) {
            return offset;
        }
    }
    return std::nullopt;
}

/// Tags of the boot information that a guest may demand, those that `multiboot_information.cpp` makes: command line,
/// boot loader name, modules, basic memory information, memory map; and those that are there if the machine has them.
constexpr bool can_be_given(std::uint32_t type) { return type >= 1 && type <= 17 && type != 9; }

std::optional<GuestRefusal> check_request(Bytes body) {
    for (std::uint64_t offset = 0; const auto type = number<std::uint32_t>(body, offset); offset += 4) {
        if (!can_be_given(*type)) {
            return GuestRefusal::wants_unknown;
        }
    }
    return std::nullopt;
}

std::optional<GuestRefusal> read_tags(Bytes tags, std::optional<std::uint32_t>& entry_address) {
    while (true) {
        const auto type = number<std::uint16_t>(tags, 0);
        const auto flags = number<std::uint16_t>(tags, 2);
        const auto size = number<std::uint32_t>(tags, 4);
        if (!size || *size < tag_header_size || *size > tags.size()) {
            return GuestRefusal::bad_header;
        }
        const Bytes body = tags.subspan(tag_header_size, *size - tag_header_size);
        const bool optional = (*flags & 1) != 0;
        switch (static_cast<Tag>(*type)) {
            case Tag::end: return std::nullopt;
            case Tag::information_request:
                if (const auto refusal = optional ? std::nullopt : check_request(body)) {
                    return refusal;
                }
                break;
            case Tag::entry_address:
                entry_address = number<std::uint32_t>(body, 0);
                if (!entry_address) {
                    return GuestRefusal::bad_header;
                }
                break;
            case Tag::address: return GuestRefusal::not_elf;
            case Tag::console_flags:
            case Tag::framebuffer:
            case Tag::module_alignment:
            case Tag::entry_address_efi32:
            case Tag::entry_address_efi64:
            case Tag::relocatable: break;
            default:
                if (!optional) {
                    return GuestRefusal::wants_unknown;
                }
        }
        const std::size_t padded = (std::size_t{*size} + 7) & ~std::size_t{7};
        tags = tags.subspan(padded < tags.size() ? padded : tags.size());
    }
}

/// Where ELF keeps things: offsets of fields in the file header and in a program header, and the size of their numbers.
struct ElfLayout {
    std::size_t entry, program_headers, program_header_size, program_header_count;
    std::size_t offset, virtual_address, physical_address, file_size, memory_size;
    bool wide;
};
constexpr ElfLayout elf32{24, 28, 42, 44, 4, 8, 12, 16, 20, false};
constexpr ElfLayout elf64{24, 32, 54, 56, 8, 16, 24, 32, 40, true};

std::optional<std::uint64_t> elf_number(Bytes file, std::uint64_t offset, bool wide) {
    if (wide) {
        return number<std::uint64_t>(file, offset);
    }
    return number<std::uint32_t>(file, offset);
}

}  // namespace

std::string_view sentence(GuestRefusal refusal) {
    switch (refusal) {
        case GuestRefusal::no_header: return "the guest is not understood: its file has no Multiboot header";
        case GuestRefusal::bad_header: return "the guest is not understood: its Multiboot2 header is damaged";
        case GuestRefusal::wants_unknown:
            return "the guest is not understood: its Multiboot header demands what is not known here";
        case GuestRefusal::not_elf: return "the guest is not understood: it is no ELF file for x86";
        case GuestRefusal::bad_elf: return "the guest is not understood: its ELF file is damaged";
        case GuestRefusal::too_many_segments: return "the guest is not understood: its file has more than 16 segments";
        case GuestRefusal::bad_entry: return "the guest is not understood: it begins outside of what is loaded";
        case GuestRefusal::no_memory: return "there is no memory where the guest wants to be";
    }
    return "the guest is not understood";
}

std::optional<GuestRefusal> MultibootKernel::read_header(Bytes file, std::optional<std::uint32_t>& entry_address) {
    if (const auto begin = find_header(file, magic2, search2, 8, 4)) {
        version = Multiboot::version2;
        const auto length = *number<std::uint32_t>(file, *begin + 8);
        if (*number<std::uint32_t>(file, *begin + 4) != 0 || length < header2_size || length > file.size() - *begin) {
            return GuestRefusal::bad_header;
        }
        return read_tags(file.subspan(*begin + header2_size, length - header2_size), entry_address);
    }
    if (const auto begin = find_header(file, magic1, search1, 4, 3)) {
        version = Multiboot::version1;
        const auto flags = *number<std::uint32_t>(file, *begin + 4);
        if ((flags & 0xffff & ~flags1_known) != 0) {
            return GuestRefusal::wants_unknown;
        }
        return (flags & flags1_addresses) != 0 ? std::optional{GuestRefusal::not_elf} : std::nullopt;
    }
    return GuestRefusal::no_header;
}

std::optional<GuestRefusal> MultibootKernel::read_elf(Bytes file, std::optional<std::uint32_t> entry_address) {
    constexpr std::uint32_t elf_magic = 0x464c'457f, load = 1;
    constexpr std::uint16_t machine_386 = 3, machine_x86_64 = 62;
    const auto identification = number<std::uint8_t>(file, 4);
    const std::uint16_t machine_number = number<std::uint16_t>(file, 18).value_or(0);
    if (number<std::uint32_t>(file, 0) != elf_magic ||
        (machine_number != machine_386 && machine_number != machine_x86_64)) {
        return GuestRefusal::not_elf;
    }
    const ElfLayout& layout = identification == 2 ? elf64 : elf32;
    const auto entry_point = elf_number(file, layout.entry, layout.wide);
    const auto headers = elf_number(file, layout.program_headers, layout.wide);
    const auto header_size = number<std::uint16_t>(file, layout.program_header_size);
    const auto count = number<std::uint16_t>(file, layout.program_header_count);
    if (!entry_point || !headers || !header_size || !count || *headers > file.size()) {
        return GuestRefusal::bad_elf;
    }
    std::optional<std::uint64_t> physical_entry;  // where the header or, without a word of it, the ELF file says
    for (std::uint64_t n = 0; n < *count; ++n) {
        const std::uint64_t begin = *headers + n * *header_size;
        const auto get = [&](std::size_t field) { return elf_number(file, begin + field, layout.wide); };
        const auto type = number<std::uint32_t>(file, begin);
        const auto offset = get(layout.offset);
        const auto address = get(layout.physical_address);
        const auto virtual_address = get(layout.virtual_address);
        const auto file_size = get(layout.file_size);
        const auto memory_size = get(layout.memory_size);
        if (!type || !offset || !address || !virtual_address || !file_size || !memory_size) {
            return GuestRefusal::bad_elf;
        }
        if (*type != load || *memory_size == 0) {
            continue;
        }
        if (*file_size > *memory_size || *offset > file.size() || *file_size > file.size() - *offset ||
            *address >= four_gib || *memory_size > four_gib - *address) {
            return GuestRefusal::bad_elf;
        }
        if (segment_count == most_segments) {
            return GuestRefusal::too_many_segments;
        }
        segments[segment_count++] = {*offset, *file_size, {*address, *address + *memory_size}};
        const std::uint64_t first = entry_address ? *address : *virtual_address;
        const std::uint64_t wanted = entry_address ? *entry_address : *entry_point;
        if (wanted >= first && wanted - first < *memory_size) {
            physical_entry = *address + (wanted - first);
        }
    }
    if (!physical_entry) {
        return GuestRefusal::bad_entry;
    }
    entry = static_cast<std::uint32_t>(*physical_entry);
    return std::nullopt;
}

std::optional<GuestRefusal> MultibootKernel::read(Bytes file) {
    *this = {};
    std::optional<std::uint32_t> entry_address;
    if (const auto refusal = read_header(file, entry_address)) {
        return refusal;
    }
    return read_elf(file, entry_address);
}

}  // namespace vmxspec::hv
