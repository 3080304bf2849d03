// What WRMSR at CPL 0 accepts, a row an MSR that hypervisors load. Cited: SDM volume 4, chapter 2, Table 2-2, and the
// sections that the rows name.
#pragma once

#include "spec/lang/rule.hpp"
#include "spec/load/registers.hpp"

namespace vmxspec::load {

/// An MSR, or a run of MSRs of one kind.
struct MsrRow {
    std::uint32_t first;  ///< index of the first
    std::uint32_t last;   ///< index of the last
    std::string_view name;
    Bool exists;   ///< the processor has the MSR; WRMSR of one that it has not faults
    Bool accepts;  ///< WRMSR of msr_entry.data does not fault. Where the manual is silent the condition reads
                   ///< msr_entry.unlisted_accepted, so that the answer stays open.
    Citation citation;
};

/// The table, in ascending order of indexes, over the leaves of `s.msr_entry`.
[[nodiscard]] std::vector<MsrRow> wrmsr_table(const State& s);

/// The index is in the row's run.
[[nodiscard]] Bool covers(const MsrRow& row, Bits<32> index);

/// WRMSR of the entry would not fault, as far as the index and data alone tell: IA32_EFER's own rows
/// (msr-load.efer.*) come on top. An MSR without a row reads msr_entry.unlisted_accepted.
[[nodiscard]] Bool wrmsr_accepts(const State& s, const std::vector<MsrRow>& table);

/// RDMSR of the entry's MSR would not fault. An MSR without a row reads exiting.unlisted_readable.
[[nodiscard]] Bool rdmsr_accepts(const State& s, const std::vector<MsrRow>& table);

}  // namespace vmxspec::load
