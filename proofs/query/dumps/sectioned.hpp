// Dumps in sections (guest, host, control), as KVM and Xen print them: from rows to states.
#pragma once

#include "proofs/query/dumps/row.hpp"

#include <map>

namespace vmxspec::query {

/// One dump of a text.
struct SectionedDump {
    std::vector<Reading> readings;
    unsigned copies = 1;  ///< dumps that are printed into each other, line by line
    bool mixed = false;   ///< a section came again without its header: lines of another dump, or lines are missing
    std::map<std::string, std::uint64_t, std::less<>> facts;  ///< values that are no leaves, by the row's own name

    [[nodiscard]] bool has(Mark mark) const;
    [[nodiscard]] bool has(Section section) const;
    /// The reading of a row that has this leaf, or null.
    [[nodiscard]] const Reading* reading(std::string_view leaf) const;
    /// A value that is no leaf, of rows that are there as a whole; nothing where two of them differ.
    [[nodiscard]] std::optional<std::uint64_t> agreed(std::string_view name) const;
};

/// A format in sections.
struct SectionedFormat {
    std::string_view hypervisor;
    std::span<const Row> rows;
    /// True for a value that the dump shows but that is not what the VMCS held at the failed entry; `mark` says why.
    bool (*stale)(const SectionedDump& dump, std::string_view leaf, std::uint64_t value);
    /// Adds what is to be said of the dump's values, and what follows from how the hypervisor prints.
    void (*mark)(const SectionedDump& dump, KnownState& state);
    std::span<const Collection> collect;
};

/// All dumps in a text. Throws InputError when there is none.
[[nodiscard]] std::vector<KnownState> read_sectioned(const State& state, const SectionedFormat& format,
                                                     std::string_view text, const std::string& where);

}  // namespace vmxspec::query
