/// Task switches that fault, in the old task or in the new one.
#include <array>

#include "hv/demo/tasks.hpp"

namespace vmxspec::demo {

namespace {

using namespace task;

/// What is wrong with the new task, and the fault: in the old task or, if the switch was done, in the new one.
struct FaultRow {
    std::string_view name;
    void (*spoil)();
    std::uint32_t vector, error_code;
    bool in_new_task;
};

void spoil_descriptor(std::uint64_t rights) { legacy_descriptor(other_selector) ^= rights << 40; }
void put_spoilt(std::uint64_t rights) { legacy_descriptor(spoilt_selector) = descriptor(0, 0xf'ffff, rights); }

constexpr std::uint64_t user_code_rights = 0xc0fb, user_data_rights = 0xc0f3;
void begin_at_cpl3() {
    other[cs_word] = s::user_code;
    other[ss_word] = other[ds_word] = other[es_word] = s::user_data;
}

constexpr std::array fault_rows{
    FaultRow{"busy", [] { spoil_descriptor(busy); }, gp, other_selector, false},
    FaultRow{"not present", [] { spoil_descriptor(present); }, np, other_selector, false},
    FaultRow{"too short", [] { legacy_descriptor(other_selector) = descriptor(address(other), 0x66, task_32); }, ts,
             other_selector, false},
    FaultRow{"no LDT", [] { other[ldt_word] = s::data32; }, ts, s::data32, true},
    FaultRow{"LDT not present",
             [] {
                 other[ldt_word] = ldt_selector;
                 legacy_descriptor(ldt_selector) ^= present << 40;
             },
             ts, ldt_selector, true},
    FaultRow{"DS beyond the table", [] { other[ds_word] = 0xfff8; }, ts, 0xfff8, true},
    FaultRow{"ES a TSS", [] { other[es_word] = s::task; }, ts, s::task, true},
    FaultRow{"FS not present",
             [] {
                 put_spoilt(data ^ present);
                 other[fs_word] = spoilt_selector;
             },
             np, spoilt_selector, true},
    FaultRow{"GS in no LDT", [] { other[gs_word] = 0x0c; }, ts, 0x0c, true},
    // At CPL 3, where the handler has a stack of its own.
    FaultRow{"SS null",
             [] {
                 begin_at_cpl3();
                 other[ss_word] = 0;
             },
             ts, 0, true},
    FaultRow{"SS of CPL 0",
             [] {
                 begin_at_cpl3();
                 other[ss_word] = s::data32;
             },
             ts, s::data32, true},
    FaultRow{"SS not present",
             [] {
                 begin_at_cpl3();
                 put_spoilt(user_data_rights ^ present);
                 other[ss_word] = spoilt_selector | 3;
             },
             ss, spoilt_selector, true},
    FaultRow{"CS data",
             [] {
                 begin_at_cpl3();
                 other[cs_word] = s::user_data;
             },
             ts, s::user_data & ~3U, true},
    FaultRow{"CS not present",
             [] {
                 begin_at_cpl3();
                 put_spoilt(user_code_rights ^ present);
                 other[cs_word] = spoilt_selector | 3;
             },
             np, spoilt_selector, true},
};

void check_faults(Account& account) {
    for (const FaultRow& row : fault_rows) {
        LegacyTrial trial = prepare(jump_to(other_selector));
        row.spoil();
        const std::uint32_t begin = trial.eip;
        run(trial);
        const LegacyEvent& event = trial.last();
        const std::uint32_t points_to = row.in_new_task ? other[eip] : begin;
        if (trial.count != 1 || event.vector != row.vector || event.error_code != row.error_code ||
            event.eip != points_to || event.tr != (row.in_new_task ? other_selector : s::task)) {
            account.expect(row.name, event.vector, row.vector);
            account.expect("  events", trial.count, 1);
            account.expect("  error code", event.error_code, row.error_code);
            account.expect("  EIP", event.eip, points_to);
            account.expect("  task register", event.tr, row.in_new_task ? other_selector : s::task);
        }
    }
}

constexpr std::array checks{Check{"task switches: faults", check_faults}};

}  // namespace

const std::span<const Check> task_fault_checks{checks};

}  // namespace vmxspec::demo
