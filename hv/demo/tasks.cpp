#include "hv/demo/tasks.hpp"

#include "hv/demo/features.hpp"

namespace vmxspec::demo::task {

alignas(128) constinit std::array<std::uint32_t, 26> other{};
alignas(128) constinit std::array<std::uint16_t, 22> other_16{};
alignas(8) constinit std::array<std::uint64_t, 4> ldt_table{};
alignas(64) constinit std::array<std::uint8_t, 128> code{};

namespace {

alignas(16) constinit std::array<std::uint8_t, 2048> other_stack{}, other_inner_stack{};

}  // namespace

std::uint32_t put(std::size_t offset, const Code& bytes) {
    __builtin_memcpy(code.data() + offset, bytes.bytes.data(), bytes.size);
    code[offset + bytes.size] = 0x0f;  // UD2
    code[offset + bytes.size + 1] = 0x0b;
    return address(code[offset]);
}

LegacyTrial prepare(const Code& begin, const Code& there) {
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

bool is_busy(std::uint16_t selector) { return (legacy_descriptor(selector) >> 41 & 1) != 0; }

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

}  // namespace vmxspec::demo::task
