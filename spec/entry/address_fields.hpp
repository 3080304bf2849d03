// Checks that many address fields share.
#pragma once

#include "spec/lang/rule.hpp"
#include "spec/state/state.hpp"

#include <string>

namespace vmxspec::entry {

/// A field that holds the physical address of a structure, which is used when a control says so.
struct AddressField {
    std::string id;
    Bool used;
    Bits<64> address;
    unsigned alignment = 12;  ///< low bits that must be 0
};

/// Rows `<id>.aligned` and `<id>.width`.
void address_field(RuleTable& table, const State& s, const AddressField& field);

/// An MSR area: address of its first entry and number of its entries, 16 bytes each.
struct MsrArea {
    std::string id;
    Bits<32> count;
    Bits<64> address;
};

/// Rows `<id>.aligned`, `<id>.width` and `<id>.last`, which apply only if the count is not 0 (SDM 29.2.1.2, 29.2.1.3).
void msr_area(RuleTable& table, const State& s, const MsrArea& area);

/// The byte `offset` bytes after the address is within the physical-address width, as is the address.
/// 64 bits are enough for the sum: an address within the width is below 2^52 and offsets are below 2^36, so that it
/// cannot wrap; with an address beyond the width the end lies beyond it too.
[[nodiscard]] Bool end_within_physical_width(const State& s, Bits<64> address, Bits<64> offset);

}  // namespace vmxspec::entry
