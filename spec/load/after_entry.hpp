// The processor after a VM entry has loaded guest state and before it loads any MSR of the MSR-load area or delivers
// the injected event. Cited: SDM 29.3.2, 29.3.3, 29.7.
#pragma once

#include "spec/load/load_table.hpp"
#include "spec/load/registers.hpp"

namespace vmxspec::load {

/// A VM entry to PAE paging: CR0.PG = 1, CR4.PAE = 1 and "IA-32e mode guest" = 0 (SDM 29.3.1.6).
[[nodiscard]] Bool enters_pae_paging(const State& s);

/// The VM entry ends in 64-bit mode (SDM 29.3.1.4).
[[nodiscard]] Bool enters_64_bit_mode(const State& s);

/// The VM entry is "injecting" in the sense of 29.7: the event is valid and its type is not "other event".
[[nodiscard]] Bool injecting(const State& s);

/// A natural-width field as it is loaded: 32 bits, zero-extended, on a processor without Intel 64.
[[nodiscard]] Bits<64> natural(const State& s, Bits<64> field);

// The parts, in the manual's order; after_entry() has all of them.
void entry_registers(LoadTable& table, const State& s, const Registers& loaded);  // 29.3.2.1
void entry_segments(LoadTable& table, const State& s);                            // 29.3.2.2
void entry_pointers(LoadTable& table, const State& s);                            // 29.3.2.3
void entry_non_register(LoadTable& table, const State& s);                        // 29.3.2.4, 29.3.2.5, 29.3.3
void entry_events(LoadTable& table, const State& s);                              // 29.7

/// All rows. `loaded` is what registers() says.
[[nodiscard]] LoadTable after_entry(const State& s, const Registers& loaded);

}  // namespace vmxspec::load
