/// ACPI tables (ACPI specification 6.5, section 5.2), as far as they tell of processors. Nothing here trusts a length,
/// a pointer or a checksum.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace vmxspec::runtime {

/// Physical memory that may be read: `bytes` begins at address `begin`.
struct ReadableMemory {
    std::uint64_t begin;
    std::span<const std::byte> bytes;

    /// `size` bytes at `address`; none if some of them may not be read.
    [[nodiscard]] std::span<const std::byte> at(std::uint64_t address, std::uint64_t size) const;
};

/// The RSDP where a BIOS leaves it (5.2.5.1): in the first KiB of the EBDA, or from E0000H to FFFFFH. Empty: none.
[[nodiscard]] std::span<const std::byte> find_rsdp(const ReadableMemory& memory);

/// The first table of that signature, four characters, to which the XSDT points or, where there is no good one, the
/// RSDT. Empty: none whose checksum is right.
/// \param rsdp  from `find_rsdp` or from the boot loader; checked here
[[nodiscard]] std::span<const std::byte> find_acpi_table(const ReadableMemory& memory, std::span<const std::byte> rsdp,
                                                         std::string_view signature);

/// A processor of the MADT (5.2.12.2 and 5.2.12.12).
struct LocalApicEntry {
    std::uint32_t id;  ///< of its local APIC
    bool enabled;      ///< else it must not be started
};

/// The processors of a MADT, one after the other. An entry that is cut off ends them.
class LocalApicEntries {
public:
    /// \param madt  the table of signature "APIC"; empty: no entries
    explicit LocalApicEntries(std::span<const std::byte> madt);

    /// Moves on to the next. \return false when there is none
    [[nodiscard]] bool next(LocalApicEntry& entry);

private:
    std::span<const std::byte> rest_;
};

}  // namespace vmxspec::runtime
