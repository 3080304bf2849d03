/// Single steps and breakpoints at instructions that the hypervisor executes in L1's place: each #DB comes once, at its
/// place, whatever shadow the instruction before has thrown.
#include <algorithm>
#include <array>

#include "hv/demo/check.hpp"
#include "hv/demo/features.hpp"
#include "hv/demo/trial.hpp"
#include "runtime/cpu/control_register.hpp"
#include "runtime/cpu/descriptor_tables.hpp"
#include "runtime/cpu/msr.hpp"
#include "runtime/io/console.hpp"

namespace vmxspec::demo {

namespace {

using runtime::console;
using runtime::Decimal;
using runtime::Hex;
using runtime::print;

constexpr std::uint64_t db = 1, gp = 13, ud = 6;
constexpr std::uint64_t dr6_empty = 0xffff'0ff0, dr6_bs = 1U << 14;

/// An instruction, and its operands in RAX, RCX and RDX. RBX is for MOV SS.
struct Row {
    std::string_view name;
    Code code;
    std::uint64_t rax, rcx, rdx;
    const Feature* feature;
    std::uint64_t vector;  ///< none, or what it raises
};

/// Filled in by what the machine has now.
[[nodiscard]] std::array<Row, 13> instructions() {
    const std::uint64_t cr0_now = runtime::read_cr0(), cr4_now = runtime::read_cr4();
    const auto low = [](std::uint32_t index) { return runtime::read_msr(index).value_or(0) & 0xffff'ffff; };
    const auto high = [](std::uint32_t index) { return runtime::read_msr(index).value_or(0) >> 32; };
    const bool has_control = runtime::read_msr(msr::ia32_feature_control).has_value();
    return {{{"NOP", {0x90}, 0, 0, 0, nullptr, none},
             {"CPUID", {0x0f, 0xa2}, 0, 0, 0, nullptr, none},
             {"XSETBV", {0x0f, 0x01, 0xd1}, 1, 0, 0, &feature::xsave, none},
             {"XSETBV of 0", {0x0f, 0x01, 0xd1}, 0, 0, 0, &feature::xsave, gp},
             {"RDMSR", {0x0f, 0x32}, 0, msr::ia32_feature_control, 0, nullptr, has_control ? none : gp},
             {"WRMSR of a bad value", {0x0f, 0x30}, msr::bad_type, msr::ia32_mtrr_def_type, 0, &feature::mtrr, gp},
             {"WRMSR",
              {0x0f, 0x30},
              low(msr::ia32_mtrr_def_type),
              msr::ia32_mtrr_def_type,
              high(msr::ia32_mtrr_def_type),
              &feature::mtrr,
              none},
             {"MOV to CR0", {0x0f, 0x22, 0xc0}, cr0_now ^ cr0::ne, 0, 0, nullptr, none},
             {"MOV to CR0 of a bad value", {0x0f, 0x22, 0xc0}, (cr0_now | cr0::nw) ^ cr0::ne, 0, 0, nullptr, gp},
             {"MOV to CR4", {0x0f, 0x22, 0xe0}, cr4_now, 0, 0, nullptr, none},
             {"CLTS", {0x0f, 0x06}, 0, 0, 0, nullptr, none},
             {"VMXOFF", {0x0f, 0x01, 0xc4}, 0, 0, 0, nullptr, ud},
             {"WBINVD", {0x0f, 0x09}, 0, 0, 0, nullptr, none}}};
}

/// What precedes the instruction, and whether the step over that shows.
struct Shadow {
    std::string_view name;
    Code code;
    bool steps;
};
constexpr std::array shadows{
    Shadow{"nothing", {}, false}, Shadow{"NOP", {0x90}, true}, Shadow{"STI", {0xfb}, true},
    Shadow{"MOV SS", {0x8e, 0xd3}, false},  // from EBX
};

constexpr Code two_nops{0x90, 0x90};

class Expected {
public:
    void add(std::uint64_t vector, std::uint64_t rip, std::uint64_t dr6) {
        events_[count_++] = {vector, 0, rip, 0, 0, dr6};
    }

    /// Says, if a trial went otherwise, how it should have gone and how it went.
    void compare(Account& account, std::string_view instruction, std::string_view circumstance, const Trial& trial) {
        const std::span<const Event> seen{trial.events.data(), std::min(trial.count, trial.events.size())};
        bool same = trial.count == count_;
        for (std::size_t n = 0; same && n < count_; ++n) {
            same = seen[n].vector == events_[n].vector && seen[n].rip == events_[n].rip &&
                   (seen[n].vector != db || (seen[n].dr6 == events_[n].dr6 && (seen[n].rflags & rflags_rf) == 0));
        }
        if (!same) {
            account.fail();
            print(console, "  ", instruction, " behind ", circumstance, ", expected:\n");
            list({events_.data(), count_});
            print(console, "  and saw:\n");
            list(seen);
        }
    }

private:
    static void list(std::span<const Event> events) {
        for (const Event& event : events) {
            print(console, "    vector ", Decimal{event.vector}, ", RIP ", Hex{event.rip}, "H, RFLAGS ",
                  Hex{event.rflags}, "H, DR6 ", Hex{event.dr6}, "H\n");
        }
    }

    std::array<Event, 16> events_{};
    std::size_t count_ = 0;
};

[[nodiscard]] Trial trial_of(const Code& code, const Row& row) {
    return trial_at(place(code), {row.rax, row.rcx, row.rdx, runtime::selector::data, 0, 0});
}

/// Runs with control registers as they have to be, and then as they were.
template <class Body>
void with_registers(Body body) {
    const std::uint64_t cr0_before = runtime::read_cr0(), cr4_before = runtime::read_cr4();
    runtime::write_cr4(cr4_before | (has(feature::xsave) ? cr4::osxsave : 0));
    for (const Row& row : instructions()) {
        if (row.feature == nullptr || has(*row.feature)) {
            body(row);
            runtime::write_cr0(cr0_before);
        }
    }
    runtime::write_cr4(cr4_before);
}

/// TF is 1 from the first instruction on.
void check_single_step(Account& account) {
    with_registers([&](const Row& row) {
        for (const Shadow& shadow : shadows) {
            Trial trial = trial_of(shadow.code + row.code + two_nops, row);
            trial.rflags |= rflags_tf;
            const std::uint64_t at = trial.rip + shadow.code.size, behind = at + row.code.size;
            Expected expected;
            if (shadow.steps) {
                expected.add(db, at, dr6_empty | dr6_bs);
            }
            if (row.vector != none) {
                expected.add(row.vector, at, 0);
            } else {
                for (std::uint64_t n = 0; n <= two_nops.size; ++n) {
                    expected.add(db, behind + n, dr6_empty | dr6_bs);
                }
                expected.add(ud, behind + two_nops.size, 0);
            }
            run(trial);
            expected.compare(account, row.name, shadow.name, trial);
        }
    });
}

void set_breakpoint(unsigned number, std::uint64_t address, std::uint64_t type, std::uint64_t length) {
    switch (number) {
        case 0: asm volatile("mov %0, %%dr0" : : "r"(address)); break;
        case 1: asm volatile("mov %0, %%dr1" : : "r"(address)); break;
        default: asm volatile("mov %0, %%dr2" : : "r"(address)); break;
    }
    runtime::write_dr7(runtime::read_dr7() | std::uint64_t{2} << 2 * number | type << (16 + 4 * number) |
                       length << (18 + 4 * number));
}

/// DR6 may name a breakpoint that is turned off, so the addresses go too.
void clear_breakpoints() {
    runtime::write_dr7(0x400);
    asm volatile("mov %0, %%dr0\n\tmov %0, %%dr1\n\tmov %0, %%dr2" : : "r"(std::uint64_t{0}));
}

/// Breakpoints on the instruction and on the one behind it: RFLAGS.RF covers the first only.
void check_instruction_breakpoints(Account& account) {
    constexpr std::uint64_t execute = 0;
    with_registers([&](const Row& row) {
        Trial trial = trial_of(two_nops + row.code + two_nops, row);
        const std::uint64_t at = trial.rip + two_nops.size, behind = at + row.code.size;
        set_breakpoint(0, at, execute, 0);
        set_breakpoint(1, behind, execute, 0);
        Expected expected;
        expected.add(db, at, dr6_empty | 1);
        if (row.vector != none) {
            expected.add(row.vector, at, 0);
        } else {
            expected.add(db, behind, dr6_empty | 2);
            expected.add(ud, behind + two_nops.size, 0);
        }
        run(trial);
        clear_breakpoints();
        expected.compare(account, row.name, "two NOPs, with breakpoints at it and behind it", trial);
    });
}

/// A breakpoint on what MOV SS reads: #DB waits until the instruction behind MOV SS is done.
void check_data_breakpoint(Account& account) {
    static constinit std::uint16_t word = runtime::selector::data;
    constexpr std::uint64_t read_write = 3, two_bytes = 1;
    constexpr Code mov_ss{0x8e, 0x16};  // from (RSI)
    with_registers([&](const Row& row) {
        if (row.vector != none) {
            return;  // whether #DB is lost depends on the processor
        }
        Trial trial = trial_of(mov_ss + row.code + two_nops, row);
        trial.registers.rsi = reinterpret_cast<std::uint64_t>(&word);
        const std::uint64_t behind = trial.rip + mov_ss.size + row.code.size;
        set_breakpoint(2, trial.registers.rsi, read_write, two_bytes);
        Expected expected;
        expected.add(db, behind, dr6_empty | 4);
        expected.add(ud, behind + two_nops.size, 0);
        run(trial);
        clear_breakpoints();
        expected.compare(account, row.name, "MOV SS with a breakpoint on its operand", trial);
    });
}

/// EPT violations: a write of an MTRR makes the hypervisor forget its EPT, and what is read then is far from all else.
/// Behind MOV SS the step stays pending while the page is mapped; so does a breakpoint on what MOV SS reads.
void check_ept_violations(Account& account) {
    static constinit std::uint16_t word = runtime::selector::data;
    if (!has(feature::mtrr)) {
        return account.skip("no MTRRs");
    }
    constexpr Code wrmsr{0x0f, 0x30}, mov_ss{0x8e, 0xd3}, mov_ss_memory{0x8e, 0x17}, load{0x8a, 0x06};  // (RDI), (RSI)
    constexpr std::uint64_t far = std::uint64_t{9} << 20, read_write = 3, two_bytes = 1;
    const std::uint64_t type = runtime::read_msr(msr::ia32_mtrr_def_type).value_or(0);
    const TrialRegisters registers{type & 0xffff'ffff,
                                   msr::ia32_mtrr_def_type,
                                   type >> 32,
                                   runtime::selector::data,
                                   far,
                                   reinterpret_cast<std::uint64_t>(&word)};
    for (const Code& before : {Code{}, Code{0x90}, Code{0xfb}, mov_ss}) {
        const bool silent = before.size == mov_ss.size || before.size == 0;
        Trial trial = trial_at(place(wrmsr + before + load + two_nops), registers);
        trial.rflags |= rflags_tf;
        const std::uint64_t at = trial.rip + wrmsr.size;
        Expected expected;
        expected.add(db, at, dr6_empty | dr6_bs);
        if (!silent) {
            expected.add(db, at + before.size, dr6_empty | dr6_bs);
        }
        for (std::uint64_t n = 0; n <= two_nops.size; ++n) {
            expected.add(db, at + before.size + load.size + n, dr6_empty | dr6_bs);
        }
        expected.add(ud, at + before.size + load.size + two_nops.size, 0);
        run(trial);
        expected.compare(account, "a load", "WRMSR and a shadow, in single steps", trial);
    }
    Trial trial = trial_at(place(wrmsr + mov_ss_memory + load + two_nops), registers);
    set_breakpoint(2, registers.rdi, read_write, two_bytes);
    const std::uint64_t behind = trial.rip + wrmsr.size + mov_ss_memory.size + load.size;
    Expected expected;
    expected.add(db, behind, dr6_empty | 4);
    expected.add(ud, behind + two_nops.size, 0);
    run(trial);
    clear_breakpoints();
    expected.compare(account, "a load", "WRMSR and MOV SS with a breakpoint on its operand", trial);
}

/// Debug registers are nobody's but L1's: a VM exit leaves them.
void check_registers(Account& account) {
    constexpr std::uint64_t dr0 = 0x1234'5678, dr7 = 0x700;  // GE and LE, no breakpoint
    asm volatile("mov %0, %%dr0" : : "r"(dr0));
    runtime::write_dr7(dr7);
    static_cast<void>(runtime::cpuid(0));
    std::uint64_t seen;
    asm volatile("mov %%dr0, %0" : "=r"(seen));
    account.expect("DR0", seen, dr0);
    account.expect("DR7", runtime::read_dr7(), dr7);
    runtime::write_dr7(0x400);
}

constexpr std::array checks{
    Check{"debugging: single steps, behind each shadow", check_single_step},
    Check{"debugging: breakpoints on instructions", check_instruction_breakpoints},
    Check{"debugging: a breakpoint on the operand of MOV SS", check_data_breakpoint},
    Check{"debugging: EPT violations in shadows", check_ept_violations},
    Check{"debugging: registers survive VM exits", check_registers},
};

}  // namespace

const std::span<const Check> debug_checks{checks};

}  // namespace vmxspec::demo
