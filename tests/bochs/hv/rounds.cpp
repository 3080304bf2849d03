/// A hypervisor that enters its guest round after round, on one or two processors, with timer interrupts and NMIs at
/// any time, and looks after each round at all that must be so: the VM exit and what it tells, every register of the
/// guest's, MSRs of both, and in the end that no interrupt was lost or came twice. Every so many rounds it takes other
/// controls. It is a program of 64 bits and one of 32 bits, with 32-bit or with PAE paging, as L2 then has by turns.
/// Command line: rounds=N processors=N pae=N (0 or 1); `hv` first: there is a hypervisor beneath; levels=N: so many
/// are.
#include <array>
#include <string_view>

#include "runtime/boot/kernel.hpp"
#include "runtime/cpu/control_register.hpp"
#include "runtime/cpu/msr.hpp"
#include "runtime/cpu/start_up.hpp"
#include "runtime/io/console.hpp"
#include "tests/bochs/hv/command_line.hpp"
#include "tests/bochs/hv/rounds_host.hpp"

namespace vmxspec::l1 {

namespace {

using runtime::console;
using runtime::Decimal;

constinit std::array<Host, most_processors> hosts{};

constinit std::uint64_t rounds = 10'000;
alignas(16) constinit std::array<std::byte, 32768> second_stack{};

void second_processor(void* /*argument*/) {
    begin(processors[1]);
    hosts[1].run(processors[1], rounds);
    __atomic_store_n(&processors[1].done, true, __ATOMIC_SEQ_CST);
    for (;;) {
        asm volatile("pause");
    }
}

void report(std::string_view what, Word in_l1, Word in_l2, Word by_exit) {
    print(console, what, ": ", Decimal{in_l1}, " in L1, ", Decimal{in_l2}, " in L2, ", Decimal{by_exit},
          " by a VM exit\n");
    expect(in_l2 != 0 && by_exit != 0, "interrupts that have come in L2", in_l2, by_exit);
}

}  // namespace

}  // namespace vmxspec::l1

void vmxspec::runtime::kernel_main(const BootInformation& boot, PageAllocator& pages) {
    using namespace l1;
    l1::rounds = number_behind(boot.command_line(), "rounds=", l1::rounds);
    hypervisors = number_behind(boot.command_line(), "levels=", boot.command_line().starts_with("hv") ? 1 : 0);
    const bool two = number_behind(boot.command_line(), "processors=", 1) == 2;
    Ept ept{pages};
    ept.map_identity();
    ept.unmap_large(nothing_there);
    const bool has_pae = number_behind(boot.command_line(), "pae=", 1) != 0;
    const Paging own = is_64_bit ? Paging::four_levels : has_pae ? Paging::pae : Paging::two_levels;
    for (std::size_t n = 0; n < most_processors; ++n) {
        processors[n].id = static_cast<std::uint32_t>(n);
        processors[n].random = 0x9e37'79b9'7f4a'7c15 + n;
        hosts[n].prepare(pages, own, ept.pointer());
        hosts[n].set_two(two);
    }
    begin(processors[0]);
    const auto page = start_up_page(boot.usable());
    if (two && page) {
        constexpr std::uint64_t lma = 1U << 10;
        const StartUpPage start{*page, read_cr3(), read_msr(msr::ia32_efer).value_or(0) & ~lma};
        constexpr std::array<std::uint32_t, 1> second{1};
        if (start.start(apic(), second) != 1) {
            refuse("the second processor does not start");
        }
        static constinit Errand errand{second_stack.data() + second_stack.size(), second_processor, nullptr};
        send_on(0, errand);
    }
    hosts[0].run(processors[0], l1::rounds);
    while (two && !__atomic_load_n(&processors[1].done, __ATOMIC_SEQ_CST)) {
        asm volatile("pause");
    }
    for (std::size_t n = 0; n < (two ? most_processors : 1); ++n) {
        const Processor& p = processors[n];
        expect_equal("NMIs that have come", p.nmis(), p.nmis_sent);
        l1::report("timer interrupts", p.ticks_in_l1, p.ticks_in_l2, p.ticks_by_exit);
        l1::report("NMIs", p.nmis_in_l1, p.nmis_in_l2, p.nmis_by_exit);
        expect(p.ticks_in_l1 != 0 && (!two || p.nmis_in_l1 != 0), "interrupts that have come in L1", p.ticks_in_l1, 1);
    }
    const Account all = account();
    print(console, "rounds: ", Decimal{all.passed}, " checks passed, ", Decimal{all.failed}, " failed, 0 skipped\n");
}
