/// What the boot loader tells: the Multiboot2 boot information (specification 2.0, section 3).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "runtime/io/framebuffer.hpp"
#include "runtime/memory/address.hpp"

namespace vmxspec::runtime {

/// Why a boot information can't be used.
enum class BootRefusal : std::uint8_t {
    misaligned,
    truncated,
    malformed_tag,
    malformed_module,
    malformed_memory_map,
    no_memory_map,
    too_many_modules,
    boot_services_running,
};

/// The refusal as one sentence.
[[nodiscard]] std::string_view sentence(BootRefusal refusal);

/// A file that the boot loader put into memory.
struct Module {
    Region region;
    std::string_view command_line;
};

/// The checked contents. Texts and modules point into the boot loader's memory, which stays as it is
/// because the page allocator is told of it.
class BootInformation {
public:
    static constexpr std::size_t most_modules = 32;
    static constexpr std::size_t most_usable = 256;

    /// Reads and checks the boot information that begins at `memory[0]`.
    /// \param memory  everything that may be read; the boot information says itself how long it is
    /// \return nothing if all is well, else the first thing that is wrong
    [[nodiscard]] std::optional<BootRefusal> read(std::span<const std::byte> memory);

    /// Where the boot information itself lies.
    [[nodiscard]] Region region() const { return region_; }
    [[nodiscard]] std::string_view command_line() const { return command_line_; }
    /// The boot loader's name for itself; empty if it has told none.
    [[nodiscard]] std::string_view loader_name() const { return loader_name_; }
    /// Whether the firmware is EFI's.
    [[nodiscard]] bool has_efi() const { return has_efi_; }
    [[nodiscard]] std::span<const Module> modules() const { return {modules_.data(), module_count_}; }

    /// RAM that is free to use, as the firmware reports it: the first `most_usable` regions.
    [[nodiscard]] std::span<const Region> usable() const { return {usable_.data(), usable_count_}; }

    /// Calls visit(region, type) for each entry of the memory map, in its order; types are those of section 3.6.8.
    template <class Visit>
    void each_memory_map_entry(Visit visit) const {
        each_tag([&](std::uint32_t type, std::span<const std::byte> tag) {
            constexpr std::uint32_t memory_map = 6;
            constexpr std::size_t entries_offset = 16;
            if (type != memory_map) {
                return;
            }
            const auto entry_size = number<std::uint32_t>(tag, 8);
            for (std::size_t at = entries_offset; at + entry_size <= tag.size(); at += entry_size) {
                const auto begin = number<std::uint64_t>(tag, at);
                visit(Region{begin, begin + number<std::uint64_t>(tag, at + 8)}, number<std::uint32_t>(tag, at + 16));
            }
        });
    }

    /// Calls visit(type, tag) for each tag that was read, the end tag apart; `tag` begins with its type and size.
    template <class Visit>
    void each_tag(Visit visit) const {
        for (std::size_t at = header_size; at + header_size <= tags_.size();) {
            const auto type = number<std::uint32_t>(tags_, at);
            const std::size_t size = number<std::uint32_t>(tags_, at + 4);
            if (type == 0 || size < header_size || size > tags_.size() - at) {
                return;
            }
            visit(type, tags_.subspan(at, size));
            at += (size + 7) & ~std::size_t{7};
        }
    }

    /// ACPI's RSDP, as far as the boot loader gives a copy of it: that of ACPI 2.0 or later, else that of 1.0. Empty:
    /// none.
    [[nodiscard]] std::span<const std::byte> rsdp() const;

    /// Video memory of the screen, if it shows 80x25 text: where the framebuffer tag says so or, without that tag,
    /// where a BIOS leaves it. Nothing under UEFI, where the screen shows pixels.
    [[nodiscard]] std::optional<PhysicalAddress> text_screen() const;

    /// The screen, if it shows pixels of 32 bits that are colours. It may lie anywhere in physical memory.
    [[nodiscard]] const std::optional<Framebuffer>& framebuffer() const { return framebuffer_; }

private:
    using Bytes = std::span<const std::byte>;

    static constexpr std::size_t header_size = 8;  // of the whole, and of each tag

    /// A little-endian number; `bytes` has been checked to be long enough.
    template <class T>
    [[nodiscard]] static T number(Bytes bytes, std::size_t offset) {
        T value;
        __builtin_memcpy(&value, bytes.data() + offset, sizeof value);
        return value;
    }

    [[nodiscard]] std::optional<BootRefusal> read_tag(std::uint32_t type, Bytes body);
    [[nodiscard]] static std::optional<BootRefusal> read_text(Bytes body, std::string_view& into);
    [[nodiscard]] std::optional<BootRefusal> read_module(Bytes body);
    [[nodiscard]] std::optional<BootRefusal> read_memory_map(Bytes body);
    [[nodiscard]] std::optional<BootRefusal> read_framebuffer(Bytes body);

    Region region_{};
    Bytes tags_;  // all of it, from its own header on
    std::string_view command_line_;
    std::string_view loader_name_;
    std::array<Module, most_modules> modules_{};
    std::size_t module_count_ = 0;
    std::array<Region, most_usable> usable_{};
    std::size_t usable_count_ = 0;
    std::optional<PhysicalAddress> text_framebuffer_;
    std::optional<Framebuffer> framebuffer_;
    bool has_memory_map_ = false;
    bool has_framebuffer_ = false;
    bool has_efi_ = false;
};

}  // namespace vmxspec::runtime
