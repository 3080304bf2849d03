#include "hv/demo/legacy.hpp"

#include <algorithm>

#include "hv/demo/features.hpp"
#include "runtime/cpu/control_register.hpp"
#include "runtime/io/console.hpp"
#include "runtime/memory/address.hpp"

extern "C" {
// legacy.S
void vmxspec_demo_legacy(vmxspec::demo::LegacyTrial* trial);
extern const char vmxspec_demo_legacy_stubs[];  // NOLINT(*-avoid-c-arrays)

struct [[gnu::packed]] LegacyTablePointer {
    std::uint16_t limit;
    std::uint64_t base;
};
constinit LegacyTablePointer vmxspec_demo_legacy_gdt_pointer{}, vmxspec_demo_legacy_idt_pointer{};
}

namespace vmxspec::demo {

namespace {

using runtime::console;
using runtime::Decimal;
using runtime::Hex;
using runtime::print;

constexpr std::size_t stub_size = 16;
constexpr std::uint64_t flat = 0xf'ffff;
// Rights as descriptors have them in bits 55:40, without the limit: G, D or L, P, DPL, S, type.
constexpr std::uint64_t code32_rights = 0xc09b, data32_rights = 0xc093, code16_rights = 0x009b, data16_rights = 0x0093,
                        user_code_rights = 0xc0fb, user_data_rights = 0xc0f3, code64_rights = 0xa09b,
                        available_task_rights = 0x0089;
constexpr std::uint64_t interrupt_gate_32 = 0x8e00;

alignas(8) constinit std::array<std::uint64_t, 32> gdt{};
alignas(8) constinit std::array<std::uint64_t, 256> idt{};
alignas(128) constinit std::array<std::uint32_t, 26> task{};
alignas(16) constinit std::array<std::uint8_t, 4096> trial_stack{}, exception_stack{};
constinit std::array<std::uint8_t, low_size> kept_low_memory{};

[[nodiscard]] std::uint64_t address(const void* object) { return reinterpret_cast<std::uint64_t>(object); }

void prepare() {
    namespace s = legacy_selector;
    gdt[s::code32 / 8] = descriptor(0, flat, code32_rights);
    gdt[s::data32 / 8] = descriptor(0, flat, data32_rights);
    gdt[s::code16 / 8] = descriptor(low_base, 0xffff, code16_rights);
    gdt[s::data16 / 8] = descriptor(low_base, 0xffff, data16_rights);
    gdt[s::user_code / 8] = descriptor(0, flat, user_code_rights);
    gdt[s::user_data / 8] = descriptor(0, flat, user_data_rights);
    gdt[s::code64 / 8] = descriptor(0, flat, code64_rights);
    gdt[s::task / 8] = descriptor(address(task.data()), sizeof task - 1, available_task_rights);
    gdt[s::last_task / 8] = gdt[s::task / 8];
    task[1] = static_cast<std::uint32_t>(address(exception_stack.data() + exception_stack.size()));
    task[2] = s::data32;
    task[25] = sizeof task << 16;  // no I/O permission bitmap
    for (std::size_t vector = 0; vector < idt.size(); ++vector) {
        if (idt[vector] == 0) {
            const std::uint64_t entry = address(vmxspec_demo_legacy_stubs) + vector * stub_size;
            idt[vector] =
                (entry & 0xffff) | std::uint64_t{s::code32} << 16 | interrupt_gate_32 << 32 | (entry >> 16) << 48;
        }
    }
    vmxspec_demo_legacy_gdt_pointer = {sizeof gdt - 1, address(gdt.data())};
    vmxspec_demo_legacy_idt_pointer = {sizeof idt - 1, address(idt.data())};
}

}  // namespace

LegacyTrial legacy_trial_at(std::uint64_t eip) {
    namespace s = legacy_selector;
    LegacyTrial trial{};
    trial.eip = static_cast<std::uint32_t>(eip);
    trial.cs = s::code32;
    trial.eflags = rflags_always;
    trial.esp = static_cast<std::uint32_t>(address(trial_stack.data() + trial_stack.size()));
    trial.ss = trial.ds = trial.es = s::data32;
    trial.cr0 = static_cast<std::uint32_t>(runtime::read_cr0() & ~cr0::pg);
    return trial;
}

void run(LegacyTrial& trial) {
    prepare();
    trial.count = 0;
    vmxspec_demo_legacy(&trial);
}

LowMemory::LowMemory() {
    __builtin_memcpy(kept_low_memory.data(), low(0), low_size);
    __builtin_memset(low(0), 0, low_size);
}

LowMemory::~LowMemory() { __builtin_memcpy(low(0), kept_low_memory.data(), low_size); }

std::uint8_t* LowMemory::low(std::size_t offset) {
    return runtime::at<std::uint8_t>(runtime::PhysicalAddress{low_base}) + offset;
}

std::uint64_t& legacy_descriptor(std::uint16_t selector) { return gdt[selector / 8]; }
std::uint64_t& legacy_gate(unsigned vector) { return idt[vector]; }
std::array<std::uint32_t, 26>& legacy_task() { return task; }

void compare(Account& account, std::string_view what, const LegacyTrial& trial,
             std::span<const LegacyExpected> expected) {
    constexpr std::uint32_t db = 1, dr6_single_step = 0xffff'4ff0;
    bool same = trial.count == expected.size();
    for (std::size_t n = 0; same && n < expected.size(); ++n) {
        const LegacyEvent& seen = trial.events[n];
        same = seen.vector == expected[n].vector && seen.eip == expected[n].eip &&
               (seen.vector != db || seen.dr6 == dr6_single_step);
    }
    if (same) {
        return;
    }
    account.fail();
    print(console, "  ", what, ", expected:\n");
    for (const LegacyExpected& row : expected) {
        print(console, "    vector ", Decimal{row.vector}, ", EIP ", Hex{row.eip}, "H\n");
    }
    print(console, "  and saw:\n");
    for (std::size_t n = 0; n < std::min<std::size_t>(trial.count, trial.events.size()); ++n) {
        const LegacyEvent& event = trial.events[n];
        print(console, "    vector ", Decimal{event.vector}, ", EIP ", Hex{event.eip}, "H, error code ",
              Hex{event.error_code}, "H, CS ", Hex{event.cs}, "H, EFLAGS ", Hex{event.eflags}, "H, CR2 ",
              Hex{event.cr2}, "H, DR6 ", Hex{event.dr6}, "H\n");
    }
}

}  // namespace vmxspec::demo
