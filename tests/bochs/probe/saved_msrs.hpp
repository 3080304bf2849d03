/// MSRs that an entry may load, and that no VM exit puts back.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>

#include "tests/bochs/probe/vector.hpp"

namespace vmxspec::probe {

/// The values that the MSRs of an area have now. A vector leaves them as it found them, so that the next one
/// starts on the machine that the trace describes.
class SavedMsrs {
public:
    /// Reads the MSRs of `entries`; those that the processor does not have are passed over.
    explicit SavedMsrs(std::span<const MsrEntry> entries);

    /// Writes the values back.
    void restore() const;

private:
    static constexpr std::size_t most = most_entries;

    struct Saved {
        std::uint32_t index;
        std::optional<std::uint64_t> value;
    };

    std::array<Saved, most> saved_{};
};

}  // namespace vmxspec::probe
