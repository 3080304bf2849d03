/// A guest's file: a Linux kernel as a bzImage (Linux documentation, "The Linux/x86 Boot Protocol").
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "hv/l1/memory_map.hpp"
#include "runtime/memory/address.hpp"

namespace vmxspec::hv {

/// Why a Linux kernel is no guest.
enum class LinuxRefusal : std::uint8_t {
    too_old,
    not_high,
    truncated,
    bad_header,
    no_memory,
    long_command_line,
};

/// The refusal as one sentence, without the full stop.
[[nodiscard]] std::string_view sentence(LinuxRefusal refusal);

/// Where the real-mode kernel header begins, in the file and in the zero page.
inline constexpr std::size_t linux_header_begin = 0x1f1;

/// The checked file: what its real-mode kernel header says.
struct LinuxKernel {
    std::span<const std::byte> header;  ///< from offset 1F1H to its end, as it goes into the zero page
    std::uint64_t offset;               ///< of the protected-mode kernel in the file
    std::uint64_t file_size;            ///< bytes of it
    std::uint64_t memory_size;         ///< bytes from where it is loaded that it needs until it has read its memory map
    std::uint64_t preferred_address;   ///< where it wants to be
    std::uint64_t alignment;           ///< it may be at other multiples of this; 0: nowhere else
    std::uint64_t initrd_end;          ///< the initrd ends below this
    std::size_t longest_command_line;  ///< characters
    bool has_64_bit_entry;             ///< 200H behind the 32-bit entry, which is its first byte

    /// Whether a file is a Linux kernel of whatever kind: by its header's magic number.
    [[nodiscard]] static bool recognises(std::span<const std::byte> file);

    /// Reads and checks a file, which must stay where it is. \return nothing if all is well, else the first thing that
    /// is wrong
    [[nodiscard]] std::optional<LinuxRefusal> read(std::span<const std::byte> file);

    /// Where it goes: to where it wants to be or, if there is no memory, to the lowest place above 1 MiB where it may
    /// be; nothing if there is none below 4 GiB.
    [[nodiscard]] std::optional<runtime::Region> place(const MemoryMap& memory) const;
};

}  // namespace vmxspec::hv
