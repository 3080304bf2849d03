/// Memory while a guest is loaded: what it will be told of, and what is in use until it begins.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "hv/l1/memory_map.hpp"
#include "runtime/boot/boot_information.hpp"

namespace vmxspec::hv {

/// What lies in a region below 4 GiB.
[[nodiscard]] inline std::span<std::byte> bytes(runtime::Region region) {
    return {runtime::at<std::byte>(runtime::PhysicalAddress{region.begin}), region.end - region.begin};
}

/// Refuses to go on, in words, when there is too little of something.
class GuestMemory {
public:
    constexpr GuestMemory() = default;

    /// Reads the machine's memory map, without what is `hidden`; the boot information and the modules are in use.
    void read(const runtime::BootInformation& boot, runtime::Region hidden);

    [[nodiscard]] const MemoryMap& map() const { return map_; }

    /// Part of the guest's kernel will be in `region`, when nothing else that is there is needed any more.
    void claim(runtime::Region region);

    /// A place of `size` bytes that nothing else is in, as high below `limit` as there is one.
    [[nodiscard]] runtime::Region place(std::uint64_t size, std::uint64_t limit = runtime::mapped_end);

    /// The same, which the guest never uses as memory of its own.
    [[nodiscard]] runtime::Region place_for_good(std::uint64_t size);

    /// A module, moved if the guest's kernel will be where it is or it does not end below `limit`.
    [[nodiscard]] runtime::Region out_of_the_way(runtime::Region module, std::uint64_t limit = runtime::mapped_end);

private:
    static constexpr std::size_t most_claims = 16;

    [[nodiscard]] bool is_claimed(runtime::Region region) const;

    MemoryMap map_;
    Placement placement_;  // all zeros until there is a map, so that no file has to hold it
    std::array<runtime::Region, most_claims> claims_{};
    std::size_t claim_count_ = 0;
};

}  // namespace vmxspec::hv
