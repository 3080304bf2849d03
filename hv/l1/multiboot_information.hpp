/// The boot information that a guest is given: Multiboot2 2.0, section 3.6; Multiboot 0.6.96, section 3.3.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "hv/l1/memory_map.hpp"
#include "runtime/boot/boot_information.hpp"

namespace vmxspec::hv {

/// What the guest is told.
struct GuestBoot {
    std::string_view command_line;
    std::span<const runtime::Module> modules;  ///< where they are when the guest begins
    const MemoryMap* memory;
    const runtime::BootInformation* machine;  ///< whose tags about the firmware and the screen the guest gets too
};

inline constexpr std::string_view boot_loader_name = "vmxspec";

/// Writes numbers and texts one behind the other, and nothing beyond the end; counts all the same. Without memory it
/// only counts.
class Writer {
public:
    explicit Writer(std::span<std::byte> memory) : memory_{memory} {}

    template <class T>
    void number(T value) {
        put(&value, sizeof value);
    }
    /// The text and a NUL.
    void text(std::string_view text) {
        put(text.data(), text.size());
        number(std::uint8_t{0});
    }
    void bytes(std::span<const std::byte> bytes) { put(bytes.data(), bytes.size()); }
    /// Zeros up to a multiple of `alignment`.
    void align(std::size_t alignment) {
        while (size_ % alignment != 0) {
            number(std::uint8_t{0});
        }
    }
    /// A number that was written before gets another value.
    void patch(std::size_t offset, std::uint32_t value) {
        if (offset + sizeof value <= memory_.size()) {
            __builtin_memcpy(memory_.data() + offset, &value, sizeof value);
        }
    }

    /// Bytes so far, with those for which there was no room.
    [[nodiscard]] std::size_t size() const { return size_; }
    [[nodiscard]] bool fits() const { return size_ <= memory_.size(); }

private:
    void put(const void* from, std::size_t size) {
        if (size_ + size <= memory_.size()) {
            __builtin_memcpy(memory_.data() + size_, from, size);
        }
        size_ += size;
    }

    std::span<std::byte> memory_;
    std::size_t size_ = 0;
};

/// Value of EAX when a guest begins.
inline constexpr std::uint32_t multiboot2_magic = 0x36d7'6289, multiboot1_magic = 0x2bad'b002;

void write_multiboot2(Writer& writer, const GuestBoot& boot);

/// \param address  where the first byte will be: Multiboot points to its parts by address
void write_multiboot1(Writer& writer, const GuestBoot& boot, std::uint32_t address);

}  // namespace vmxspec::hv
