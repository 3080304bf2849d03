/// Interrupts straight from the devices, at the place where they belong, and the keyboard controller.
#include <array>

#include "hv/demo/check.hpp"
#include "hv/demo/features.hpp"
#include "hv/demo/interrupts.hpp"
#include "hv/demo/trial.hpp"
#include "runtime/cpu/cpuid.hpp"
#include "runtime/cpu/descriptor_tables.hpp"
#include "runtime/io/port.hpp"

namespace vmxspec::demo {

namespace {

using runtime::Ports;

constexpr std::uint64_t interrupt_flag = rflags_if;

void check_pit(Account& account) {
    for (unsigned n = 0; n < 5; ++n) {
        const std::uint64_t before = interrupts(pit_vector);
        start_pit(1193);
        account.expect("it comes", wait_with_interrupts([&] { return interrupts(pit_vector) != before; }) ? 1 : 0, 1);
        account.expect("once", interrupts(pit_vector), before + 1);
        mask_all();
    }
}

/// Code that runs into an interrupt which waits, and where it is to be interrupted.
struct WaitRow {
    std::string_view name;
    Code code;
    bool flag;  ///< RFLAGS.IF at the begin
    std::uint64_t interrupted_at;
};
constexpr std::array wait_rows{
    WaitRow{"IF", {0x90, 0x90}, true, 0},
    WaitRow{"STI; NOP", {0xfb, 0x90, 0x90}, false, 2},
    WaitRow{"STI; CPUID", {0xfb, 0x0f, 0xa2, 0x90}, false, 3},
    WaitRow{"STI; RDMSR", {0xfb, 0x0f, 0x32, 0x90}, false, 3},
    WaitRow{"STI; MOV SS; CPUID", {0xfb, 0x8e, 0xd3, 0x0f, 0xa2, 0x90}, false, 5},
    WaitRow{"STI; NOP; CPUID", {0xfb, 0x90, 0x0f, 0xa2}, false, 2},
    WaitRow{"STI; CLI; CPUID; STI; NOP", {0xfb, 0xfa, 0x0f, 0xa2, 0xfb, 0x90, 0x90}, false, 6},
    WaitRow{"STI; HLT", {0xfb, 0xf4, 0x90}, false, 2},
};

/// An emulated instruction ends the shadow of STI and MOV SS, and no sooner.
void check_shadows(Account& account) {
    for (const WaitRow& row : wait_rows) {
        const std::uint64_t before = interrupts(pit_vector);
        start_pit(10);
        account.expect("the interrupt waits", pit_waits() ? 1 : 0, 1);
        Trial trial = trial_at(place(row.code), {0, msr::ia32_feature_control, 0, runtime::selector::data, 0, 0});
        trial.rflags |= row.flag ? interrupt_flag : 0;
        const std::uint64_t begin = trial.rip;
        run(trial);
        mask_all();
        const bool wanted = completed(trial, begin, row.code) && interrupts(pit_vector) == before + 1 &&
                            last_interrupted() == begin + row.interrupted_at;
        if (!wanted) {
            account.expect(row.name, last_interrupted(), begin + row.interrupted_at);
            account.expect("  interrupts", interrupts(pit_vector) - before, 1);
            account.expect("  vector at the end", trial.last().vector, 6);
        }
    }
}

/// HLT waits until the interrupt comes.
void check_halt(Account& account) {
    const std::uint64_t before = interrupts(pit_vector);
    start_pit(2000);
    constexpr Code code{0xfb, 0xf4, 0xfa};  // STI; HLT; CLI
    Trial trial = trial_at(place(code));
    const std::uint64_t begin = trial.rip;
    run(trial);
    mask_all();
    account.expect("interrupts", interrupts(pit_vector), before + 1);
    account.expect("it goes on behind HLT", last_interrupted(), begin + 2);
    account.expect("to the end", completed(trial, begin, code) ? 1 : 0, 1);
}

void check_apic_timer(Account& account) {
    constexpr std::uint32_t enabled = 0x100, by_one = 0xb, masked = 1U << 16;
    if (!has(feature::apic)) {
        return account.skip("no local APIC");
    }
    write_apic(apic_spurious, enabled | apic_spurious_vector);
    write_apic(apic_divide, by_one);
    write_apic(apic_timer, apic_timer_vector);
    for (unsigned n = 0; n < 5; ++n) {
        const std::uint64_t before = interrupts(apic_timer_vector);
        write_apic(apic_initial_count, 10'000);
        account.expect("it comes",
                       wait_with_interrupts([&] { return interrupts(apic_timer_vector) != before; }) ? 1 : 0, 1);
        account.expect("once", interrupts(apic_timer_vector), before + 1);
        account.expect("the count", read_apic(apic_current_count), 0);
    }
    write_apic(apic_timer, masked | apic_timer_vector);
}

/// An NMI that the processor sends itself: it comes, however often, and CPUID within the time changes nothing.
void check_nmi(Account& account) {
    constexpr std::uint32_t nmi = 4U << 8, assert_level = 1U << 14;
    constexpr unsigned count = 20, patience = 1'000'000;
    if (!has(feature::apic)) {
        return account.skip("no local APIC");
    }
    for (unsigned n = 0; n < count; ++n) {
        const unsigned before = nmis();
        send_ipi(own_apic_id(), nmi | assert_level);
        for (unsigned wait = 0; wait < patience && nmis() == before; ++wait) {
            static_cast<void>(runtime::cpuid(0));
        }
        account.expect("NMIs", nmis(), before + 1);
    }
}

constexpr std::uint16_t keyboard_data = 0x60, keyboard_status = 0x64;
constexpr std::uint8_t output_full = 1, input_full = 2;

[[nodiscard]] bool wait_for_keyboard(std::uint8_t mask, std::uint8_t value) {
    for (unsigned n = 0; n < 1'000'000; ++n) {
        if ((Ports::in8(keyboard_status) & mask) == value) {
            return true;
        }
    }
    return false;
}

/// A command to the controller that answers with a byte; 100H: it does not.
[[nodiscard]] unsigned command(std::uint8_t code) {
    if (!wait_for_keyboard(input_full, 0)) {
        return 0x100;
    }
    Ports::out8(keyboard_status, code);
    return wait_for_keyboard(output_full, output_full) ? Ports::in8(keyboard_data) : 0x100;
}

void check_keyboard(Account& account) {
    if (Ports::in8(keyboard_status) == 0xff) {
        return account.skip("no keyboard controller");
    }
    while ((Ports::in8(keyboard_status) & output_full) != 0) {
        static_cast<void>(Ports::in8(keyboard_data));
    }
    const unsigned configuration = command(0x20);
    account.expect("its self-test", command(0xaa), 0x55);
    account.expect("the test of its first port", command(0xab), 0);
    account.expect("it takes a command", wait_for_keyboard(input_full, 0) ? 1 : 0, 1);
    Ports::out8(keyboard_status, 0x60);
    account.expect("and its operand", wait_for_keyboard(input_full, 0) ? 1 : 0, 1);
    Ports::out8(keyboard_data, static_cast<std::uint8_t>(configuration));
    account.expect("the configuration", command(0x20), configuration);
}

constexpr std::array checks{
    Check{"interrupts: timer 8254 through the 8259", check_pit},
    Check{"interrupts: behind STI and MOV SS", check_shadows},
    Check{"interrupts: HLT", check_halt},
    Check{"interrupts: local APIC timer", check_apic_timer},
    Check{"interrupts: NMIs from itself", check_nmi},
    Check{"devices: keyboard controller", check_keyboard},
};

}  // namespace

const std::span<const Check> device_checks{checks};

}  // namespace vmxspec::demo
