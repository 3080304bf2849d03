#include "hv/l1/initial_state.hpp"

#include <array>

#include "hv/l1/control_registers.hpp"
#include "hv/l1/vmcs.hpp"
#include "hv/l1/vmcs_bits.hpp"
#include "runtime/cpu/local_apic.hpp"

namespace vmxspec::hv {

namespace {

constexpr unsigned cs = 1, ldtr = 6, tr = 7;
// Access rights (SDM table 27-2): present; accessed code or data; LDT; busy 32-bit TSS, which SDM 29.3.1.2 wants where
// a processor after INIT has a 16-bit one or none.
constexpr std::uint64_t code = 0x9b, data = 0x93, ldt = 0x82, tss = 0x8b;

struct Row {
    Field field;
    std::uint64_t value;
};

constexpr auto rows = std::array{
    Row{Field::guest_gdtr_limit, 0xffff},
    Row{Field::guest_idtr_limit, 0xffff},
    Row{Field::guest_interruptibility_state, 0},
    Row{Field::guest_ia32_efer, 0},
    Row{Field::guest_cr3, 0},
    Row{Field::guest_gdtr_base, 0},
    Row{Field::guest_idtr_base, 0},
    Row{Field::guest_dr7, 0x400},
    Row{Field::guest_rsp, 0},
    Row{Field::guest_rip, 0xfff0},
    Row{Field::guest_rflags, 2},
    Row{Field::guest_pending_debug_exceptions, 0},
};

using runtime::ApicRegister;
using runtime::LocalApic;

/// A register, its value, and the number of the last LVT entry where it exists (SDM 13.4.8).
struct ApicRow {
    ApicRegister which;
    std::uint32_t value;
    std::uint32_t last_lvt = 0;
};

constexpr std::uint32_t masked = 1U << 16;
constexpr std::array apic_rows{
    ApicRow{ApicRegister::task_priority, 0},           ApicRow{ApicRegister::lvt_cmci, masked, 6},
    ApicRow{ApicRegister::lvt_timer, masked},          ApicRow{ApicRegister::lvt_thermal, masked, 5},
    ApicRow{ApicRegister::lvt_performance, masked, 4}, ApicRow{ApicRegister::lvt_lint0, masked},
    ApicRow{ApicRegister::lvt_lint1, masked},          ApicRow{ApicRegister::lvt_error, masked},
    ApicRow{ApicRegister::initial_count, 0},           ApicRow{ApicRegister::divide_configuration, 0},
};

[[nodiscard]] bool serves_interrupt(const LocalApic& apic) {
    constexpr std::uint32_t words = 8, apart = 0x10;
    std::uint32_t served = 0;
    for (std::uint32_t n = 0; n < words; ++n) {
        served |=
            apic.read(static_cast<ApicRegister>(static_cast<std::uint32_t>(ApicRegister::in_service) + n * apart));
    }
    return served != 0;
}

}  // namespace

void write_state_after_init(std::uint64_t cr0_mask) {
    for (unsigned n = 0; n <= tr; ++n) {
        write(nth(Field::guest_es_selector, n), n == cs ? 0xf000 : 0);
        write(nth(Field::guest_es_base, n), n == cs ? 0xffff'0000 : 0);
        write(nth(Field::guest_es_limit, n), 0xffff);
        write(nth(Field::guest_es_access_rights, n), n == cs ? code : n == ldtr ? ldt : n == tr ? tss : data);
    }
    for (const Row& row : rows) {
        write(row.field, row.value);
    }
    // CD and NW keep their values, which the register has (SDM 29.3.2.1).
    write(Field::guest_cr0, cr0_mask | cr0::et);
    write(Field::cr0_read_shadow, cr0::et);
    write(Field::guest_cr4, cr4::vmxe);
    write(Field::entry_controls, read(Field::entry_controls) & ~entry::ia32e_mode_guest);
}

void reset_local_apic() {
    constexpr std::uint32_t spurious_vector = 0xff, all_ones = ~std::uint32_t{0};
    constexpr unsigned vectors = 256, lvt_count_place = 16;
    const auto apic = LocalApic::current();
    if (!apic) {
        return;
    }
    for (unsigned n = 0; n < vectors && serves_interrupt(*apic); ++n) {
        apic->write(ApicRegister::end_of_interrupt, 0);
    }
    const std::uint32_t last_lvt = apic->read(ApicRegister::version) >> lvt_count_place & 0xff;
    for (const ApicRow& row : apic_rows) {
        if (last_lvt >= row.last_lvt) {
            apic->write(row.which, row.value);
        }
    }
    if (!apic->in_x2apic_mode()) {
        apic->write(ApicRegister::logical_destination, 0);
        apic->write(ApicRegister::destination_format, all_ones);
    }
    apic->write(ApicRegister::spurious_interrupt_vector, spurious_vector);
}

void clear_debug_registers() {
    constexpr std::uint64_t dr6 = 0xffff'0ff0;
    asm volatile(
        "mov %0, %%dr0\n\t"
        "mov %0, %%dr1\n\t"
        "mov %0, %%dr2\n\t"
        "mov %0, %%dr3\n\t"
        "mov %1, %%dr6"
        :
        : "r"(std::uint64_t{0}), "r"(dr6));
}

}  // namespace vmxspec::hv
