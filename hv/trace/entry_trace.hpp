/// Trace mode: every VM entry of L1's as `vmxspec validate` reads it (tests/bochs/README.md, "Trace").
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "hv/nested/vmcs12.hpp"
#include "runtime/memory/address.hpp"
#include "vmxspec/generated/entry_checks.hpp"
#include "vmxspec/generated/vmx_instructions.hpp"

namespace vmxspec::hv {

struct Nested;

/// Text up to a size; what comes behind it is lost.
template <std::size_t capacity>
class FixedText {
public:
    void write(std::string_view text) {
        for (const char character : text) {
            if (size_ < capacity) {
                characters_[size_++] = character;
            }
        }
    }
    void clear() { size_ = 0; }
    [[nodiscard]] std::string_view text() const { return {characters_.data(), size_}; }

private:
    std::array<char, capacity> characters_{};
    std::size_t size_ = 0;
};

/// Of one processor. A VM entry is noted down when L1 asks for it, and told when it is known how it has ended: then
/// with all its lines at once, for other processors tell of theirs.
class EntryTrace {
public:
    /// \param processor  its number, which ids of vectors have: "p0.1"
    explicit EntryTrace(std::uint32_t processor) : processor_{processor} {}

    /// L1's VM entry keeps the rules of SDM 29.1 to 29.3. VMCS12 has all that its checks read.
    void enters(Nested& nested);

    /// It breaks rules of theirs. VMfail is all; else `fails` tells when L1's state is loaded.
    void refused(Nested& nested, const generated::Outcome& outcome);
    /// VMLAUNCH or VMRESUME ends by a row that is not about those rules. Faults are not told, nor VMRESUME after VMXOFF
    /// (VM-instruction error 6): in a trace a VM entry has no past.
    void refused(Nested& nested, generated::InstructionRow row);

    // The end of the VM entry that is noted down; nothing happens if none is.

    /// It fails: by rules, by its MSR-load area, or as the processor says; L1's state is loaded.
    void fails(Nested& nested, const generated::Outcome& outcome);
    /// It fails, and the load of L1's state is a VMX abort.
    void dies(Nested& nested);
    /// L2 ran: `reason` and `qualification` are of its first VM exit.
    void entered(Nested& nested, std::uint64_t reason, std::uint64_t qualification);

private:
    using Id = FixedText<24>;

    // An entry of an area takes a line of 51 characters at most, a field 23 with its part of a line's head. Where rules
    // are broken no area is told, for which the names of all would fit.
    static constexpr std::size_t most_entries = 512;
    static constexpr std::size_t text_size = 3 * most_entries * 52 + field_places * 24 + 1024;

    void note(Nested& nested);
    void note_fields(Nested& nested);
    void note_area(std::string_view which, std::uint64_t address, std::uint64_t count);
    void tell(Nested& nested);

    std::uint32_t processor_;
    bool open_ = false;
    bool has_told_ = false;  ///< `told_` is of the vector `told_id_`
    std::uint64_t number_ = 0;
    Id id_, told_id_;
    Vmcs12 told_;  ///< fields, as the last vector has told them
    FixedText<text_size> text_;
};

/// Memory for one.
inline constexpr std::size_t entry_trace_pages = (sizeof(EntryTrace) + runtime::page_size - 1) / runtime::page_size;

}  // namespace vmxspec::hv
