#include "hv/l1/multiboot_information.hpp"

namespace vmxspec::hv {

namespace {

// Tag types (Multiboot2 section 3.6).
enum class Tag : std::uint32_t {
    end = 0,
    command_line = 1,
    boot_loader_name = 2,
    module = 3,
    basic_memory = 4,
    memory_map = 6,
};

constexpr std::uint64_t one_mib = std::uint64_t{1} << 20, kib = 1024;

/// Tags that the guest gets as the boot loader gave them: boot device, VBE, framebuffer, APM, SMBIOS, ACPI (old and new
/// RSDP), network. Not those of EFI: the memory map there has the hypervisor in it, and its services would run beside
/// it.
constexpr bool is_copied(std::uint32_t type) {
    return type == 5 || type == 7 || type == 8 || type == 10 || (type >= 13 && type <= 16);
}

/// A tag from its type on; its size is filled in at the end, and the next tag begins on 8 bytes.
template <class Body>
void write_tag(Writer& writer, Tag type, Body body) {
    const std::size_t begin = writer.size();
    writer.number(static_cast<std::uint32_t>(type));
    writer.number(std::uint32_t{0});
    body();
    writer.patch(begin + 4, static_cast<std::uint32_t>(writer.size() - begin));
    writer.align(8);
}

struct BasicMemory {
    std::uint32_t lower, upper;  ///< KiB from 0 and from 1 MiB on, up to the first hole
};

BasicMemory basic_memory(const MemoryMap& map) {
    BasicMemory memory{0, 0};
    for (const auto& [region, type] : map.entries()) {
        if (type == map_available && region.begin == 0) {
            memory.lower = static_cast<std::uint32_t>((region.end < one_mib ? region.end : one_mib) / kib);
        }
        if (type == map_available && region.begin <= one_mib && region.end > one_mib) {
            const std::uint64_t size = (region.end - one_mib) / kib;
            memory.upper = static_cast<std::uint32_t>(size < 0xffff'ffff ? size : 0xffff'ffff);
        }
    }
    return memory;
}

}  // namespace

void write_multiboot2(Writer& writer, const GuestBoot& boot) {
    writer.number(std::uint64_t{0});  // size and a reserved word
    write_tag(writer, Tag::command_line, [&] { writer.text(boot.command_line); });
    write_tag(writer, Tag::boot_loader_name, [&] { writer.text(boot_loader_name); });
    for (const runtime::Module& module : boot.modules) {
        write_tag(writer, Tag::module, [&] {
            writer.number(static_cast<std::uint32_t>(module.region.begin));
            writer.number(static_cast<std::uint32_t>(module.region.end));
            writer.text(module.command_line);
        });
    }
    const BasicMemory basic = basic_memory(*boot.memory);
    write_tag(writer, Tag::basic_memory, [&] {
        writer.number(basic.lower);
        writer.number(basic.upper);
    });
    write_tag(writer, Tag::memory_map, [&] {
        constexpr std::uint32_t entry_size = 24, entry_version = 0;
        writer.number(entry_size);
        writer.number(entry_version);
        for (const auto& [region, type] : boot.memory->entries()) {
            writer.number(region.begin);
            writer.number(region.end - region.begin);
            writer.number(type);
            writer.number(std::uint32_t{0});
        }
    });
    boot.machine->each_tag([&](std::uint32_t type, std::span<const std::byte> whole) {
        if (is_copied(type)) {
            writer.bytes(whole);
            writer.align(8);
        }
    });
    write_tag(writer, Tag::end, [] {});
    writer.patch(0, static_cast<std::uint32_t>(writer.size()));
}

void write_multiboot1(Writer& writer, const GuestBoot& boot, std::uint32_t address) {
    // Flags: memory, command line, modules, memory map, boot loader name.
    constexpr std::uint32_t flags = 1 | 1U << 2 | 1U << 3 | 1U << 6 | 1U << 9;
    // Offsets of addresses and lengths, filled in behind.
    constexpr std::size_t structure_size = 88, command_line = 16, module_count = 20, modules = 24, map_length = 44,
                          map = 48, name = 64, module_size = 16, module_text = 8;
    const BasicMemory basic = basic_memory(*boot.memory);
    writer.number(flags);
    writer.number(basic.lower);
    writer.number(basic.upper);
    while (writer.size() < structure_size) {
        writer.number(std::uint32_t{0});
    }
    const auto here = [&] { return address + static_cast<std::uint32_t>(writer.size()); };
    writer.patch(command_line, here());
    writer.text(boot.command_line);
    writer.patch(name, here());
    writer.text(boot_loader_name);

    writer.align(8);
    const std::size_t first_module = writer.size();
    writer.patch(module_count, static_cast<std::uint32_t>(boot.modules.size()));
    writer.patch(modules, here());
    for (const runtime::Module& module : boot.modules) {
        writer.number(static_cast<std::uint32_t>(module.region.begin));
        writer.number(static_cast<std::uint32_t>(module.region.end));
        writer.number(std::uint64_t{0});  // text, reserved
    }
    for (std::size_t n = 0; n < boot.modules.size(); ++n) {
        writer.patch(first_module + n * module_size + module_text, here());
        writer.text(boot.modules[n].command_line);
    }

    writer.align(8);
    const std::size_t first_entry = writer.size();
    writer.patch(map, here());
    for (const auto& [region, type] : boot.memory->entries()) {
        constexpr std::uint32_t size_without_itself = 20;
        writer.number(size_without_itself);
        writer.number(region.begin);
        writer.number(region.end - region.begin);
        writer.number(type);
    }
    writer.patch(map_length, static_cast<std::uint32_t>(writer.size() - first_entry));
}

}  // namespace vmxspec::hv
