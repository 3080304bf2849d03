#include "spec/entry/reserved_bits.hpp"
#include "spec/load/invariant_list.hpp"

namespace vmxspec::load {

void event_invariants(InvariantList& list) {
    constexpr std::uint64_t always_1 = 1 << 1, always_0 = ~low_bits(22) | 1 << 15 | 1 << 5 | 1 << 3;
    constexpr std::uint64_t active = 0, hlt = 1, wait_for_sipi = 3;
    const Bits<64> rflags = list("rflags");
    const Bits<64> activity = list("activity");
    const Bits<64> pending = list("pending_debug");
    const Bool sti = list("blocking.sti") == 1;
    const Bool mov_ss = list("blocking.mov_ss") == 1;
    list.section({"3.4.3", "EFLAGS Register", "1"});
    list.add("rflags.fixed", "RFLAGS has 1 in bit 1 and 0 in reserved bits",
             (rflags & (always_0 | always_1)) == always_1);
    list.add("rflags.vm", "RFLAGS.VM = 1 only in protected mode outside IA-32e mode",
             list.v86() >> (list.pe() && !list.lma()));

    list.section({"27.4.2", "Guest Non-Register State"});
    list.add("activity.known", "the activity state is one of four", activity <= wait_for_sipi);
    list.add("activity.hlt-cpl", "HLT is entered at CPL 0 only", (activity == hlt) >> (list.cpl() == 0));
    list.section({"7.8", "Enabling and Disabling Interrupts", "3A"});
    list.add("blocking.one", "blocking by STI and by MOV SS exclude each other", !(sti && mov_ss));
    list.add("blocking.sti-if", "blocking by STI follows an instruction that set RFLAGS.IF", sti >> rflags[9]);
    list.add("blocking.active", "an inactive processor has no blocking by STI or MOV SS",
             (sti || mov_ss) >> (activity == active));
    list.section({"20.2.3", "Debug Status Register (DR6)", "3B"});
    list.add("pending-debug.reserved", "pending debug exceptions have no reserved cause",
             (pending & entry::pending_debug_reserved(list.s)) == 0);
    list.section({"20.3.1.4", "Single-Step Exception Condition", "3B"});
    const Bool steps = rflags[8] && !list("debugctl")[1];
    list.add("pending-debug.bs",
             "after an instruction that blocks events a single-step trap pends exactly if TF = 1 and BTF = 0",
             (sti || mov_ss || activity == hlt) >> (pending[14] == steps));
}

}  // namespace vmxspec::load
