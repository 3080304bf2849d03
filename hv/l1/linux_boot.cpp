#include "hv/l1/linux_boot.hpp"

#include "hv/l1/number.hpp"

namespace vmxspec::hv {

namespace {

using Page = std::span<std::byte>;

/// Offsets in the zero page. Those of `screen_info`, which begins at 0, have their names there.
namespace field {
constexpr std::size_t cursor_row = 0x01, video_mode = 0x06, video_columns = 0x07, video_lines = 0x0e, video_type = 0x0f,
                      video_points = 0x10, width = 0x12, height = 0x14, depth = 0x16, base = 0x18, size = 0x1c,
                      line_length = 0x24, colours = 0x26, capabilities = 0x36, base_high = 0x3a;
constexpr std::size_t acpi_rsdp_addr = 0x70, e820_entries = 0x1e8, type_of_loader = 0x210, code32_start = 0x214,
                      ramdisk_image = 0x218, ramdisk_size = 0x21c, cmd_line_ptr = 0x228, setup_data = 0x250,
                      e820_table = 0x2d0;
}  // namespace field

constexpr std::size_t most_e820_entries = 128;
static_assert(MemoryMap::most - most_e820_entries == LinuxPages::most_more_entries);

template <class T>
void put(Page page, std::size_t at, T value) {
    __builtin_memcpy(page.data() + at, &value, sizeof value);
}

void write_text_screen(Page page) {
    constexpr std::uint8_t mode_80x25 = 3, columns = 80, lines = 25, vga = 1;
    constexpr std::uint16_t points = 16;
    put(page, field::cursor_row, static_cast<std::uint8_t>(lines - 1));  // what stands there moves up
    put(page, field::video_mode, mode_80x25);
    put(page, field::video_columns, columns);
    put(page, field::video_lines, lines);
    put(page, field::video_type, vga);
    put(page, field::video_points, points);
}

/// \param tag  Multiboot2's framebuffer tag (section 3.6.12), of a screen of pixels
void write_pixel_screen(Page page, std::span<const std::byte> tag, bool efi) {
    // Multiboot2 has place and size of red, green and blue; Linux has size and place, and those of what is left over.
    constexpr std::size_t tag_colours = 32, colour_count = 3;
    constexpr std::uint8_t vesa_framebuffer = 0x23, efi_framebuffer = 0x70;
    constexpr std::uint32_t base_has_64_bits = 2;  // of the capabilities
    const auto get = [&]<class T>(T /*type*/, std::size_t at) { return number<T>(tag, at).value_or(0); };
    const auto address = get(std::uint64_t{}, 8);
    const auto pitch = get(std::uint32_t{}, 16);
    const auto lines = get(std::uint32_t{}, 24);
    const auto bits = get(std::uint8_t{}, 28);
    const std::uint64_t bytes = std::uint64_t{pitch} * lines;
    constexpr std::uint64_t unit = 0x10000;  // of the size, for VESA
    put(page, field::video_type, efi ? efi_framebuffer : vesa_framebuffer);
    put(page, field::width, static_cast<std::uint16_t>(get(std::uint32_t{}, 20)));
    put(page, field::height, static_cast<std::uint16_t>(lines));
    put(page, field::depth, std::uint16_t{bits});
    put(page, field::base, static_cast<std::uint32_t>(address));
    put(page, field::base_high, static_cast<std::uint32_t>(address >> 32));
    put(page, field::capabilities, (address >> 32) != 0 ? base_has_64_bits : 0);
    put(page, field::size, static_cast<std::uint32_t>(efi ? bytes : (bytes + unit - 1) / unit));
    put(page, field::line_length, static_cast<std::uint16_t>(pitch));
    unsigned used = 0;
    for (std::size_t colour = 0; colour < colour_count; ++colour) {
        const auto place = get(std::uint8_t{}, tag_colours + 2 * colour);
        const auto size = get(std::uint8_t{}, tag_colours + 2 * colour + 1);
        put(page, field::colours + 2 * colour, size);
        put(page, field::colours + 2 * colour + 1, place);
        used += size;
    }
    put(page, field::colours + 2 * colour_count, static_cast<std::uint8_t>(bits > used ? bits - used : 0));
    put(page, field::colours + 2 * colour_count + 1, static_cast<std::uint8_t>(bits > used ? used : 0));
}

void write_screen(Page page, const runtime::BootInformation& machine) {
    constexpr std::uint32_t framebuffer = 8, efi32_system_table = 11, efi64_system_table = 12;
    constexpr std::byte pixels{1};
    constexpr std::size_t screen_type = 29, least_size = 38;
    if (machine.text_screen()) {
        return write_text_screen(page);
    }
    std::span<const std::byte> screen;
    bool efi = false;
    machine.each_tag([&](std::uint32_t type, std::span<const std::byte> tag) {
        efi = efi || type == efi32_system_table || type == efi64_system_table;
        if (type == framebuffer && tag.size() >= least_size && tag[screen_type] == pixels) {
            screen = tag;
        }
    });
    if (!screen.empty()) {
        write_pixel_screen(page, screen, efi);
    }
}

void write_e820_entry(std::byte* to, const MapEntry& entry) {
    const std::uint64_t size = entry.region.end - entry.region.begin;
    __builtin_memcpy(to, &entry.region.begin, sizeof size);
    __builtin_memcpy(to + 8, &size, sizeof size);
    __builtin_memcpy(to + 16, &entry.type, sizeof entry.type);
}

void write_memory(LinuxPages& pages, std::uint64_t address, const MemoryMap& memory) {
    constexpr std::uint32_t e820_extension = 1;
    constexpr std::size_t entry_size = LinuxPages::e820_entry_size;
    std::size_t count = 0;
    for (const MapEntry& entry : memory.entries()) {
        std::byte* const to = count < most_e820_entries
                                  ? pages.zero_page.data() + field::e820_table + count * entry_size
                                  : pages.more_memory.entries.data() + (count - most_e820_entries) * entry_size;
        write_e820_entry(to, entry);
        ++count;
    }
    const std::size_t more = count > most_e820_entries ? count - most_e820_entries : 0;
    put(pages.zero_page, field::e820_entries, static_cast<std::uint8_t>(count - more));
    if (more != 0) {
        pages.more_memory.type = e820_extension;
        pages.more_memory.size = static_cast<std::uint32_t>(more * entry_size);
        put(pages.zero_page, field::setup_data, address + offsetof(LinuxPages, more_memory));
    }
}

void write_identity_map(LinuxPages& pages, std::uint64_t address) {
    constexpr std::uint64_t present_writable = 3, large = 1U << 7, two_mib = std::uint64_t{2} << 20;
    constexpr std::size_t directories = 4, entries = 512;
    const auto structure = [&](std::size_t n) {
        return (address + offsetof(LinuxPages, identity_map) + n * runtime::page_size) | present_writable;
    };
    pages.identity_map[0][0] = structure(1);
    for (std::size_t n = 0; n < directories; ++n) {
        pages.identity_map[1][n] = structure(2 + n);
        for (std::size_t entry = 0; entry < entries; ++entry) {
            pages.identity_map[2 + n][entry] = (n * entries + entry) * two_mib | large | present_writable;
        }
    }
}

}  // namespace

void write_linux_pages(LinuxPages& pages, std::uint64_t address, const LinuxKernel& kernel, const LinuxBoot& boot,
                       bool bits64) {
    constexpr std::uint8_t unknown_loader = 0xff;
    constexpr std::uint64_t flat_code_32 = 0x00cf'9b00'0000'ffff, flat_code_64 = 0x00af'9b00'0000'ffff,
                            flat_data = 0x00cf'9300'0000'ffff;
    __builtin_memset(static_cast<void*>(&pages), 0, sizeof pages);
    const Page page{pages.zero_page};
    write_screen(page, *boot.machine);
    put(page, field::acpi_rsdp_addr, boot.rsdp);
    __builtin_memcpy(page.data() + linux_header_begin, kernel.header.data(), kernel.header.size());
    put(page, field::type_of_loader, unknown_loader);
    put(page, field::code32_start, static_cast<std::uint32_t>(boot.kernel.begin));
    put(page, field::ramdisk_image, static_cast<std::uint32_t>(boot.initrd.begin));
    put(page, field::ramdisk_size, static_cast<std::uint32_t>(boot.initrd.end - boot.initrd.begin));
    put(page, field::cmd_line_ptr, static_cast<std::uint32_t>(address + sizeof pages));
    write_memory(pages, address, *boot.memory);
    if (bits64) {
        write_identity_map(pages, address);
    }
    pages.gdt[linux_code_selector / 8] = bits64 ? flat_code_64 : flat_code_32;
    pages.gdt[linux_data_selector / 8] = flat_data;
}

}  // namespace vmxspec::hv
