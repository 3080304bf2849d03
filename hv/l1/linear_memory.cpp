#include "hv/l1/linear_memory.hpp"

#include <array>

#include "hv/l1/control_registers.hpp"
#include "hv/l1/physical_memory.hpp"
#include "hv/l1/vmcs.hpp"

namespace vmxspec::hv {

namespace {

// Entries (SDM 5.3 to 5.5).
constexpr std::uint64_t present = 1, writable = 2, user = 4, accessed = 1U << 5, dirty = 1U << 6, large = 1U << 7;
constexpr std::uint64_t execute_disable = std::uint64_t{1} << 63;
constexpr std::uint64_t address_bits = 0x000f'ffff'ffff'f000;
// Page-fault error code (SDM figure 5-12).
constexpr std::uint64_t fault_present = 1, fault_write = 2, fault_reserved = 1U << 3;
constexpr std::uint64_t cr4_pse = 1U << 4, cr4_la57 = 1U << 12, cr4_smap = 1U << 21, rflags_ac = 1U << 18;

/// One paging mode.
struct Mode {
    unsigned levels;
    unsigned index_bits;
    bool entries_have_64_bits;
};

[[nodiscard]] Mode mode_of(const PagingState& state) {
    if ((state.efer & efer::lma) != 0) {
        return {(state.cr4 & cr4_la57) != 0 ? 5U : 4U, 9, true};
    }
    return (state.cr4 & cr4::pae) != 0 ? Mode{2, 9, true} : Mode{2, 10, false};
}

/// Bits that must be 0 in an entry that is present; level 1 has the pages of 4 KiB.
[[nodiscard]] std::uint64_t reserved_bits(const PagingState& state, const Mode& mode, unsigned level, bool is_large) {
    if (!mode.entries_have_64_bits) {
        // A 4-MiB page: bit 21, and of bits 20:13 those that would be above the width (PSE-36: 40 at most).
        const unsigned high_bits = state.physical_address_width < 40 ? state.physical_address_width - 32 : 8;
        return is_large ? 0x3f'e000 & ~(((1ULL << high_bits) - 1) << 13) : 0;
    }
    std::uint64_t bits = address_bits & ~((1ULL << state.physical_address_width) - 1);
    bits |= state.no_execute ? 0 : execute_disable;
    if ((state.efer & efer::lma) == 0) {
        bits |= 0x7ff0'0000'0000'0000;  // PAE paging: bits 62:52
    }
    if (is_large) {
        bits |= level == 2 ? 0x1f'e000 : 0x3fff'e000;
    } else if (level > 3 || (level == 3 && mode.levels > 2)) {
        bits |= large;
    }
    return bits;
}

[[nodiscard]] std::uint64_t read_entry(const Mode& mode, std::uint64_t address) {
    return mode.entries_have_64_bits ? read_guest<std::uint64_t>(address) : read_guest<std::uint32_t>(address);
}

[[nodiscard]] constexpr Translated fault(std::uint64_t linear, std::uint64_t code) {
    return {0, PageFault{linear, code}};
}

/// Where the walk begins; an entry that is not present where it can't.
[[nodiscard]] std::uint64_t root_entry(const PagingState& state, const Mode& mode, std::uint64_t linear) {
    if (mode.levels == 2 && mode.entries_have_64_bits) {  // the PDPTE register, without rights
        return read(nth(Field::guest_pdpte0, linear >> 30 & 3)) | writable | user;
    }
    const std::uint64_t base = mode.entries_have_64_bits ? state.cr3 & address_bits : state.cr3 & 0xffff'f000;
    return base | present | writable | user;
}

/// Nothing: another processor has changed an entry on the way.
[[nodiscard]] std::optional<Translated> walk(const PagingState& state, std::uint64_t linear, bool is_write) {
    const Mode mode = mode_of(state);
    const std::uint64_t write_code = is_write ? fault_write : 0;
    const unsigned entry_size = mode.entries_have_64_bits ? 8 : 4;
    std::uint64_t entry = root_entry(state, mode, linear);
    std::uint64_t rights = writable | user;
    std::array<std::uint64_t, 5> places{}, entries{};
    std::uint64_t offset_mask = 0;
    unsigned level = mode.levels;
    if ((entry & present) == 0) {
        return fault(linear, write_code);
    }
    for (;; --level) {
        const unsigned shift = 12 + mode.index_bits * (level - 1);
        const std::uint64_t index = linear >> shift & ((1U << mode.index_bits) - 1);
        const std::uint64_t place = (entry & address_bits) + index * entry_size;
        places[level - 1] = place;
        entries[level - 1] = entry = read_entry(mode, place);
        if ((entry & present) == 0) {
            return fault(linear, write_code);
        }
        const bool may_be_large =
            level == 2 ? mode.entries_have_64_bits || (state.cr4 & cr4_pse) != 0 : level == 3 && state.one_gib_pages;
        const bool is_large = may_be_large && (entry & large) != 0;
        if ((entry & reserved_bits(state, mode, level, is_large)) != 0) {
            return fault(linear, write_code | fault_present | fault_reserved);
        }
        rights &= entry;
        if (level == 1 || is_large) {
            offset_mask = (1ULL << shift) - 1;
            break;
        }
    }
    const bool forbidden_write = is_write && (rights & writable) == 0 && (state.cr0 & cr0::wp) != 0;
    const bool forbidden_user = (rights & user) != 0 && (state.cr4 & cr4_smap) != 0 && (state.rflags & rflags_ac) == 0;
    if (forbidden_write || forbidden_user) {
        return fault(linear, write_code | fault_present);
    }
    for (unsigned n = mode.levels; n >= level; --n) {
        if (!set_guest_bits(places[n - 1], entries[n - 1], accessed | (n == level && is_write ? dirty : 0),
                            mode.entries_have_64_bits)) {
            return std::nullopt;
        }
    }
    std::uint64_t page = entry & address_bits & ~offset_mask;
    if (!mode.entries_have_64_bits && level == 2) {
        page |= (entry >> 13 & 0xff) << 32;  // PSE-36
    }
    return Translated{page | (linear & offset_mask), std::nullopt};
}

}  // namespace

Translated translate(const PagingState& state, std::uint64_t linear, bool is_write) {
    if ((state.cr0 & cr0::pg) == 0) {
        return {linear & 0xffff'ffff, std::nullopt};
    }
    for (;;) {
        if (const auto translated = walk(state, linear, is_write)) {
            return *translated;
        }
    }
}

namespace {

/// At most two pages.
struct Pieces {
    std::array<std::uint64_t, 2> addresses;
    std::size_t first_size;
};

[[nodiscard]] std::optional<PageFault> find(const PagingState& state, std::uint64_t linear, std::size_t size,
                                            bool is_write, Pieces& pieces) {
    const std::uint64_t rest = runtime::page_size - linear % runtime::page_size;
    pieces.first_size = size < rest ? size : rest;
    for (std::size_t n = 0; n < 2 && (n == 0 || pieces.first_size < size); ++n) {
        std::uint64_t place = linear + (n == 0 ? 0 : pieces.first_size);
        place = (state.efer & efer::lma) != 0 ? place : place & 0xffff'ffff;
        const Translated translated = translate(state, place, is_write);
        if (translated.fault) {
            return translated.fault;
        }
        pieces.addresses[n] = translated.address;
    }
    return std::nullopt;
}

}  // namespace

std::optional<PageFault> read_linear(const PagingState& state, std::uint64_t linear, void* to, std::size_t size) {
    Pieces pieces{};
    if (const auto fault = find(state, linear, size, false, pieces)) {
        return fault;
    }
    read_guest(pieces.addresses[0], to, pieces.first_size);
    read_guest(pieces.addresses[1], static_cast<std::byte*>(to) + pieces.first_size, size - pieces.first_size);
    return std::nullopt;
}

std::optional<PageFault> write_linear(const PagingState& state, std::uint64_t linear, const void* from,
                                      std::size_t size) {
    Pieces pieces{};
    if (const auto fault = find(state, linear, size, true, pieces)) {
        return fault;
    }
    write_guest(pieces.addresses[0], from, pieces.first_size);
    write_guest(pieces.addresses[1], static_cast<const std::byte*>(from) + pieces.first_size, size - pieces.first_size);
    return std::nullopt;
}

}  // namespace vmxspec::hv
