#include "runtime/boot/boot_information.hpp"

#include <new>

namespace vmxspec::runtime {

namespace {

using Bytes = std::span<const std::byte>;

// Tag types (Multiboot2 section 3.6).
constexpr std::uint32_t tag_end = 0;
constexpr std::uint32_t tag_command_line = 1;
constexpr std::uint32_t tag_loader_name = 2;
constexpr std::uint32_t tag_module = 3;
constexpr std::uint32_t tag_memory_map = 6;
constexpr std::uint32_t tag_framebuffer = 8;
constexpr std::uint32_t tag_efi32_system_table = 11;
constexpr std::uint32_t tag_efi64_system_table = 12;
constexpr std::uint32_t tag_efi_boot_services = 18;  // there if the boot loader has not called ExitBootServices

constexpr std::uint32_t tag_acpi_old_rsdp = 14;
constexpr std::uint32_t tag_acpi_new_rsdp = 15;

constexpr std::uint32_t available_ram = 1;

constexpr std::size_t least_entry_size = 24;

constexpr PhysicalAddress vga_text_memory{0xb8000};

/// The text up to its NUL; nothing if there is none.
std::optional<std::string_view> text(Bytes bytes) {
    for (std::size_t length = 0; length < bytes.size(); ++length) {
        if (bytes[length] == std::byte{0}) {
            return std::string_view{reinterpret_cast<const char*>(bytes.data()), length};
        }
    }
    return std::nullopt;
}

/// The pixel with all bits of red, green and blue: place and number of bits of each (section 3.6.12).
std::uint32_t white(Bytes colours) {
    std::uint64_t pixel = 0;
    for (std::size_t colour = 0; colour < 3; ++colour) {
        const auto place = static_cast<unsigned>(colours[2 * colour]) & 31;
        const auto bits = static_cast<unsigned>(colours[2 * colour + 1]) & 31;
        pixel |= ((std::uint64_t{1} << bits) - 1) << place;
    }
    return static_cast<std::uint32_t>(pixel);
}

}  // namespace

std::string_view sentence(BootRefusal refusal) {
    switch (refusal) {
        case BootRefusal::misaligned: return "the boot information is not aligned on 8 bytes";
        case BootRefusal::truncated: return "the boot information ends before its end tag";
        case BootRefusal::malformed_tag: return "the boot information has a malformed tag";
        case BootRefusal::malformed_module: return "the boot information has a malformed module tag";
        case BootRefusal::malformed_memory_map: return "the boot information has a malformed memory map";
        case BootRefusal::no_memory_map: return "the boot loader gave no memory map";
        case BootRefusal::too_many_modules: return "the boot loader gave more than 32 modules";
        case BootRefusal::boot_services_running: return "the boot loader has not ended EFI's boot services";
    }
    return "the boot information can't be used";
}

std::optional<BootRefusal> BootInformation::read(Bytes memory) {
    new (this) BootInformation;  // in place: a temporary would take up 5 KiB of stack
    const auto begin = reinterpret_cast<std::uint64_t>(memory.data());
    if (begin % 8 != 0) {
        return BootRefusal::misaligned;
    }
    if (memory.size() < header_size) {
        return BootRefusal::truncated;
    }
    const auto total = number<std::uint32_t>(memory, 0);
    if (total < header_size || total > memory.size()) {
        return BootRefusal::truncated;
    }
    region_ = {begin, begin + total};
    tags_ = memory.first(total);

    Bytes rest = memory.subspan(header_size, total - header_size);
    while (rest.size() >= header_size) {
        const auto type = number<std::uint32_t>(rest, 0);
        const auto size = number<std::uint32_t>(rest, 4);
        if (size < header_size || size > rest.size()) {
            return BootRefusal::malformed_tag;
        }
        if (type == tag_end) {
            return has_memory_map_ ? std::nullopt : std::optional{BootRefusal::no_memory_map};
        }
        if (const auto refusal = read_tag(type, rest.subspan(header_size, size - header_size))) {
            return refusal;
        }
        const std::size_t padded = (std::size_t{size} + 7) & ~std::size_t{7};
        rest = rest.subspan(padded < rest.size() ? padded : rest.size());
    }
    return BootRefusal::truncated;
}

std::optional<BootRefusal> BootInformation::read_tag(std::uint32_t type, Bytes body) {
    switch (type) {
        case tag_command_line: return read_text(body, command_line_);
        case tag_loader_name: return read_text(body, loader_name_);
        case tag_module: return read_module(body);
        case tag_memory_map: return read_memory_map(body);
        case tag_framebuffer: return read_framebuffer(body);
        case tag_efi32_system_table:
        case tag_efi64_system_table: has_efi_ = true; return std::nullopt;
        case tag_efi_boot_services: return BootRefusal::boot_services_running;
        default: return std::nullopt;  // a tag that nobody here needs
    }
}

std::optional<BootRefusal> BootInformation::read_text(Bytes body, std::string_view& into) {
    const auto line = text(body);
    into = line.value_or(into);
    return line ? std::nullopt : std::optional{BootRefusal::malformed_tag};
}

std::optional<BootRefusal> BootInformation::read_framebuffer(Bytes body) {
    constexpr std::size_t least_size = 22;
    constexpr std::byte rgb{1};
    constexpr std::byte ega_text{2};
    constexpr std::size_t colours = 24;
    constexpr std::size_t least_rgb_size = colours + 6;
    if (body.size() < least_size) {
        return BootRefusal::malformed_tag;
    }
    has_framebuffer_ = true;
    const auto address = number<std::uint64_t>(body, 0);
    const auto pitch = number<std::uint32_t>(body, 8);
    const auto width = number<std::uint32_t>(body, 12);
    const auto height = number<std::uint32_t>(body, 16);
    if (body[21] == ega_text && width == 80 && height == 25 && pitch == 160 && address < mapped_end - page_size) {
        text_framebuffer_ = PhysicalAddress{address};
    }
    const bool drawable = width != 0 && height != 0 && width / 2 <= pitch / 8 && pitch % 8 == 0 && address % 8 == 0;
    if (body[21] == rgb && body[20] == std::byte{32} && drawable && body.size() >= least_rgb_size) {
        framebuffer_ = Framebuffer{PhysicalAddress{address}, pitch, width, height, white(body.subspan(colours))};
    }
    return std::nullopt;
}

std::optional<PhysicalAddress> BootInformation::text_screen() const {
    if (has_framebuffer_ || has_efi_) {
        return text_framebuffer_;
    }
    return vga_text_memory;
}

Bytes BootInformation::rsdp() const {
    Bytes found;
    bool found_new = false;
    each_tag([&](std::uint32_t type, Bytes tag) {
        if (type == tag_acpi_new_rsdp || (type == tag_acpi_old_rsdp && !found_new)) {
            found = tag.subspan(header_size);
            found_new = type == tag_acpi_new_rsdp;
        }
    });
    return found;
}

std::optional<BootRefusal> BootInformation::read_module(Bytes body) {
    constexpr std::size_t text_offset = 8;
    if (body.size() < text_offset) {
        return BootRefusal::malformed_module;
    }
    const Region region{number<std::uint32_t>(body, 0), number<std::uint32_t>(body, 4)};
    const auto line = text(body.subspan(text_offset));
    if (region.end < region.begin || !line) {
        return BootRefusal::malformed_module;
    }
    if (module_count_ == modules_.size()) {
        return BootRefusal::too_many_modules;
    }
    modules_[module_count_++] = {region, *line};
    return std::nullopt;
}

std::optional<BootRefusal> BootInformation::read_memory_map(Bytes body) {
    constexpr std::size_t entries_offset = 8;
    if (body.size() < entries_offset) {
        return BootRefusal::malformed_memory_map;
    }
    const auto entry_size = number<std::uint32_t>(body, 0);
    Bytes entries = body.subspan(entries_offset);
    if (entry_size < least_entry_size || entries.size() % entry_size != 0) {
        return BootRefusal::malformed_memory_map;
    }
    for (; !entries.empty(); entries = entries.subspan(entry_size)) {
        const auto begin = number<std::uint64_t>(entries, 0);
        const auto size = number<std::uint64_t>(entries, 8);
        if (begin + size < begin) {
            return BootRefusal::malformed_memory_map;
        }
        if (number<std::uint32_t>(entries, 16) == available_ram && usable_count_ < usable_.size()) {
            usable_[usable_count_++] = {begin, begin + size};
        }
    }
    has_memory_map_ = true;
    return std::nullopt;
}

}  // namespace vmxspec::runtime
