/// A hypervisor in legacy protected mode, with 32-bit and with PAE paging: an "i386" one. Each VMX instruction is
/// executed with operands in registers and in memory, good and bad (legacy_trials.S); then L2 is entered, with 32-bit
/// or PAE paging and with EPT or without, round after round, and after each VM exit L1's processor is looked at, and
/// L2's registers. Command line: rounds=N, of each of eight ways; or `abort`: a VM exit that is a VMX abort.
#include "tests/bochs/hv/legacy.hpp"

#include "runtime/boot/kernel.hpp"
#include "runtime/cpu/control_register.hpp"
#include "runtime/cpu/vmx_operation.hpp"
#include "runtime/io/console.hpp"
#include "tests/bochs/hv/command_line.hpp"
#include "tests/bochs/hv/l1_vmcs.hpp"
#include "tests/bochs/hv/tally.hpp"

namespace vmxspec::legacy {

namespace {

using runtime::at;
using runtime::console;
using runtime::Decimal;
using runtime::Hex;
using runtime::PageAllocator;
using runtime::PhysicalAddress;
using runtime::raw;

constexpr Word default_rounds = 500;

constinit l1::Tally tally;
constinit std::string_view way = "";

void fill(const WindowPages& pages) {
    for (const PhysicalAddress page : pages) {
        __builtin_memset(at<void>(page), static_cast<int>(filling & 0xff), runtime::page_size);
    }
    at<Word>(pages[0])[fs_offset / sizeof(Word)] = fs_word;
}

/// Accessed and dirty flags that only VMX instructions could set.
void judge_flags(const Paging& paging, bool is_pae) {
    constexpr std::uint64_t accessed = 1U << 5, dirty = 1U << 6;
    const PhysicalAddress table{paging.window_table};
    const auto flags = [&](std::uint64_t n) {
        const std::uint64_t entry = is_pae ? at<std::uint64_t>(table)[n] : at<std::uint32_t>(table)[n];
        return entry & (accessed | dirty);
    };
    expect("flags of what is no page", flags(2), 0);
    expect("flags of a page that VMREAD writes to", flags(6), accessed | dirty);
    expect("flags of a page that VMWRITE reads", flags(7), accessed);
}

void judge_rounds(Word rounds, const Seen& expected) {
    expect("how far it has come", legacy_place, 0);
    if (legacy_place != 0) {
        print(console, "exception ", Decimal{legacy_caught.vector}, ", error code ", Hex{legacy_caught.error_code},
              "H, address ", Hex{legacy_caught.address}, "H\n");
    }
    expect("rounds", legacy_done_rounds, rounds);
    expect("rounds in which something is not so", legacy_bad_rounds, 0);
    if (legacy_bad_rounds == 0) {
        tally.pass(legacy_done_rounds);
        return;
    }
    const auto* const seen = reinterpret_cast<const Word*>(&legacy_first_bad);
    const auto* const should = reinterpret_cast<const Word*>(&expected);
    for (std::size_t n = 0; n < sizeof(Seen) / sizeof(Word); ++n) {
        print(console, "word ", Decimal{n}, " of the first: ", Hex{seen[n]}, "H, at the begin ", Hex{should[n]}, "H\n");
    }
}

struct Machine {
    PageAllocator& pages;
    PhysicalAddress vmxon_region, vmcs;
    WindowPages in_window, far_pages;
    std::uint64_t eptp;
};

void run(const Machine& machine, bool is_pae, bool l2_is_pae, bool has_ept, Word rounds, Word toggled_too = 0) {
    constexpr std::array<Word, pieces> exit_reasons{10, 18, 30, 12, 31, 13, 0x8000'0021};
    const auto paging = [&](bool pae) {
        return pae ? paging_pae(machine.pages, machine.in_window, machine.far_pages)
                   : paging32(machine.pages, machine.in_window, machine.far_pages);
    };
    const Paging own = paging(is_pae);
    const Seen host = host_state(own);
    fill(machine.in_window);
    legacy_setup.vmxon_region = raw(machine.vmxon_region);
    legacy_setup.vmcs = raw(machine.vmcs);
    legacy_setup.cr3 = own.cr3;
    legacy_setup.cr4 = own.cr4;
    legacy_setup.field_count = write_fields(host, paging(l2_is_pae), l2_is_pae, has_ept ? machine.eptp : 0);
    legacy_setup.rounds = rounds;
    legacy_setup.toggled = own.toggled;
    legacy_setup.toggled_bits = own.toggled_bits | toggled_too;
    legacy_setup.toggled_word = first_far_word ^ second_far_word;
    legacy_setup.exit_reasons = exit_reasons;
    legacy_expected = host;
    legacy_trial_count = legacy_bad_rounds = legacy_done_rounds = 0;
    legacy_caught = {};
    legacy_run();
    judge_rounds(rounds, host);
    for (Word n = 0; n < legacy_setup.field_count; ++n) {
        expect("a field, by VMREAD to a register", legacy_read_back[n].in_register, legacy_fields[n].value);
        expect("a field, by VMREAD to memory", legacy_read_back[n].in_memory, legacy_fields[n].value);
    }
    judge_trials(static_cast<Word>(raw(machine.vmcs)), is_pae);
    judge_flags(own, is_pae);
}

}  // namespace

void expect(std::string_view what, std::uint64_t seen, std::uint64_t expected) {
    tally.expect(seen, expected, way, ": ", what);
}

}  // namespace vmxspec::legacy

void vmxspec::runtime::kernel_main(const BootInformation& boot, PageAllocator& pages) {
    using namespace legacy;
    const auto page = [&] { return l1::zeroed_page(pages); };
    l1::Ept ept{pages};
    ept.map_identity();
    const Machine machine{pages, page(), page(), {page(), page()}, {page(), page()}, ept.pointer()};
    *at<Word>(machine.far_pages[0]) = first_far_word;
    *at<Word>(machine.far_pages[1]) = second_far_word;
    *at<Word>(machine.vmcs) = vmcs_revision();
    // What VMX operation fixes stays so; the processor enters it anew in legacy mode.
    if (const auto refusal = enter_vmx_operation(machine.vmxon_region)) {
        refuse(sentence(*refusal));
    }
    if (vmxoff() != VmxOutcome::succeed) {
        refuse("VMXOFF has failed");
    }
    make_tables();
    if (boot.command_line().ends_with("abort")) {
        constexpr Word reserved = 1U << 1;  // of a PDPTE that the first VM exit is to load (SDM 30.5.4)
        run(machine, true, false, false, 1, reserved);
        refuse("the VM exit has loaded a PDPTE with a reserved bit");
    }
    const auto rounds = static_cast<Word>(l1::number_behind(boot.command_line(), "rounds=", default_rounds));
    for (unsigned n = 0; n < 8; ++n) {
        static constexpr std::array<std::string_view, 8> ways{
            "L1 32-bit, L2 32-bit",      "L1 PAE, L2 32-bit",      "L1 32-bit, L2 PAE",      "L1 PAE, L2 PAE",
            "L1 32-bit, L2 32-bit, EPT", "L1 PAE, L2 32-bit, EPT", "L1 32-bit, L2 PAE, EPT", "L1 PAE, L2 PAE, EPT"};
        way = ways[n];
        run(machine, (n & 1) != 0, (n & 2) != 0, (n & 4) != 0, rounds);
    }
    tally.close("legacy");
}
