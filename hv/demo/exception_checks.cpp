/// Exceptions, with their error codes and where they point to.
#include <array>

#include "hv/demo/check.hpp"
#include "hv/demo/features.hpp"
#include "hv/demo/interrupts.hpp"
#include "hv/demo/trial.hpp"
#include "hv/demo/window.hpp"
#include "runtime/cpu/control_register.hpp"
#include "runtime/cpu/descriptor_tables.hpp"

namespace vmxspec::demo {

namespace {

namespace selector = runtime::selector;

constexpr std::uint64_t df = 8, np = 11, gp = 13, pf = 14;
constexpr std::uint64_t not_canonical = 0x8000'0000'0000'0000;
constexpr std::uint64_t gate_present = std::uint64_t{1} << 47;

struct Row {
    std::string_view name;
    Code code;
    TrialRegisters registers;
    std::uint64_t vector, error_code;
};

// DIV ECX; UD1; LOCK NOP; MOV AL, (RSI); MOV DS, EAX; LTR of a TSS that is busy
constexpr std::array rows{
    Row{"#DE", {0xf7, 0xf1}, {1, 0, 0, 0, 0, 0}, 0, 0},
    Row{"#UD by UD1", {0x0f, 0xb9, 0xc0}, {}, 6, 0},
    Row{"#UD by LOCK", {0xf0, 0x90}, {}, 6, 0},
    Row{"#GP by an address", {0x8a, 0x06}, {0, 0, 0, 0, not_canonical, 0}, gp, 0},
    Row{"#GP by a selector", {0x8e, 0xd8}, {0xfff8, 0, 0, 0, 0, 0}, gp, 0xfff8},
    Row{"#GP by LTR", {0x0f, 0x00, 0xd8}, {selector::task, 0, 0, 0, 0, 0}, gp, selector::task},
};

void check_rows(Account& account) {
    for (const Row& row : rows) {
        Trial trial = trial_at(place(row.code), row.registers);
        const std::uint64_t begin = trial.rip;
        run(trial);
        account.expect(row.name, trial.last().vector, row.vector);
        account.expect(row.name, trial.last().error_code, row.error_code);
        account.expect(row.name, trial.last().rip, begin);
        account.expect(row.name, trial.count, 1);
    }
}

/// #BP and INT1 are traps: they point behind the instruction.
void check_traps(Account& account) {
    constexpr Code code{0xcc, 0xf1, 0xcd, 0x03};  // INT3; INT1; INT 3
    Trial trial = trial_at(place(code));
    const std::uint64_t begin = trial.rip;
    run(trial);
    account.expect("how many", trial.count, 4);
    account.expect("INT3", trial.events[0].vector, 3);
    account.expect("INT3 points to", trial.events[0].rip, begin + 1);
    account.expect("INT1", trial.events[1].vector, 1);
    account.expect("INT1 points to", trial.events[1].rip, begin + 2);
    account.expect("INT 3", trial.events[2].vector, 3);
    account.expect("INT 3 points to", trial.events[2].rip, begin + 4);
}

void check_device_not_available(Account& account) {
    const std::uint64_t before = runtime::read_cr0();
    runtime::write_cr0(before | cr0::ts);
    account.expect("FNINIT with CR0.TS = 1", vector_of({0xdb, 0xe3}), 7);
    runtime::write_cr0(before & ~(cr0::ts | cr0::em));
    account.expect("FNINIT with CR0.TS = 0", vector_of({0xdb, 0xe3}), none);
    runtime::write_cr0(before);
}

struct PageRow {
    std::string_view name;
    std::uint64_t bits;
    Code code;
    bool at_cpl3;
    std::uint64_t error_code;  ///< none: no fault
};

constexpr Code load{0x8a, 0x06}, store{0x88, 0x06}, jump{0xff, 0xe6};  // to (RSI), to RSI
constexpr std::array page_rows{
    PageRow{"read of no page", 0, load, false, 0},
    PageRow{"write to no page", 0, store, false, 2},
    PageRow{"write to a read-only page", page::present, store, false, 3},
    PageRow{"read of a read-only page", page::present, load, false, none},
    PageRow{"write to a writable page", page::present | page::writable, store, false, none},
    PageRow{"read with a reserved bit", page::present | page::reserved, load, false, 9},
    PageRow{"fetch of no execution", page::present | page::no_execute, jump, false, 0x11},
    PageRow{"user's read of no page", 0, load, true, 4},
    PageRow{"user's read of a supervisor's page", page::present, load, true, 5},
    PageRow{"user's write to a supervisor's page", page::present | page::writable, store, true, 7},
    PageRow{"user's write to a read-only page", page::present | page::user, store, true, 7},
    PageRow{"user's write to a page of his", page::present | page::user | page::writable, store, true, none},
};

void check_page_faults(Account& account) {
    static constinit Page target{}, stack{};
    constexpr std::uint64_t all = page::present | page::writable | page::user;
    for (const PageRow& row : page_rows) {
        if ((row.bits & page::no_execute) != 0 && !has(feature::nx)) {
            continue;
        }
        const std::uint64_t linear = map_window(3, &target, row.bits) + 0x123;
        Trial trial = trial_at(place(row.code), {0x77, 0, 0, 0, linear, 0});
        if (row.at_cpl3) {
            trial.rip = map_window(0, reinterpret_cast<const void*>(trial.rip), all);
            trial.rsp = map_window(1, &stack, all) + sizeof stack;
            trial.cs = selector::user_code;
            trial.ss = selector::user_data;
            trial.data_segment = selector::user_data;
        }
        const std::uint64_t begin = trial.rip;
        run(trial);
        if (row.error_code == none) {
            account.expect(row.name, completed(trial, begin, row.code) ? 1 : 0, 1);
            continue;
        }
        account.expect(row.name, trial.last().vector, pf);
        account.expect(row.name, trial.last().error_code, row.error_code);
        account.expect(row.name, trial.last().cr2, linear);
        account.expect(row.name, trial.last().rip, row.error_code == 0x11 ? linear : begin);
    }
}

/// CR2 is nobody's but L1's: a VM exit leaves it.
void check_cr2(Account& account) {
    constexpr std::uint64_t value = 0x1234'5678'9abc'def0;
    asm volatile("movq %0, %%cr2" : : "r"(value));
    static_cast<void>(runtime::cpuid(0));
    account.expect("CR2", runtime::read_cr2(), value);
}

/// INT of a gate that is not present; and #GP, whose gate is not present: #DF.
void check_gates(Account& account) {
    constexpr unsigned vector = 0x50;
    gate(vector).low &= ~gate_present;
    Trial trial = trial_at(place({0xcd, vector}));
    run(trial);
    gate(vector).low |= gate_present;
    account.expect("INT 50H", trial.last().vector, np);
    account.expect("INT 50H, error code", trial.last().error_code, vector * 8 + 2);

    gate(gp).low &= ~gate_present;
    Trial twice = trial_at(place(load), {0, 0, 0, 0, not_canonical, 0});
    run(twice);
    account.expect("#GP without a gate", twice.last().vector, df);
    account.expect("#GP without a gate, error code", twice.last().error_code, 0);
    // The hypervisor's #GP is delivered by the processor as any other.
    Trial injected = trial_at(place({0x0f, 0x30}), {msr::bad_type, msr::ia32_mtrr_def_type, 0, 0, 0, 0});
    run(injected);
    account.expect("WRMSR without a gate for #GP", injected.last().vector, df);
    gate(gp).low |= gate_present;
}

/// With a stack that can't be used, #PF comes while the exception, or the #PF of the first attempt, is delivered.
void check_double_fault(Account& account) {
    for (const Code& code : {Code{0x0f, 0x0b}, Code{0x0f, 0x30}, load}) {
        Trial trial = trial_at(place(code), {msr::bad_type, msr::ia32_mtrr_def_type, 0, 0, not_canonical, 0});
        trial.rsp = map_window(4, nullptr, 0) + 0x800;
        run(trial);
        account.expect("an exception without a stack", trial.last().vector, df);
    }
}

constexpr std::array checks{
    Check{"exceptions: faults", check_rows},
    Check{"exceptions: traps", check_traps},
    Check{"exceptions: #NM follows CR0", check_device_not_available},
    Check{"exceptions: #PF, error codes and CR2", check_page_faults},
    Check{"exceptions: CR2 survives VM exits", check_cr2},
    Check{"exceptions: #NP, and #DF by a gate", check_gates},
    Check{"exceptions: #DF by a stack", check_double_fault},
};

}  // namespace

const std::span<const Check> exception_checks{checks};

}  // namespace vmxspec::demo
