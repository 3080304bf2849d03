/// Task switches in 32-bit mode: VMX non-root operation has none, so a hypervisor does all of each.
#include <array>

#include "hv/demo/features.hpp"
#include "hv/demo/interrupts.hpp"
#include "hv/demo/legacy.hpp"
#include "hv/demo/window.hpp"
#include "runtime/cpu/control_register.hpp"
#include "runtime/io/port.hpp"
#include "runtime/memory/address.hpp"

namespace vmxspec::demo {

namespace {

namespace s = legacy_selector;

constexpr std::uint32_t db = 1, ud = 6, ts = 10, np = 11, ss = 12, gp = 13;
constexpr std::uint16_t other_selector = 0x48, other_16_selector = 0x50, ldt_selector = 0x58, gate_selector = 0x60,
                        spoilt_selector = 0x68;
constexpr unsigned task_vector = 0x60;

// Rights as in a descriptor's bits 55:40.
constexpr std::uint64_t task_32 = 0x89, task_16 = 0x81, busy = 2, ldt = 0x82, task_gate = 0x85, data = 0xc093,
                        present = 0x80;

/// Words of a 32-bit TSS (SDM volume 3, figure 10-2), and bytes of a 16-bit one.
enum Word : std::uint8_t {
    link = 0,
    esp0 = 1,
    ss0 = 2,
    cr3 = 7,
    eip = 8,
    eflags = 9,
    eax = 10,
    ecx = 11,
    edx = 12,
    ebx = 13,
    esp = 14,
    ebp = 15,
    esi = 16,
    edi = 17,
    es_word = 18,
    cs_word = 19,
    ss_word = 20,
    ds_word = 21,
    fs_word = 22,
    gs_word = 23,
    ldt_word = 24,
    trap = 25,
};

alignas(128) constinit std::array<std::uint32_t, 26> other{};
alignas(128) constinit std::array<std::uint16_t, 22> other_16{};
alignas(16) constinit std::array<std::uint8_t, 2048> other_stack{}, other_inner_stack{};
alignas(64) constinit std::array<std::uint8_t, 128> code{};
alignas(8) constinit std::array<std::uint64_t, 4> ldt_table{};
constexpr std::size_t other_code = 64;

template <class T>
[[nodiscard]] std::uint32_t address(const T& object) {
    return static_cast<std::uint32_t>(reinterpret_cast<std::uint64_t>(&object));
}

[[nodiscard]] std::uint32_t put(std::size_t offset, const Code& bytes) {
    __builtin_memcpy(code.data() + offset, bytes.bytes.data(), bytes.size);
    code[offset + bytes.size] = 0x0f;  // UD2
    code[offset + bytes.size + 1] = 0x0b;
    return address(code[offset]);
}

constexpr Code jump_to(std::uint16_t selector) { return {0xea, 0, 0, 0, 0, selector & 0xff, selector >> 8}; }
constexpr Code call_to(std::uint16_t selector) { return {0x9a, 0, 0, 0, 0, selector & 0xff, selector >> 8}; }
constexpr Code int_task{0xcd, task_vector}, iret{0xcf};

/// Two tasks that are ready to begin, and the one that runs. The other's code shows CR0, DR7 and EFLAGS in EAX, ECX,
/// EDX.
constexpr Code show{0x0f, 0x20, 0xc0, 0x0f, 0x21, 0xf9, 0x9c, 0x5a};

[[nodiscard]] LegacyTrial prepare(const Code& begin, const Code& there = show) {
    LegacyTrial trial = legacy_trial_at(put(0, begin));
    trial.eax = 0x1111'1111;
    trial.ecx = 0x2222'2222;
    trial.edx = 0x3333'3333;
    trial.ebx = 0x4444'4444;
    trial.esi = 0x5555'5555;
    trial.edi = 0x6666'6666;
    other = {};
    other[eip] = put(other_code, there);
    other[eflags] = rflags_always;
    other[esp] = address(other_stack) + sizeof other_stack;
    other[esp0] = address(other_inner_stack) + sizeof other_inner_stack;
    other[ss0] = s::data32;
    other[ebx] = 0xb0b0'b0b0;
    other[ebp] = 0xb1b1'b1b1;
    other[esi] = 0xb2b2'b2b2;
    other[edi] = 0xb3b3'b3b3;
    other[cs_word] = s::code32;
    other[ss_word] = other[ds_word] = other[es_word] = s::data32;
    other[trap] = sizeof other << 16;
    other_16 = {};
    other_16[7] = static_cast<std::uint16_t>(other_code);  // IP
    other_16[8] = rflags_always;                           // FLAGS
    other_16[12] = 0xb0b0;                                 // BX
    other_16[13] = 0x0f00;                                 // SP
    legacy_descriptor(other_selector) = descriptor(address(other), sizeof other - 1, task_32);
    legacy_descriptor(other_16_selector) = descriptor(address(other_16), sizeof other_16 - 1, task_16);
    legacy_descriptor(gate_selector) = std::uint64_t{other_selector} << 16 | task_gate << 40;
    ldt_table = {0, descriptor(0, 0xf'ffff, data), 0, 0};
    legacy_descriptor(ldt_selector) = descriptor(address(ldt_table), sizeof ldt_table - 1, ldt);
    legacy_descriptor(spoilt_selector) = 0;
    legacy_gate(task_vector) = std::uint64_t{other_selector} << 16 | task_gate << 40;
    legacy_task()[link] = 0;
    return trial;
}

[[nodiscard]] bool is_busy(std::uint16_t selector) { return (legacy_descriptor(selector) >> 41 & 1) != 0; }

/// What the main task has left in its TSS. `behind`: bytes from its begin on.
void expect_saved(Account& account, const LegacyTrial& begin, std::uint32_t behind) {
    const auto& main = legacy_task();
    account.expect("saved EIP", main[eip], begin.eip + behind);
    account.expect("saved EFLAGS", main[eflags] & ~rflags_rf, begin.eflags);
    account.expect("saved EAX", main[eax], begin.eax);
    account.expect("saved ECX", main[ecx], begin.ecx);
    account.expect("saved EDX", main[edx], begin.edx);
    account.expect("saved EBX", main[ebx], begin.ebx);
    account.expect("saved ESP", main[esp], begin.esp);
    account.expect("saved ESI", main[esi], begin.esi);
    account.expect("saved EDI", main[edi], begin.edi);
    account.expect("saved CS", main[cs_word] & 0xffff, s::code32);
    account.expect("saved SS", main[ss_word] & 0xffff, s::data32);
    account.expect("saved DS", main[ds_word] & 0xffff, s::data32);
}

/// That the other task has shown what it has, up to UD2.
void expect_there(Account& account, const LegacyTrial& end, bool nested) {
    account.expect("events", end.count, 1);
    account.expect("vector at the end", end.last().vector, ud);
    account.expect("EIP", end.last().eip, other[eip] + show.size);
    account.expect("task register", end.last().tr, other_selector);
    account.expect("CR0.TS", end.eax & cr0::ts, cr0::ts);
    account.expect("local breakpoints in DR7", end.ecx & 0x155, 0);
    account.expect("global breakpoints in DR7", end.ecx & 0x2aa, 0x202);
    account.expect("EFLAGS.NT", end.edx & eflags_nt, nested ? eflags_nt : 0);
    account.expect("EBX", end.ebx, 0xb0b0'b0b0);
    account.expect("ESI", end.esi, 0xb2b2'b2b2);
    account.expect("EDI", end.edi, 0xb3b3'b3b3);
    account.expect("the new task is busy", is_busy(other_selector) ? 1 : 0, 1);
}

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
    Check{"task switches: faults", check_faults},
};

}  // namespace

const std::span<const Check> task_checks{checks};

}  // namespace vmxspec::demo
