/// Physical addresses, and the identity mapping that makes them reachable.
#pragma once

#include <cstdint>

namespace vmxspec::runtime {

/// A physical address: a type of its own, so that it is not mistaken for another number.
enum class PhysicalAddress : std::uint64_t {};

/// Bytes in a page.
inline constexpr std::uint64_t page_size = 4096;

/// End of what `boot/entry.S` maps, each address to itself: 4 GiB.
inline constexpr std::uint64_t mapped_end = std::uint64_t{4} << 30;

/// The number.
[[nodiscard]] constexpr std::uint64_t raw(PhysicalAddress address) { return static_cast<std::uint64_t>(address); }

/// Where an object of the kernel lies.
template <class T>
[[nodiscard]] PhysicalAddress address_of(const T* object) {
    return PhysicalAddress{reinterpret_cast<std::uintptr_t>(object)};
}

/// What lies at a physical address below `mapped_end`.
template <class T>
[[nodiscard]] T* at(PhysicalAddress address) {
    return reinterpret_cast<T*>(static_cast<std::uintptr_t>(raw(address)));
}

/// Bytes [begin, end) of physical memory.
struct Region {
    std::uint64_t begin;
    std::uint64_t end;
};

}  // namespace vmxspec::runtime
