/// L1's GDT and IDT in legacy mode, and its processor after a VM exit.
#include "runtime/cpu/control_register.hpp"
#include "runtime/cpu/msr.hpp"
#include "tests/bochs/hv/legacy.hpp"

namespace vmxspec::legacy {

using runtime::at;
using runtime::PhysicalAddress;

namespace {

alignas(8) constinit std::array<std::uint64_t, 10> gdt{};
alignas(8) constinit std::array<std::uint64_t, 32> idt{};

/// A data or code segment (SDM volume 3A, figure 3-8).
[[nodiscard]] constexpr std::uint64_t segment(std::uint64_t base, std::uint64_t limit, std::uint64_t rights) {
    return (limit & 0xffff) | (base & 0xff'ffff) << 16 | (rights & 0xff) << 40 | (limit >> 16 & 0xf) << 48 |
           (rights >> 12 & 0xf) << 52 | (base >> 24) << 56;
}

}  // namespace

void make_tables() {
    constexpr std::uint64_t writable = 0x4093, read_only = 0x4091, expand_down = 0x4097;
    constexpr std::uint64_t first_own = 7;  // behind those of the runtime that are used
    const auto* const own = at<const std::uint64_t>(PhysicalAddress{runtime::descriptor_tables.gdt_base()});
    for (std::size_t n = 0; n < first_own; ++n) {
        gdt[n] = own[n];
    }
    gdt[selector::window / 8] = segment(window, 0x1fff, writable);
    gdt[selector::read_only / 8] = segment(window, 0xfff, read_only);
    gdt[selector::expand_down / 8] = segment(window, 0xfff, expand_down);
    struct Handler {
        std::size_t vector;
        void (*begin)();
    };
    for (const Handler& handler : {Handler{6, legacy_exception_6}, Handler{12, legacy_exception_12},
                                   Handler{13, legacy_exception_13}, Handler{14, legacy_exception_14}}) {
        constexpr std::uint64_t gate = 0x8e00;
        const std::uint64_t place = reinterpret_cast<std::uint64_t>(handler.begin);
        idt[handler.vector] =
            (place & 0xffff) | std::uint64_t{runtime::selector::code32} << 16 | gate << 32 | (place >> 16) << 48;
    }
    legacy_setup.gdt = {sizeof gdt - 1, reinterpret_cast<std::uint64_t>(gdt.data())};
    legacy_setup.idt = {sizeof idt - 1, reinterpret_cast<std::uint64_t>(idt.data())};
}

Seen host_state(const Paging& paging) {
    constexpr std::uint64_t lme_lma = 1U << 8 | 1U << 10;
    constexpr Word table_limit = 0xffff;
    const auto table_register = [](std::uint64_t base) {
        const auto low = static_cast<Word>(base);
        return std::array<Word, 2>{table_limit | low << 16, low >> 16};
    };
    Seen host{};
    for (Word n = 0; n < host.general.size(); ++n) {
        host.general[n] = 0x1020'3040 * (n + 1);
    }
    host.eflags = 2;
    host.esp = static_cast<Word>(reinterpret_cast<std::uint64_t>(&legacy_stack_end));
    host.fs_word = fs_word;
    host.far_word = first_far_word;
    host.cr0 = static_cast<Word>(runtime::read_cr0());
    host.cr3 = paging.cr3;
    host.cr4 = paging.cr4;
    host.dr7 = 0x400;
    host.cs = runtime::selector::code32;
    host.ss = host.ds = host.es = runtime::selector::data32;
    host.fs = selector::window;
    host.gs = selector::read_only;
    host.tr = runtime::selector::task;
    host.gdtr = table_register(legacy_setup.gdt.base);
    host.idtr = table_register(legacy_setup.idt.base);
    host.efer = static_cast<Word>(runtime::read_msr(runtime::msr::ia32_efer).value_or(0) & ~lme_lma);
    host.sysenter_cs = 0x28;
    host.sysenter_esp = 0x1357'9bdf;
    host.sysenter_eip = 0x8765'4321;
    host.l2_esp = l2_esp;
    return host;
}

}  // namespace vmxspec::legacy
