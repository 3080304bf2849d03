#include "hv/demo/acpi.hpp"

#include <string_view>

#include "runtime/memory/address.hpp"

namespace vmxspec::demo {

namespace {

constexpr std::size_t rsdp_size = 20, header_size = 36, madt_entries = 44;

template <class T>
[[nodiscard]] T read(const std::byte* bytes, std::size_t offset) {
    T value;
    __builtin_memcpy(&value, bytes + offset, sizeof value);
    return value;
}

[[nodiscard]] const std::byte* table_at(std::uint64_t address) {
    return runtime::at<const std::byte>(runtime::PhysicalAddress{address});
}

[[nodiscard]] bool begins_with(const std::byte* bytes, std::string_view text) {
    return __builtin_memcmp(bytes, text.data(), text.size()) == 0;
}

[[nodiscard]] const std::byte* find_rsdp(const runtime::BootInformation& boot) {
    constexpr std::uint32_t tag_old = 14, tag_new = 15;
    constexpr std::size_t tag_header = 8;
    const std::byte* found = nullptr;
    boot.each_tag([&](std::uint32_t type, std::span<const std::byte> tag) {
        if ((type == tag_old || type == tag_new) && tag.size() >= tag_header + rsdp_size) {
            found = tag.data() + tag_header;
        }
    });
    for (std::uint64_t address = 0xe'0000; found == nullptr && address < 0x10'0000; address += 16) {
        if (begins_with(table_at(address), "RSD PTR ")) {
            found = table_at(address);
        }
    }
    return found;
}

void read_madt(const std::byte* madt, Processors& processors) {
    constexpr std::uint8_t local_apic = 0, local_x2apic = 9;
    const auto length = read<std::uint32_t>(madt, 4);
    for (std::size_t at = madt_entries; at + 2 <= length;) {
        const auto type = read<std::uint8_t>(madt, at), size = read<std::uint8_t>(madt, at + 1);
        if (size < 2) {
            return;
        }
        const bool is_processor = type == local_apic || type == local_x2apic;
        const bool enabled = is_processor && (read<std::uint32_t>(madt, at + (type == local_apic ? 4 : 8)) & 1) != 0;
        if (enabled && processors.count < processors.apic_ids.size()) {
            processors.apic_ids[processors.count++] =
                type == local_apic ? read<std::uint8_t>(madt, at + 3) : read<std::uint32_t>(madt, at + 4);
        }
        at += size;
    }
}

}  // namespace

Processors processors_of(const runtime::BootInformation& boot) {
    Processors processors{};
    const std::byte* const rsdp = find_rsdp(boot);
    if (rsdp == nullptr) {
        return processors;
    }
    const bool extended = read<std::uint8_t>(rsdp, 15) >= 2;
    const std::uint64_t root = extended ? read<std::uint64_t>(rsdp, 24) : read<std::uint32_t>(rsdp, 16);
    const std::size_t entry_size = extended ? 8 : 4;
    if (root >= runtime::mapped_end) {
        return processors;
    }
    const auto length = read<std::uint32_t>(table_at(root), 4);
    for (std::size_t at = header_size; at + entry_size <= length; at += entry_size) {
        const std::uint64_t address =
            extended ? read<std::uint64_t>(table_at(root), at) : read<std::uint32_t>(table_at(root), at);
        if (address < runtime::mapped_end && begins_with(table_at(address), "APIC")) {
            read_madt(table_at(address), processors);
        }
    }
    return processors;
}

}  // namespace vmxspec::demo
