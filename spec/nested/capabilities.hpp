// The VMX capability MSRs that L1 reads, as data over those of the real processor.
#pragma once

#include "spec/nested/level0.hpp"

#include <optional>
#include <string_view>
#include <vector>

namespace vmxspec::nested {

/// Bits that L1 is offered where the real processor has them. A control whose word has none of its rows is not offered.
struct OfferRow {
    std::string_view word;     ///< the member of `capability` that tells the control word, plain or TRUE
    std::uint64_t bits;        ///< of the control word; of the MSR itself where it is no MSR of a control word
    std::optional<Bool> when;  ///< what else has to be there
    std::string_view reason;   ///< why L0 can offer it
};

/// A capability MSR as L1 reads it.
struct OfferedMsr {
    std::size_t leaf;  ///< of `capability`
    Bits<64> value;    ///< over `real.*`
    std::string_view reason;
};

/// IA32_VMX_BASIC[30:0] as L1 reads it: the format of VMCS12 is L0's own, and no processor's.
inline constexpr std::uint64_t vmcs12_revision = 0x564d5801;

/// The rows, in the order of SDM volume 3D, appendix A.
[[nodiscard]] std::vector<OfferRow> offer_rows(const State& s, const Level0& l0);

/// Every MSR of `capability`: what the rows amount to.
[[nodiscard]] std::vector<OfferedMsr> offered_msrs(const State& s, const Level0& l0);

/// The processor that L1 sees, in the place of the real one: its capability MSRs, and the traits that L0 does not
/// pass on.
[[nodiscard]] View offered_processor(const State& s, const std::vector<OfferedMsr>& msrs);

}  // namespace vmxspec::nested
