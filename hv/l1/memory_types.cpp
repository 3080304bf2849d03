#include "hv/l1/memory_types.hpp"

namespace vmxspec::hv {

namespace {

constexpr std::uint64_t one_mib = std::uint64_t{1} << 20;

// IA32_MTRR_DEF_TYPE (SDM figure 13-5) and IA32_MTRR_PHYSMASKn (figure 13-7).
constexpr std::uint64_t enabled = 1U << 11, fixed_enabled = 1U << 10, valid = 1U << 11;

/// A register that says 2, 3 or 7, which are reserved, is taken as UC.
constexpr MemoryType type_of(std::uint64_t bits) {
    switch (bits & 0xff) {
        case 1: return MemoryType::write_combining;
        case 4: return MemoryType::write_through;
        case 5: return MemoryType::write_protected;
        case 6: return MemoryType::write_back;
        default: return MemoryType::uncacheable;
    }
}

/// Two variable ranges that overlap (SDM 14.11.4.1): UC wins, WT wins over WB, everything else is undefined, and UC
/// here.
constexpr MemoryType combined(MemoryType left, MemoryType right) {
    using enum MemoryType;
    if (left == right) {
        return left;
    }
    const bool through_and_back =
        (left == write_through && right == write_back) || (left == write_back && right == write_through);
    return through_and_back ? write_through : uncacheable;
}

/// The byte of the fixed-range MTRRs that decides a page below 1 MiB: 8 ranges of 64 KiB, 16 of 16 KiB, 64 of 4 KiB.
constexpr std::size_t fixed_byte(std::uint64_t address) {
    if (address < 0x80000) {
        return address >> 16;
    }
    if (address < 0xc0000) {
        return 8 + ((address - 0x80000) >> 14);
    }
    return 24 + ((address - 0xc0000) >> 12);
}

}  // namespace

std::optional<MemoryType> MemoryTypes::of_fixed(runtime::Region region) const {
    std::optional<MemoryType> all;
    for (std::uint64_t address = region.begin; address < region.end; address += runtime::page_size) {
        const std::size_t byte = fixed_byte(address);
        const MemoryType type = type_of(fixed_[byte / 8] >> 8 * (byte % 8));
        if (all && *all != type) {
            return std::nullopt;
        }
        all = type;
    }
    return all;
}

std::optional<MemoryType> MemoryTypes::of(runtime::Region region) const {
    if (!exist_) {
        return MemoryType::write_back;
    }
    if ((default_type_ & enabled) == 0) {
        return MemoryType::uncacheable;
    }
    if (has_fixed_ && (default_type_ & fixed_enabled) != 0 && region.begin < one_mib) {
        return region.end <= one_mib ? of_fixed(region) : std::nullopt;
    }
    const std::uint64_t within = region.end - region.begin - 1;
    std::optional<MemoryType> found;
    for (std::size_t n = 0; n < variable_count_; ++n) {
        const auto& [base, mask] = variable_[n];
        const std::uint64_t compared = mask & ~(runtime::page_size - 1);
        if ((mask & valid) == 0 || ((base ^ region.begin) & compared & ~within) != 0) {
            continue;
        }
        if ((compared & within) != 0) {
            return std::nullopt;
        }
        found = found ? combined(*found, type_of(base)) : type_of(base);
    }
    return found ? *found : type_of(default_type_);
}

}  // namespace vmxspec::hv
