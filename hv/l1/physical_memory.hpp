/// L1's memory, by guest-physical address: all of the machine's but the hypervisor's.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

namespace vmxspec::hv {

/// Copies from L1's memory; where the hypervisor is, L1 has ones.
void read_guest(std::uint64_t address, void* to, std::size_t size);

/// Copies to L1's memory; what goes to where the hypervisor is, is forgotten.
void write_guest(std::uint64_t address, const void* from, std::size_t size);

template <class T>
[[nodiscard]] T read_guest(std::uint64_t address) {
    T value;
    read_guest(address, &value, sizeof value);
    return value;
}

template <class T>
void write_guest(std::uint64_t address, const T& value) {
    write_guest(address, &value, sizeof value);
}

/// The words of a page of L1's memory, the address of which this is, as long as no other memory of L1's is looked at;
/// null where the hypervisor is.
[[nodiscard]] std::uint64_t* guest_page(std::uint64_t address);

/// Copies a page of L1's memory; the address is that of a page.
void read_guest_page(std::uint64_t address, std::uint64_t* to);

/// Sets bits of a naturally aligned word that was read as `seen`, as a processor sets accessed and dirty flags: not if
/// another processor of L1's has changed the word since. \return false: it has
[[nodiscard]] bool set_guest_bits(std::uint64_t address, std::uint64_t seen, std::uint64_t bits, bool word_is_64_bits);

/// Whether the page at that address is the hypervisor's, or beyond what an address can be.
[[nodiscard]] bool is_hidden(std::uint64_t page);

}  // namespace vmxspec::hv
