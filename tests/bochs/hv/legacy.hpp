/// A test hypervisor in legacy protected mode, with 32-bit or PAE paging: what legacy_code.S and legacy_trials.S are
/// given, and what they find.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "runtime/cpu/descriptor_tables.hpp"
#include "runtime/memory/page_allocator.hpp"

namespace vmxspec::legacy {

// As in legacy_places.inc
inline constexpr std::size_t pieces = 7, most_fields = 128, most_trials = 64;
inline constexpr std::uint32_t window = 0xd000'0000;    ///< pages of 4 KiB, elsewhere
inline constexpr std::uint32_t far_page = 0x8000'0000;  ///< one page, another one in each round
inline constexpr std::uint32_t no_exception = 256;
namespace selector {
inline constexpr std::uint32_t window = 0x38, read_only = 0x40, expand_down = 0x48;
}

using Word = std::uint32_t;

/// The operand of LGDT and LIDT, as it lies in memory.
using runtime::TablePointer;

struct [[gnu::packed]] Setup {
    std::uint64_t vmxon_region, vmcs;
    Word cr3, cr4;
    Word field_count, rounds;
    Word toggled, toggled_bits;             ///< a word of the paging structures, and what changes from round to round
    Word toggled_word;                      ///< what that changes at `far_page`
    std::array<Word, pieces> exit_reasons;  ///< of round N, by N modulo PIECES
    TablePointer gdt, idt;
    Word padding;
};
static_assert(sizeof(Setup) == 96 && offsetof(Setup, toggled) == 32 && offsetof(Setup, exit_reasons) == 44 &&
              offsetof(Setup, gdt) == 72 && offsetof(Setup, idt) == 82);

struct FieldValue {
    Word encoding, value;
};
struct ReadBack {
    Word in_register, in_memory;
};

/// How an instruction has ended.
struct Trial {
    Word vector;  ///< `no_exception`: none
    Word error_code, address;
    Word flags;  ///< EFLAGS behind it
    Word word;   ///< what it should have changed
};
static_assert(sizeof(Trial) == 20);

/// L1's processor after a VM exit, and L2's registers.
struct Seen {
    std::array<Word, 7> general;  ///< EAX, ECX, EDX, EBX, EBP, ESI, EDI: L2's
    Word eflags, esp;
    Word fs_word, far_word;  ///< what is at FS:0, and at `far_page`
    Word cr0, cr3, cr4, dr7;
    Word cs, ss, ds, es, fs, gs, tr, ldtr;
    std::array<Word, 2> gdtr, idtr;
    Word efer, sysenter_cs, sysenter_esp, sysenter_eip;
    Word exit_reason, l2_esp;
};
static_assert(sizeof(Seen) == 132 && offsetof(Seen, cr0) == 44 && offsetof(Seen, tr) == 84 &&
              offsetof(Seen, gdtr) == 92 && offsetof(Seen, efer) == 108 && offsetof(Seen, exit_reason) == 124);

using WindowPages = std::array<runtime::PhysicalAddress, 2>;
/// What their words are at first.
inline constexpr Word filling = 0x5a5a'5a5a;

/// L1's paging: each address below 4 GiB for itself, but for the window and for `far_page`.
struct Paging {
    Word cr3, cr4;
    std::uint64_t window_table;
    Word toggled, toggled_bits;  ///< as in Setup
};
[[nodiscard]] Paging paging32(runtime::PageAllocator& pages, const WindowPages& in_window,
                              const WindowPages& far_pages);
[[nodiscard]] Paging paging_pae(runtime::PageAllocator& pages, const WindowPages& in_window,
                                const WindowPages& far_pages);

/// Says what is not so, and counts.
void expect(std::string_view what, std::uint64_t seen, std::uint64_t expected);

/// Makes the tables, and Setup's pointers to them.
void make_tables();

/// What `far_page` has by turns, and what is where FS begins after a VM exit.
inline constexpr Word first_far_word = 0x1111'1111, second_far_word = 0x2222'2222, fs_word = 0x3333'3333;
/// L1 after each VM exit. L2's registers, and what is in the far page, change from round to round.
[[nodiscard]] Seen host_state(const Paging& paging);

/// Values of fields of L2's
inline constexpr Word gdtr_base = 0x2468'ace0, l2_esp = 0x0badc0de;
/// Where FS begins in the window, after a VM exit.
inline constexpr Word fs_offset = 0x60;

/// Makes `legacy_fields`. \param eptp  0: without EPT, and without "load IA32_EFER". \return how many they are
[[nodiscard]] Word write_fields(const Seen& host, const Paging& l2, bool l2_is_pae, std::uint64_t eptp);

/// Looks at all trials.
void judge_trials(Word vmcs, bool is_pae);

}  // namespace vmxspec::legacy

extern "C" {

/// Goes to legacy protected mode and does all: VMXON, trials, rounds, VMXOFF. `legacy_place` is 0 if it came to the
/// end.
void legacy_run();
void legacy_vm_exit();
void legacy_l2();
void legacy_exception_6();
void legacy_exception_12();
void legacy_exception_13();
void legacy_exception_14();
extern std::uint64_t legacy_stack_end;
extern vmxspec::legacy::Setup legacy_setup;
extern std::array<vmxspec::legacy::FieldValue, vmxspec::legacy::most_fields> legacy_fields;
extern std::array<vmxspec::legacy::ReadBack, vmxspec::legacy::most_fields> legacy_read_back;
extern std::array<vmxspec::legacy::Trial, vmxspec::legacy::most_trials> legacy_trials;
extern vmxspec::legacy::Seen legacy_expected, legacy_seen, legacy_first_bad;
extern vmxspec::legacy::Trial legacy_caught;
extern vmxspec::legacy::Word legacy_trial_count, legacy_bad_rounds, legacy_done_rounds, legacy_place;
}
