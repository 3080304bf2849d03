/// A screen of pixels, as the boot loader hands it over.
#pragma once

#include <cstdint>

#include "runtime/memory/address.hpp"

namespace vmxspec::runtime {

/// A linear framebuffer with 32 bits a pixel.
struct Framebuffer {
    PhysicalAddress address;
    std::uint32_t pitch;  ///< bytes from one line to the next; a multiple of 8
    std::uint32_t width;  ///< pixels
    std::uint32_t height;
    std::uint32_t white;  ///< the pixel with every colour at its most

    [[nodiscard]] constexpr Region region() const {
        return {raw(address), raw(address) + std::uint64_t{pitch} * height};
    }
};

}  // namespace vmxspec::runtime
