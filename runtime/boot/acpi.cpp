#include "runtime/boot/acpi.hpp"

namespace vmxspec::runtime {

namespace {

using Bytes = std::span<const std::byte>;

constexpr std::size_t table_header = 36;

/// A little-endian number; `bytes` has been checked to be long enough.
template <class T>
T number(Bytes bytes, std::size_t offset) {
    T value;
    __builtin_memcpy(&value, bytes.data() + offset, sizeof value);
    return value;
}

bool begins_with(Bytes bytes, std::string_view text) {
    return bytes.size() >= text.size() && __builtin_memcmp(bytes.data(), text.data(), text.size()) == 0;
}

/// All bytes add up to 0.
bool sum_is_good(Bytes bytes) {
    unsigned sum = 0;
    for (const std::byte byte : bytes) {
        sum += static_cast<unsigned>(byte);
    }
    return (sum & 0xff) == 0;
}

// RSDP (5.2.5.3).
constexpr std::string_view rsdp_signature = "RSD PTR ";
constexpr std::size_t rsdp_size = 20, rsdp_size_2 = 36;

bool is_rsdp(Bytes bytes) {
    return bytes.size() >= rsdp_size && begins_with(bytes, rsdp_signature) && sum_is_good(bytes.first(rsdp_size));
}

/// The RSDP, as long as it is, in a region; empty if there is none.
Bytes rsdp_in(const ReadableMemory& memory, std::uint64_t begin, std::uint64_t size) {
    constexpr std::uint64_t step = 16;
    for (std::uint64_t address = begin; address < begin + size; address += step) {
        if (is_rsdp(memory.at(address, rsdp_size))) {
            const Bytes newer = memory.at(address, rsdp_size_2);
            return newer.empty() ? memory.at(address, rsdp_size) : newer;
        }
    }
    return {};
}

/// The table at `address`, if it has that signature and all of it is good.
Bytes table_at(const ReadableMemory& memory, std::uint64_t address, std::string_view signature) {
    const Bytes header = memory.at(address, table_header);
    if (!begins_with(header, signature)) {
        return {};
    }
    const auto size = number<std::uint32_t>(header, 4);
    const Bytes table = size < table_header ? Bytes{} : memory.at(address, size);
    return sum_is_good(table) ? table : Bytes{};
}

/// The first table of that signature to which a root table's pointers lead, each of type `Pointer`.
template <class Pointer>
Bytes table_below(const ReadableMemory& memory, Bytes root, std::string_view signature) {
    for (std::size_t at = table_header; at + sizeof(Pointer) <= root.size(); at += sizeof(Pointer)) {
        if (const Bytes table = table_at(memory, number<Pointer>(root, at), signature); !table.empty()) {
            return table;
        }
    }
    return {};
}

}  // namespace

Bytes ReadableMemory::at(std::uint64_t address, std::uint64_t size) const {
    if (address < begin || address - begin > bytes.size() || size > bytes.size() - (address - begin)) {
        return {};
    }
    return bytes.subspan(address - begin, size);
}

Bytes find_rsdp(const ReadableMemory& memory) {
    constexpr std::uint64_t ebda_segment = 0x40e;
    if (const Bytes segment = memory.at(ebda_segment, 2); !segment.empty()) {
        const std::uint64_t ebda = std::uint64_t{number<std::uint16_t>(segment, 0)} << 4;
        if (const Bytes found = rsdp_in(memory, ebda, 1024); ebda != 0 && !found.empty()) {
            return found;
        }
    }
    return rsdp_in(memory, 0xe0000, 0x20000);
}

Bytes find_acpi_table(const ReadableMemory& memory, Bytes rsdp, std::string_view signature) {
    if (!is_rsdp(rsdp)) {
        return {};
    }
    const bool has_xsdt =
        rsdp.size() >= rsdp_size_2 && rsdp[15] >= std::byte{2} && sum_is_good(rsdp.first(rsdp_size_2));
    if (has_xsdt) {
        const Bytes xsdt = table_at(memory, number<std::uint64_t>(rsdp, 24), "XSDT");
        if (!xsdt.empty()) {
            return table_below<std::uint64_t>(memory, xsdt, signature);
        }
    }
    return table_below<std::uint32_t>(memory, table_at(memory, number<std::uint32_t>(rsdp, 16), "RSDT"), signature);
}

LocalApicEntries::LocalApicEntries(Bytes madt) {
    constexpr std::size_t first_entry = 44;
    if (madt.size() >= first_entry) {
        rest_ = madt.subspan(first_entry);
    }
}

bool LocalApicEntries::next(LocalApicEntry& entry) {
    constexpr std::byte local_apic{0}, local_x2apic{9};
    constexpr std::size_t header = 2, local_apic_size = 8, local_x2apic_size = 16;
    constexpr std::uint32_t enabled = 1;
    while (rest_.size() >= header) {
        const auto size = static_cast<std::size_t>(rest_[1]);
        if (size < header || size > rest_.size()) {
            break;
        }
        const Bytes found = rest_.first(size);
        rest_ = rest_.subspan(size);
        if (found[0] == local_apic && size >= local_apic_size) {
            entry = {static_cast<std::uint32_t>(found[3]), (number<std::uint32_t>(found, 4) & enabled) != 0};
            return true;
        }
        if (found[0] == local_x2apic && size >= local_x2apic_size) {
            entry = {number<std::uint32_t>(found, 4), (number<std::uint32_t>(found, 8) & enabled) != 0};
            return true;
        }
    }
    rest_ = {};
    return false;
}

}  // namespace vmxspec::runtime
