/// A guest's file: an ELF executable with a Multiboot or Multiboot2 header.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "runtime/memory/address.hpp"

namespace vmxspec::hv {

/// Why a file is no guest.
enum class GuestRefusal : std::uint8_t {
    no_header,
    bad_header,
    wants_unknown,
    not_elf,
    bad_elf,
    too_many_segments,
    bad_entry,
    no_memory,
};

/// The refusal as one sentence, without the full stop.
[[nodiscard]] std::string_view sentence(GuestRefusal refusal);

enum class Multiboot : std::uint8_t { version1, version2 };

/// What of the file goes where.
struct Segment {
    std::uint64_t offset;     ///< in the file
    std::uint64_t file_size;  ///< zeros follow up to the end of `memory`
    runtime::Region memory;
};

/// The checked file.
struct MultibootKernel {
    static constexpr std::size_t most_segments = 16;

    Multiboot version;
    std::uint32_t entry;  ///< physical
    std::array<Segment, most_segments> segments;
    std::size_t segment_count;

    [[nodiscard]] std::span<const Segment> all_segments() const { return {segments.data(), segment_count}; }

    /// Reads and checks a file. \return nothing if all is well, else the first thing that is wrong
    [[nodiscard]] std::optional<GuestRefusal> read(std::span<const std::byte> file);

private:
    [[nodiscard]] std::optional<GuestRefusal> read_header(std::span<const std::byte> file,
                                                          std::optional<std::uint32_t>& entry_address);
    [[nodiscard]] std::optional<GuestRefusal> read_elf(std::span<const std::byte> file,
                                                       std::optional<std::uint32_t> entry_address);
};

}  // namespace vmxspec::hv
