/// Task switches in 32-bit mode: VMX non-root operation has none, so a hypervisor does all of each.
#include <array>

#include "hv/demo/features.hpp"
#include "hv/demo/interrupts.hpp"
#include "hv/demo/tasks.hpp"
#include "hv/demo/window.hpp"
#include "runtime/cpu/control_register.hpp"
#include "runtime/io/port.hpp"
#include "runtime/memory/address.hpp"

namespace vmxspec::demo {

namespace {

using namespace task;

/// DR0 on an address where nothing is, by L0 and G0; LE and GE too.
void set_breakpoint() {
    asm volatile("mov %0, %%dr0" : : "r"(std::uint64_t{0x10}));
    runtime::write_dr7(0x703);
}
void clear_breakpoint() {
    runtime::write_dr7(0x400);
    asm volatile("mov %0, %%dr0" : : "r"(std::uint64_t{0}));
}

void check_jump(Account& account) {
    for (const std::uint16_t selector : {other_selector, gate_selector}) {
        LegacyTrial trial = prepare(jump_to(selector));
        const LegacyTrial begin = trial;
        set_breakpoint();
        run(trial);
        clear_breakpoint();
        expect_there(account, trial, false);
        expect_saved(account, begin, static_cast<std::uint32_t>(jump_to(selector).size));
        account.expect("the old task is busy", is_busy(s::task) ? 1 : 0, 0);
        account.expect("the link", other[link], 0);
    }
}

void check_nested(Account& account) {
    for (const Code& way : {call_to(other_selector), call_to(gate_selector), int_task}) {
        LegacyTrial trial = prepare(way);
        const LegacyTrial begin = trial;
        set_breakpoint();
        run(trial);
        clear_breakpoint();
        expect_there(account, trial, true);
        expect_saved(account, begin, static_cast<std::uint32_t>(way.size));
        account.expect("the old task is busy", is_busy(s::task) ? 1 : 0, 1);
        account.expect("the link", other[link], s::task);
    }
}

/// There and back: the second time the other task goes on behind its IRET, and jumps back itself.
void check_return(Account& account) {
    constexpr Code cpuid{0x0f, 0xa2};
    for (const Code& way : {call_to(other_selector), call_to(gate_selector), int_task}) {
        LegacyTrial trial = prepare(way + way + cpuid, iret + iret);
        const LegacyTrial begin = trial;
        run(trial);
        account.expect("events", trial.count, 1);
        account.expect("EIP", trial.last().eip, begin.eip + 2 * way.size + cpuid.size);
        account.expect("task register", trial.last().tr, s::task);
        account.expect("EFLAGS.NT", trial.last().eflags & eflags_nt, 0);
        account.expect("ESI", trial.esi, begin.esi);
        account.expect("EDI", trial.edi, begin.edi);
        account.expect("the other task is busy", is_busy(other_selector) ? 1 : 0, 0);
        account.expect("this task is busy", is_busy(s::task) ? 1 : 0, 1);
        account.expect("EIP of the other", other[eip], address(code[other_code]) + 2);
        account.expect("EFLAGS.NT of the other", other[eflags] & eflags_nt, 0);
    }
}

/// An exception that comes by a task gate: it points to its instruction, and its error code is on the new stack.
void check_exceptions(Account& account) {
    constexpr Code bad_selector{0x8e, 0xd8}, pop{0x58};  // MOV DS, EAX; POP EAX
    constexpr std::uint32_t selector = 0xfff8;
    const std::uint64_t gp_gate = legacy_gate(gp), ud_gate = legacy_gate(ud);
    LegacyTrial trial = prepare(bad_selector, pop);
    trial.eax = selector;
    const LegacyTrial begin = trial;
    legacy_gate(gp) = legacy_gate(task_vector);
    run(trial);
    legacy_gate(gp) = gp_gate;
    account.expect("vector at the end", trial.last().vector, ud);
    account.expect("task register", trial.last().tr, other_selector);
    account.expect("error code", trial.eax, selector);
    expect_saved(account, begin, 0);
    account.expect("saved EFLAGS.RF", legacy_task()[eflags] & rflags_rf, rflags_rf);

    // One that the hypervisor injects, and one without an error code.
    LegacyTrial injected = prepare({0x0f, 0x30}, pop);
    injected.ecx = msr::ia32_mtrr_def_type;  // EAX and EDX have reserved bits
    const LegacyTrial injected_begin = injected;
    legacy_gate(gp) = legacy_gate(task_vector);
    run(injected);
    legacy_gate(gp) = gp_gate;
    account.expect("vector at the end, WRMSR", injected.last().vector, ud);
    account.expect("error code, WRMSR", injected.eax, 0);
    account.expect("EIP, WRMSR", injected.last().eip, other[eip] + 1);
    expect_saved(account, injected_begin, 0);

    LegacyTrial without = prepare({0x0f, 0x01, 0xc4});  // VMXOFF
    const LegacyTrial without_begin = without;
    legacy_gate(ud) = legacy_gate(task_vector);
    static_cast<void>(put(other_code, {0xcc, 0x8e, 0xd8}));  // INT3; MOV DS, EAX ends it
    other[eax] = selector;
    run(without);
    legacy_gate(ud) = ud_gate;
    account.expect("events, #UD", without.count, 2);
    account.expect("vector at the end, #UD", without.last().vector, gp);
    expect_saved(account, without_begin, 0);
}

/// An interrupt of a device: the task that it leaves goes on where it was.
void check_interrupt(Account& account) {
    const std::uint64_t before = legacy_gate(pit_vector);
    LegacyTrial trial = prepare({0xfb, 0xeb, 0xfe});  // STI; JMP to itself
    const LegacyTrial begin = trial;
    legacy_gate(pit_vector) = legacy_gate(task_vector);
    start_pit(100);
    run(trial);
    mask_all();
    legacy_gate(pit_vector) = before;
    runtime::Ports::out8(0x20, 0x20);  // end of interrupt
    account.expect("task register", trial.last().tr, other_selector);
    account.expect("saved EIP", legacy_task()[eip], begin.eip + 1);
    account.expect("saved EFLAGS.IF", legacy_task()[eflags] & rflags_if, rflags_if);
    account.expect("EFLAGS.IF", trial.last().eflags & rflags_if, 0);
}

constexpr std::uint16_t user_code_16 = spoilt_selector | 3, user_data_16 = ldt_selector | 3;

/// At CPL 3: exceptions find a flat stack by the TSS, for the upper half of ESP is anything.
void prepare_user_16() {
    legacy_descriptor(user_code_16) = descriptor(low_base, 0xffff, 0x00fb);
    legacy_descriptor(user_data_16) = descriptor(low_base, 0xffff, 0x00f3);
    constexpr std::uint64_t dpl_3 = 3U << 5;
    legacy_descriptor(other_selector) |= dpl_3 << 40;
    other_16[1] = low_base + low_size - 16;  // SP0
    other_16[2] = s::data32;                 // SS0
    other_16[17] = other_16[20] = user_data_16;
    other_16[18] = user_code_16;
    other_16[19] = user_data_16;
}

/// A 16-bit TSS, there and back.
void check_16(Account& account) {
    const LowMemory low_memory;
    other_16 = {};
    for (const bool returns : {false, true}) {
        constexpr Code way = call_to(other_16_selector);
        LegacyTrial trial = prepare(way);
        const LegacyTrial begin = trial;
        prepare_user_16();
        auto* const there = LowMemory::low(other_code);
        there[0] = returns ? 0xcf : 0x0f;  // IRET or UD2
        there[1] = 0x0b;
        run(trial);
        account.expect("vector at the end", trial.last().vector, ud);
        account.expect("task register", trial.last().tr, returns ? s::task : other_16_selector);
        account.expect("EIP", trial.last().eip, returns ? begin.eip + way.size : other_code);
        account.expect("EBX", trial.ebx & 0xffff, returns ? begin.ebx & 0xffff : 0xb0b0);
        account.expect("the link", other_16[0], s::task);
        expect_saved(account, begin, way.size);
        if (returns) {
            account.expect("saved IP", other_16[7], other_code + 1);
            account.expect("saved SP", other_16[13], 0x0f00);
            account.expect("saved BX", other_16[12], 0xb0b0);
        }
    }
    // And from a 16-bit task: what it saves has 16 bits.
    constexpr Code way = jump_to(other_16_selector);
    LegacyTrial trial = prepare(way);
    prepare_user_16();
    const Code back{0xea, 0, 0, other_selector & 0xff, other_selector >> 8};
    __builtin_memcpy(LowMemory::low(other_code), back.bytes.data(), back.size);
    run(trial);
    account.expect("task register", trial.last().tr, other_selector);
    account.expect("saved IP", other_16[7], other_code + back.size);
    account.expect("saved BX", other_16[12], 0xb0b0);
    account.expect("saved CS", other_16[18], user_code_16);
    account.expect("the 16-bit task is busy", is_busy(other_16_selector) ? 1 : 0, 0);
}

/// A local descriptor table, and the T flag: #DB before the first instruction.
void check_ldt_and_trap(Account& account) {
    constexpr std::uint16_t local_data = 0x0c;
    LegacyTrial trial = prepare(jump_to(other_selector), {0x8c, 0xd8, 0x8e, 0xe8});  // MOV EAX, DS; MOV GS, EAX
    other[ldt_word] = ldt_selector;
    other[ds_word] = local_data;
    other[trap] |= 1;
    run(trial);
    account.expect("events", trial.count, 2);
    account.expect("#DB", trial.events[0].vector, db);
    account.expect("#DB points to", trial.events[0].eip, other[eip]);
    account.expect("DR6", trial.events[0].dr6, 0xffff'8ff0);
    account.expect("vector at the end", trial.last().vector, ud);
    account.expect("DS", trial.eax & 0xffff, local_data);
    account.expect("the descriptor is accessed", ldt_table[1] >> 40 & 1, 1);
}

/// EFLAGS of the new task: single steps from its second instruction on, and virtual-8086 mode.
void check_flags(Account& account) {
    LegacyTrial trial = prepare(jump_to(other_selector), {0x90, 0x0f, 0xa2, 0x90});
    other[eflags] |= rflags_tf;
    run(trial);
    const std::uint32_t at = other[eip];
    compare(account, "single steps in the new task", trial,
            std::array{LegacyExpected{db, at + 1}, LegacyExpected{db, at + 3}, LegacyExpected{db, at + 4},
                       LegacyExpected{ud, at + 4}});

    const LowMemory low_memory;
    LegacyTrial virtual_8086 = prepare(call_to(other_selector));
    constexpr Code there{0x0f, 0xa2, 0x0f, 0x0b};
    __builtin_memcpy(LowMemory::low(0), there.bytes.data(), there.size);
    other[eip] = 0;
    other[eflags] |= eflags_vm;
    other[cs_word] = other[ss_word] = other[ds_word] = other[es_word] = low_base >> 4;
    other[esp] = 0xf00;
    run(virtual_8086);
    account.expect("vector in virtual-8086 mode", virtual_8086.last().vector, ud);
    account.expect("IP in virtual-8086 mode", virtual_8086.last().eip, 2);
    account.expect("EFLAGS.VM", virtual_8086.last().eflags & eflags_vm, eflags_vm);
    account.expect("EBX by CPUID", virtual_8086.ebx, 0x756e'6547);
}

using Table32 = std::array<std::uint32_t, 1024>;
using Table64 = std::array<std::uint64_t, 512>;
alignas(4096) constinit std::array<Table32, 2> directories{}, tables{};
alignas(4096) constinit std::array<Table64, 2> pae_directories{}, pae_tables{};
alignas(32) constinit std::array<std::array<std::uint64_t, 4>, 2> pae_pointers{};
constinit std::array<Page, 2> targets{};

/// Two address spaces that differ in the page at `linear`. \return CR3
[[nodiscard]] std::uint32_t build(bool pae, std::size_t which, std::uint32_t linear) {
    constexpr std::uint32_t all = 7, large = 1U << 7;
    directories[which][0] = all | large;
    directories[which][linear >> 22] = address(tables[which]) | all;
    tables[which][0] = address(targets[which]) | all;
    pae_directories[which][0] = all | large;
    pae_directories[which][1] = 0x20'0000 | all | large;
    pae_directories[which][linear >> 21] = address(pae_tables[which]) | all;
    pae_tables[which][0] = address(targets[which]) | all;
    pae_pointers[which] = {address(pae_directories[which]) | std::uint64_t{1}, 0, 0, 0};
    return pae ? address(pae_pointers[which]) : address(directories[which]);
}

/// Each task has its own page at the same linear address, there and back.
void check_paging(Account& account) {
    constexpr std::uint32_t linear = 0x0080'0000, pg = 1U << 31;
    constexpr Code load{0x8a, 0x0e};  // MOV CL, (ESI)
    for (const bool pae : {false, true}) {
        LegacyTrial trial = prepare(load + call_to(other_selector) + Code{0x8a, 0x16},
                                    {0x8a, 0x0e, 0x88, 0x0f, 0xcf});  // MOV DL, (ESI)
        trial.cr3 = build(pae, 0, linear);
        trial.cr4 = static_cast<std::uint32_t>(pae ? cr4::pae : cr4::pse);
        trial.cr0 |= pg;
        trial.esi = linear;
        other[cr3] = build(pae, 1, linear);
        legacy_task()[cr3] = trial.cr3;
        static constinit std::uint8_t seen = 0;
        other[esi] = linear;
        other[edi] = address(seen);
        targets[0].bytes[0] = 0x12;
        targets[1].bytes[0] = 0x34;
        run(trial);
        account.expect("vector at the end", trial.last().vector, ud);
        account.expect("task register", trial.last().tr, s::task);
        const volatile std::uint8_t& shown = seen;
        account.expect("what the other task reads", shown, 0x34);
        account.expect("what this one reads before", trial.ecx & 0xff, 0x12);
        account.expect("what this one reads behind", trial.edx & 0xff, 0x12);
    }
}

constexpr std::array checks{
    Check{"task switches: JMP", check_jump},
    Check{"task switches: CALL and INT", check_nested},
    Check{"task switches: IRET", check_return},
    Check{"task switches: exceptions", check_exceptions},
    Check{"task switches: an interrupt", check_interrupt},
    Check{"task switches: 16-bit TSS", check_16},
    Check{"task switches: LDT and the T flag", check_ldt_and_trap},
    Check{"task switches: single steps and virtual-8086 mode", check_flags},
    Check{"task switches: paging", check_paging},
};

}  // namespace

const std::span<const Check> task_checks{checks};

}  // namespace vmxspec::demo
