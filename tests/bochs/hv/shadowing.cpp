/// A hypervisor whose guest is one, too: L2 reads and writes fields of a shadow VMCS (SDM 27.10) with VMREAD and
/// VMWRITE, by registers and in memory. Bitmaps, fields, link pointer and operands are drawn by lot; after each round
/// L2's instruction must have ended as SDM 33.3 says, and the shadow VMCS must have what was written, and nothing else.
/// Command line: rounds=N seed=N. Without VMCS shadowing on the processor, that it is not offered is all there is to
/// see.
#include <array>
#include <optional>
#include <string_view>

#include "runtime/boot/kernel.hpp"
#include "runtime/cpu/control_register.hpp"
#include "runtime/cpu/interrupt_table.hpp"
#include "runtime/cpu/vmx_operation.hpp"
#include "runtime/io/console.hpp"
#include "tests/bochs/hv/command_line.hpp"
#include "tests/bochs/hv/hostile_lot.hpp"
#include "tests/bochs/hv/l1_vmcs.hpp"
#include "tests/bochs/hv/tally.hpp"

extern "C" {
// L2: the field RSI, the operand RAX or [RDI]; CL is CF and DL is ZF behind the instruction.
void shadowing_reads(), shadowing_reads_to_memory(), shadowing_writes(), shadowing_writes_from_memory();
}
asm(R"(
        .macro  instruction name, text:vararg
\name:  \text
        setc    %cl
        setz    %dl
        vmcall
        .endm
        .text
        instruction shadowing_reads, vmread %rsi, %rax
        instruction shadowing_reads_to_memory, vmread %rsi, (%rdi)
        instruction shadowing_writes, vmwrite %rax, %rsi
        instruction shadowing_writes_from_memory, vmwrite (%rdi), %rsi
)");

namespace vmxspec::l1 {

namespace {

using runtime::at;
using runtime::Hex;
using runtime::PageAllocator;
using runtime::raw;
using runtime::VmEntryInstruction;
using runtime::VmxOutcome;

constexpr std::uint64_t activate_secondary = 1U << 31, vmcs_shadowing = 1U << 14;
constexpr std::uint64_t vmread_exit = 23, vmwrite_exit = 25, vmcall = 18, no_link = ~std::uint64_t{0};

// Of each width and type (SDM appendix B). The processor has them all, and keeps every bit that is written.
constexpr std::array<std::uint32_t, 20> fields{0x0800, 0x0802, 0x0c02, 0x2000, 0x2004, 0x2010, 0x2400,
                                               0x2800, 0x2802, 0x4000, 0x4004, 0x4016, 0x4402, 0x4800,
                                               0x4c00, 0x6000, 0x6400, 0x6800, 0x681e, 0x6c16};
// No fields: an index that no field has, reserved bits, the high half of a field that has none.
constexpr std::array<std::uint64_t, 8> no_fields{0x003e, 0x203e << 1, 0x4e7e, 0x6c7e, 0x5000, 0x4001, 0x6801, 0x7ffe};

constinit Tally tally;

void expect(std::string_view what, std::uint64_t encoding, std::uint64_t seen, std::uint64_t expected) {
    tally.expect(seen, expected, what, ", field ", Hex{encoding}, "H");
}

constexpr bool is_64_bit_field(std::uint64_t encoding) { return (encoding >> 13 & 3) == 1; }

[[nodiscard]] std::uint64_t mask_of(std::uint64_t encoding) {
    constexpr std::array<std::uint64_t, 4> masks{0xffff, ~std::uint64_t{0}, 0xffff'ffff, ~std::uint64_t{0}};
    return masks[encoding >> 13 & 3];
}

/// How L2's instruction ends.
enum class Ending : std::uint8_t { exit, fail_invalid, fail_valid, done };

struct Access {
    std::uint64_t encoding, value;
    bool writes, in_memory;
};

class Guardian {
public:
    Guardian(PageAllocator& pages, std::uint64_t seed);
    void round();
    [[nodiscard]] std::uint64_t count(Ending ending) const { return endings_[static_cast<std::size_t>(ending)]; }

private:
    struct Shadow {
        PhysicalAddress region;
        std::array<std::uint64_t, fields.size()> values;
    };

    void write_vmcs();
    /// That shadow VMCS is current until `leave`.
    void visit(const Shadow& shadow) const;
    void leave(const Shadow& shadow) const;
    void change();
    [[nodiscard]] Access draw();
    [[nodiscard]] Ending ending(const Access& access) const;
    void enter(const Access& access);
    void judge(const Access& access);
    void judge_shadow(const Shadow& shadow) const;
    [[nodiscard]] std::uint64_t* value_of(std::uint64_t encoding);

    Lot lot_;
    PhysicalAddress vmcs_{}, vmread_bitmap_{}, vmwrite_bitmap_{}, operand_{}, stack_{};
    std::array<Shadow, 2> shadows_{};
    Shadow* linked_ = nullptr;
    std::array<std::uint64_t, 4> endings_{};
    bool launched_ = false;
    runtime::VmEntryFrame frame_{};
};

Guardian::Guardian(PageAllocator& pages, std::uint64_t seed) : lot_{seed} {
    constexpr std::uint32_t shadow_indicator = std::uint32_t{1} << 31;
    for (Shadow& shadow : shadows_) {
        shadow.region = zeroed_page(pages);
        *at<std::uint32_t>(shadow.region) = runtime::vmcs_revision() | shadow_indicator;
        if (runtime::vmclear(shadow.region) != VmxOutcome::succeed) {
            fail("VMCLEAR of a shadow VMCS has failed");
        }
    }
    for (PhysicalAddress* const page : {&vmcs_, &vmread_bitmap_, &vmwrite_bitmap_, &operand_, &stack_}) {
        *page = zeroed_page(pages);
    }
    write_vmcs();
    for (Shadow& shadow : shadows_) {
        visit(shadow);
        for (std::size_t n = 0; n < fields.size(); ++n) {
            shadow.values[n] = lot_.number() & mask_of(fields[n]);
            set(static_cast<Field>(fields[n]), shadow.values[n]);
        }
        leave(shadow);
    }
}

void Guardian::write_vmcs() {
    constexpr std::uint64_t host_64_bit = 1U << 9, ia32e_mode_guest = 1U << 9;
    make_vmcs(vmcs_);
    set(Field::pin_based_controls, allowed(Field::pin_based_controls, 0));
    set(Field::processor_based_controls, allowed(Field::processor_based_controls, activate_secondary));
    set(Field::secondary_controls, vmcs_shadowing);
    set(Field::exit_controls, allowed(Field::exit_controls, host_64_bit));
    set(Field::entry_controls, allowed(Field::entry_controls, ia32e_mode_guest));
    set(Field::exception_bitmap, 0xffff'ffff);
    set(Field::vmread_bitmap, raw(vmread_bitmap_));
    set(Field::vmwrite_bitmap, raw(vmwrite_bitmap_));
    write_host(frame_, runtime::descriptor_tables, runtime::interrupt_table.base());
    write_guest64(runtime::descriptor_tables, runtime::interrupt_table.base());
    set(Field::guest_cr3, runtime::read_cr3());
    set(Field::guest_rflags, 2);
    set(Field::guest_rsp, raw(stack_) + runtime::page_size);
}

void Guardian::visit(const Shadow& shadow) const {
    if (runtime::vmptrld(shadow.region) != VmxOutcome::succeed) {
        fail("VMPTRLD of a shadow VMCS has failed");
    }
}

void Guardian::leave(const Shadow& shadow) const {
    if (runtime::vmclear(shadow.region) != VmxOutcome::succeed || runtime::vmptrld(vmcs_) != VmxOutcome::succeed) {
        fail("VMCLEAR of a shadow VMCS or VMPTRLD of another has failed");
    }
}

std::uint64_t* Guardian::value_of(std::uint64_t encoding) {
    for (std::size_t n = 0; n < fields.size(); ++n) {
        if (fields[n] == (is_64_bit_field(encoding) ? encoding & ~std::uint64_t{1} : encoding)) {
            return &linked_->values[n];
        }
    }
    return nullptr;
}

/// Bitmaps, the link pointer, and fields of the shadow VMCS.
void Guardian::change() {
    for (const PhysicalAddress bitmap : {vmread_bitmap_, vmwrite_bitmap_}) {
        auto* const bytes = at<std::uint8_t>(bitmap);
        __builtin_memset(bytes, lot_.below(2) == 0 ? 0 : 0xff, runtime::page_size);
        for (const std::uint32_t field : fields) {
            bytes[field / 8] = static_cast<std::uint8_t>(lot_.number());
        }
        for (const std::uint64_t none : no_fields) {
            bytes[none / 8] = static_cast<std::uint8_t>(lot_.number());
        }
    }
    linked_ = lot_.below(8) == 0 ? nullptr : &shadows_[lot_.below(shadows_.size())];
    if (linked_ != nullptr) {
        visit(*linked_);
        for (std::uint64_t n = lot_.below(4); n != 0; --n) {
            const std::size_t k = lot_.below(fields.size());
            linked_->values[k] = lot_.number() & mask_of(fields[k]);
            set(static_cast<Field>(fields[k]), linked_->values[k]);
        }
        leave(*linked_);
    }
    set(Field::vmcs_link_pointer, linked_ != nullptr ? raw(linked_->region) : no_link);
}

Access Guardian::draw() {
    std::uint64_t encoding = fields[lot_.below(fields.size())];
    if (is_64_bit_field(encoding)) {
        encoding |= lot_.below(2);
    }
    switch (lot_.below(8)) {
        case 0: encoding = no_fields[lot_.below(no_fields.size())]; break;
        case 1: encoding |= std::uint64_t{1} << (15 + lot_.below(49)); break;
        default: break;
    }
    return {encoding, lot_.number(), lot_.below(2) == 0, lot_.below(2) == 0};
}

/// By SDM 33.3, "VMREAD" and "VMWRITE", and 27.6.15: bits beyond the bitmap always exit.
Ending Guardian::ending(const Access& access) const {
    const auto* const bitmap = at<const std::uint8_t>(access.writes ? vmwrite_bitmap_ : vmread_bitmap_);
    if (access.encoding >> 15 != 0 || (bitmap[access.encoding / 8] >> (access.encoding & 7) & 1) != 0) {
        return Ending::exit;
    }
    if (linked_ == nullptr) {
        return Ending::fail_invalid;
    }
    for (const std::uint64_t none : no_fields) {
        if (none == access.encoding) {
            return Ending::fail_valid;
        }
    }
    return Ending::done;
}

void Guardian::enter(const Access& access) {
    const auto code = access.writes      ? access.in_memory ? shadowing_writes_from_memory : shadowing_writes
                      : access.in_memory ? shadowing_reads_to_memory
                                         : shadowing_reads;
    frame_.rsi = access.encoding;
    frame_.rdi = raw(operand_) + lot_.below(runtime::page_size / 8) * 8;
    frame_.rax = access.value;
    frame_.rcx = frame_.rdx = 0;
    *at<std::uint64_t>(PhysicalAddress{frame_.rdi}) = access.value;
    set(Field::guest_rip, reinterpret_cast<std::uint64_t>(code));
    const auto instruction = launched_ ? VmEntryInstruction::vmresume : VmEntryInstruction::vmlaunch;
    if (runtime::vm_entry(frame_, instruction) != VmxOutcome::succeed) {
        fail("a VM entry has failed");
    }
    launched_ = true;
    const std::uint64_t reason = get(Field::exit_reason);
    const Ending due = ending(access);
    expect("the exit reason", access.encoding, reason,
           due != Ending::exit ? vmcall
           : access.writes     ? vmwrite_exit
                               : vmread_exit);
    if (reason != vmcall) {
        expect("RIP at the exit", access.encoding, get(Field::guest_rip), reinterpret_cast<std::uint64_t>(code));
    }
    ++endings_[static_cast<std::size_t>(due)];
}

void Guardian::judge(const Access& access) {
    const Ending due = ending(access);
    const std::uint64_t seen = access.in_memory ? *at<std::uint64_t>(PhysicalAddress{frame_.rdi}) : frame_.rax;
    std::uint64_t expected = access.value;
    if (due != Ending::exit) {
        expect("CF", access.encoding, frame_.rcx & 1, due == Ending::fail_invalid ? 1 : 0);
        expect("ZF", access.encoding, frame_.rdx & 1, due == Ending::fail_valid ? 1 : 0);
    }
    if (due == Ending::done) {
        std::uint64_t& field = *value_of(access.encoding);
        const bool is_high = is_64_bit_field(access.encoding) && (access.encoding & 1) != 0;
        constexpr std::uint64_t low_half = 0xffff'ffff;
        if (!access.writes) {
            expected = is_high ? field >> 32 : field;
        } else {
            field = is_high ? (field & low_half) | access.value << 32 : access.value & mask_of(access.encoding);
        }
    }
    expect("the operand", access.encoding, seen, expected);
}

void Guardian::judge_shadow(const Shadow& shadow) const {
    visit(shadow);
    for (std::size_t n = 0; n < fields.size(); ++n) {
        expect("a field of the shadow VMCS", fields[n], get(static_cast<Field>(fields[n])), shadow.values[n]);
    }
    leave(shadow);
}

void Guardian::round() {
    if (lot_.below(4) == 0) {
        change();
    }
    const Access access = draw();
    enter(access);
    judge(access);
    judge_shadow(linked_ != nullptr && lot_.below(4) != 0 ? *linked_ : shadows_[lot_.below(shadows_.size())]);
}

}  // namespace

}  // namespace vmxspec::l1

void vmxspec::runtime::kernel_main(const BootInformation& boot, PageAllocator& pages) {
    using namespace l1;
    if (const auto refusal = enter_vmx_operation(zeroed_page(pages))) {
        refuse(sentence(*refusal));
    }
    if (!allows(Field::secondary_controls, vmcs_shadowing)) {
        print(console, "this processor has no VMCS shadowing\n");
        expect("VMREAD of the VMREAD-bitmap address", encoding(Field::vmread_bitmap),
               vmread(encoding(Field::vmread_bitmap)).outcome == VmxOutcome::succeed ? 1 : 0, 0);
    } else {
        static constinit std::optional<Guardian> made;
        Guardian& guardian = made.emplace(pages, number_behind(boot.command_line(), "seed=", 1));
        for (std::uint64_t n = number_behind(boot.command_line(), "rounds=", 2000); n != 0; --n) {
            guardian.round();
        }
        for (const Ending ending : {Ending::exit, Ending::fail_invalid, Ending::fail_valid, Ending::done}) {
            expect("an ending that never came", 0, guardian.count(ending) == 0 ? 1 : 0, 0);
        }
        print(console, Decimal{guardian.count(Ending::done)}, " fields of L2's, ",
              Decimal{guardian.count(Ending::exit)}, " VM exits, ", Decimal{guardian.count(Ending::fail_valid)},
              " VMfailValid, ", Decimal{guardian.count(Ending::fail_invalid)}, " VMfailInvalid\n");
    }
    tally.close("shadowing");
}
