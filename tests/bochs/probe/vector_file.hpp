/// A file of vectors, as `vmxspec vectors` writes it and the boot loader puts it into memory: see ../README.md.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "tests/bochs/probe/vector.hpp"

namespace vmxspec::probe {

/// Reads one vector after the other. Texts point into the file; changes and entries are good until the next one is
/// read.
class VectorFile {
public:
    static constexpr std::size_t most_changes = 128;
    static constexpr std::size_t areas = 3;  ///< VM-entry MSR-load, VM-exit MSR-store, VM-exit MSR-load

    /// \param bytes  the whole file
    explicit VectorFile(std::span<const std::byte> bytes);

    /// Whether the file is one of vectors, of a version that this reads.
    [[nodiscard]] bool readable() const { return readable_; }
    /// How many vectors it says that it has.
    [[nodiscard]] std::uint32_t count() const { return count_; }
    /// The next vector; nothing after the last, or where the file is damaged.
    [[nodiscard]] std::optional<Trial> next();
    /// Whether all vectors were read, and nothing follows them.
    [[nodiscard]] bool at_end() const { return readable_ && read_ == count_ && rest_.empty(); }

private:
    template <class T>
    [[nodiscard]] bool take(T& value);
    [[nodiscard]] bool take_text(std::string_view& text);
    [[nodiscard]] bool take_changes(std::size_t count);
    [[nodiscard]] bool take_conditions(std::size_t count, Conditions& conditions);

    std::span<const std::byte> rest_;
    std::array<Change, most_changes> changes_{};
    std::array<std::array<MsrEntry, most_entries>, areas> entries_{};
    std::uint32_t count_ = 0;
    std::uint32_t read_ = 0;
    bool readable_ = false;
};

}  // namespace vmxspec::probe
