#include "spec/entry/conditions.hpp"
#include "spec/entry/entry.hpp"
#include "spec/entry/event_injection.hpp"

namespace vmxspec::entry {

void guest_rip_rflags(RuleTable& table, const State& s) {
    const auto& [guest, entry] = std::tie(s.guest, s.control.entry);
    const Bool intel64 = s.processor.intel64;
    const Bool mode64 = entry.ia32e_mode_guest && guest.cs_access_rights.l;
    table.section(Stage::guest, {"29.3.1.4", "Checks on Guest RIP, RFLAGS, and SSP"}, {outcome::guest_state});

    table.check("guest.rip.high", (intel64 && !mode64) >> ((guest.rip >> 32) == 0));
    table.check("guest.rip.linear", (intel64 && mode64) >> upper_bits_identical(s, guest.rip));

    constexpr std::uint64_t always_1 = 1 << 1;
    constexpr std::uint64_t always_0 = ~low_bits(22) | 1 << 15 | 1 << 5 | 1 << 3;
    table.check("guest.rflags.reserved", (guest.rflags & (always_0 | always_1)) == always_1);
    table.check("guest.rflags.vm", (entry.ia32e_mode_guest || !guest.cr0.pe) >> !guest.rflags.vm);
    table.check("guest.rflags.if", injects(s, EventType::external_interrupt) >> guest.rflags.if_);

    table.check("guest.ssp.aligned", entry.load_cet_state >> aligned(guest.ssp, 2));
    table.check("guest.ssp.linear", (intel64 && entry.load_cet_state) >> upper_bits_identical(s, guest.ssp),
                "29.3.2.3 says in passing that bits 63:32 must be 0 outside 64-bit mode; 29.3.1.4 has no such check.");
}

}  // namespace vmxspec::entry
