#include "tests/bochs/probe/instruction_row.hpp"

namespace vmxspec::probe {

namespace {

using enum Instruction;

// In the order of Instruction's first: the loop over instructions fills it in.
constexpr std::array everywhere{
    InstructionRow{.id = "outside", .instruction = vmxon, .place = Place::outside},
    InstructionRow{.id = "outside-cpl3", .instruction = vmxon, .place = Place::outside, .cpl = 3},
    InstructionRow{
        .id = "outside-compatibility", .instruction = vmxon, .place = Place::outside, .mode = Mode::compatibility},
    InstructionRow{.id = "root", .instruction = vmxon},
    InstructionRow{.id = "root-no-vmcs", .instruction = vmxon, .current = Current::none},
    InstructionRow{.id = "root-cpl3", .instruction = vmxon, .cpl = 3},
    InstructionRow{.id = "root-compatibility", .instruction = vmxon, .mode = Mode::compatibility},
    InstructionRow{.id = "guest", .instruction = vmxon, .place = Place::guest},
    InstructionRow{
        .id = "guest-compatibility", .instruction = vmxon, .place = Place::guest, .mode = Mode::compatibility},
    InstructionRow{.id = "guest-protected", .instruction = vmxon, .place = Place::guest, .mode = Mode::protected32},
    InstructionRow{
        .id = "guest-protected-cpl3", .instruction = vmxon, .place = Place::guest, .mode = Mode::protected32, .cpl = 3},
    InstructionRow{.id = "guest-v86", .instruction = vmxon, .place = Place::guest, .mode = Mode::virtual8086, .cpl = 3},
    InstructionRow{.id = "guest-real", .instruction = vmxon, .place = Place::guest, .mode = Mode::real},
};

// Encodings (SDM appendix B). Every processor has the fields; nobody has the others.
constexpr std::uint64_t es_selector = 0x800;        // 16 bits
constexpr std::uint64_t exception_bitmap = 0x4004;  // 32 bits
constexpr std::uint64_t link_pointer = 0x2800;      // 64 bits, full
constexpr std::uint64_t high = 1;                   // access type
constexpr std::uint64_t guest_rip = 0x681e;         // natural width
constexpr std::uint64_t exit_reason = 0x4402;       // VM-exit information
constexpr std::uint64_t reserved_bit_12 = 0x1000;
constexpr std::uint64_t reserved_bit_15 = 0x8000;
constexpr std::uint64_t beyond_32_bits = 1ULL << 32;
constexpr std::uint64_t index_511 = 0x3fe;  // in every area further than the last field

// EPTPs (Table 27-9) and VPIDs.
constexpr std::uint64_t four_levels_write_back = 3 << 3 | 6;
constexpr std::uint64_t memory_type_7 = 3 << 3 | 7;
constexpr std::uint64_t vpid = 1;
constexpr std::uint64_t not_canonical = 1ULL << 62;

// Where the kernel begins, with its Multiboot2 header: RAM that holds no VMCS.
constexpr std::uint64_t no_vmcs = 0x10'0000;
constexpr Change bad_controls{Change::Kind::set_forbidden, Field::entry_controls};
constexpr Change bad_host{Change::Kind::set, Field::host_cs_selector, 0};
constexpr Change bad_guest{Change::Kind::set, Field::vmcs_link_pointer, no_vmcs};
constexpr MsrEntry bad_entry{0xc000'0100, 0, 0};  // IA32_FS_BASE

// clang-format off
constexpr std::array table{
    // ---- VMXON
    InstructionRow{.id = "unaligned", .instruction = vmxon, .place = Place::outside, .pointer = Pointer::unaligned},
    InstructionRow{.id = "beyond-width", .instruction = vmxon, .place = Place::outside, .pointer = Pointer::beyond_width},
    InstructionRow{.id = "wrong-revision", .instruction = vmxon, .place = Place::outside, .head = Head::wrong_revision},
    InstructionRow{.id = "shadow-bit", .instruction = vmxon, .place = Place::outside, .head = Head::shadow},
    InstructionRow{.id = "no-vmxe", .instruction = vmxon, .place = Place::outside, .lack = Lack::vmxe},
    InstructionRow{.id = "no-ne", .instruction = vmxon, .place = Place::outside, .lack = Lack::numeric_error},
    InstructionRow{.id = "root-unaligned", .instruction = vmxon, .pointer = Pointer::unaligned},

    // ---- VMCLEAR
    InstructionRow{.id = "launched", .instruction = vmclear, .operand_launched = true},
    InstructionRow{.id = "current", .instruction = vmclear, .pointer = Pointer::current},
    InstructionRow{.id = "current-launched", .instruction = vmclear, .current = Current::launched, .pointer = Pointer::current},
    InstructionRow{.id = "wrong-revision", .instruction = vmclear, .head = Head::wrong_revision},
    InstructionRow{.id = "unaligned", .instruction = vmclear, .pointer = Pointer::unaligned},
    InstructionRow{.id = "unaligned-no-vmcs", .instruction = vmclear, .current = Current::none, .pointer = Pointer::unaligned},
    InstructionRow{.id = "beyond-width", .instruction = vmclear, .pointer = Pointer::beyond_width},
    InstructionRow{.id = "vmxon-pointer", .instruction = vmclear, .pointer = Pointer::vmxon_region},
    InstructionRow{.id = "vmxon-pointer-no-vmcs", .instruction = vmclear, .current = Current::none, .pointer = Pointer::vmxon_region},

    // ---- VMPTRLD
    InstructionRow{.id = "launched", .instruction = vmptrld, .operand_launched = true},
    InstructionRow{.id = "from-launched", .instruction = vmptrld, .current = Current::launched},
    InstructionRow{.id = "current", .instruction = vmptrld, .current = Current::launched, .pointer = Pointer::current},
    InstructionRow{.id = "unaligned", .instruction = vmptrld, .pointer = Pointer::unaligned},
    InstructionRow{.id = "unaligned-no-vmcs", .instruction = vmptrld, .current = Current::none, .pointer = Pointer::unaligned},
    InstructionRow{.id = "beyond-width", .instruction = vmptrld, .pointer = Pointer::beyond_width},
    InstructionRow{.id = "vmxon-pointer", .instruction = vmptrld, .pointer = Pointer::vmxon_region},
    InstructionRow{.id = "wrong-revision", .instruction = vmptrld, .head = Head::wrong_revision},
    InstructionRow{.id = "wrong-revision-no-vmcs", .instruction = vmptrld, .current = Current::none, .head = Head::wrong_revision},
    InstructionRow{.id = "shadow-bit", .instruction = vmptrld, .head = Head::shadow},

    // ---- VMPTRST
    InstructionRow{.id = "launched", .instruction = vmptrst, .current = Current::launched},

    // ---- VMREAD
    InstructionRow{.id = "16-bit", .instruction = vmread, .rax = es_selector},
    InstructionRow{.id = "32-bit", .instruction = vmread, .rax = exception_bitmap},
    InstructionRow{.id = "64-bit", .instruction = vmread, .rax = link_pointer},
    InstructionRow{.id = "64-bit-high", .instruction = vmread, .rax = link_pointer | high},
    InstructionRow{.id = "natural-width", .instruction = vmread, .rax = guest_rip},
    InstructionRow{.id = "exit-information", .instruction = vmread, .rax = exit_reason},
    InstructionRow{.id = "shadow", .instruction = vmread, .current = Current::shadow, .rax = guest_rip},
    InstructionRow{.id = "16-bit-high", .instruction = vmread, .rax = es_selector | high},
    InstructionRow{.id = "reserved-bit-12", .instruction = vmread, .rax = exception_bitmap | reserved_bit_12},
    InstructionRow{.id = "reserved-bit-15", .instruction = vmread, .rax = exception_bitmap | reserved_bit_15},
    InstructionRow{.id = "beyond-32-bits", .instruction = vmread, .rax = exception_bitmap | beyond_32_bits},
    InstructionRow{.id = "no-field", .instruction = vmread, .rax = exception_bitmap | index_511},
    InstructionRow{.id = "no-field-no-vmcs", .instruction = vmread, .current = Current::none, .rax = exception_bitmap | index_511},
    InstructionRow{.id = "guest-shadowing", .instruction = vmread, .place = Place::guest, .equipment = Equipment::shadowing, .rax = guest_rip},
    InstructionRow{.id = "guest-shadowing-cpl3", .instruction = vmread, .place = Place::guest, .mode = Mode::protected32, .cpl = 3, .equipment = Equipment::shadowing, .rax = guest_rip},
    InstructionRow{.id = "guest-shadowing-bitmap", .instruction = vmread, .place = Place::guest, .equipment = Equipment::shadowing_bitmap, .rax = guest_rip},
    InstructionRow{.id = "guest-shadowing-unlinked", .instruction = vmread, .place = Place::guest, .equipment = Equipment::shadowing_unlinked, .rax = guest_rip},
    InstructionRow{.id = "guest-shadowing-no-field", .instruction = vmread, .place = Place::guest, .equipment = Equipment::shadowing, .rax = exception_bitmap | index_511},
    InstructionRow{.id = "guest-shadowing-bit-15", .instruction = vmread, .place = Place::guest, .equipment = Equipment::shadowing, .rax = exception_bitmap | reserved_bit_15},

    // ---- VMWRITE
    InstructionRow{.id = "16-bit", .instruction = vmwrite, .rax = es_selector, .rcx = 0x1234'5678'9abc'def0},
    InstructionRow{.id = "32-bit", .instruction = vmwrite, .rax = exception_bitmap, .rcx = 0x1234'5678'9abc'def0},
    InstructionRow{.id = "64-bit", .instruction = vmwrite, .rax = link_pointer, .rcx = 0x1234'5678'9abc'def0},
    InstructionRow{.id = "64-bit-high", .instruction = vmwrite, .rax = link_pointer | high, .rcx = 0x1234'5678'9abc'def0},
    InstructionRow{.id = "natural-width", .instruction = vmwrite, .rax = guest_rip, .rcx = 0x1234'5678'9abc'def0},
    InstructionRow{.id = "exit-information", .instruction = vmwrite, .rax = exit_reason, .rcx = 1},
    InstructionRow{.id = "shadow", .instruction = vmwrite, .current = Current::shadow, .rax = guest_rip, .rcx = 0x1234},
    InstructionRow{.id = "16-bit-high", .instruction = vmwrite, .rax = es_selector | high},
    InstructionRow{.id = "reserved-bit-12", .instruction = vmwrite, .rax = exception_bitmap | reserved_bit_12},
    InstructionRow{.id = "beyond-32-bits", .instruction = vmwrite, .rax = exception_bitmap | beyond_32_bits},
    InstructionRow{.id = "no-field", .instruction = vmwrite, .rax = exception_bitmap | index_511},
    InstructionRow{.id = "exit-information-no-vmcs", .instruction = vmwrite, .current = Current::none, .rax = exit_reason},
    InstructionRow{.id = "guest-shadowing", .instruction = vmwrite, .place = Place::guest, .equipment = Equipment::shadowing, .rax = guest_rip, .rcx = 0x1234'5678'9abc'def0},
    InstructionRow{.id = "guest-shadowing-cpl3", .instruction = vmwrite, .place = Place::guest, .mode = Mode::protected32, .cpl = 3, .equipment = Equipment::shadowing, .rax = guest_rip},
    InstructionRow{.id = "guest-shadowing-bitmap", .instruction = vmwrite, .place = Place::guest, .equipment = Equipment::shadowing_bitmap, .rax = guest_rip},
    InstructionRow{.id = "guest-shadowing-unlinked", .instruction = vmwrite, .place = Place::guest, .equipment = Equipment::shadowing_unlinked, .rax = guest_rip},
    InstructionRow{.id = "guest-shadowing-no-field", .instruction = vmwrite, .place = Place::guest, .equipment = Equipment::shadowing, .rax = exception_bitmap | index_511},
    InstructionRow{.id = "guest-shadowing-exit-information", .instruction = vmwrite, .place = Place::guest, .equipment = Equipment::shadowing, .rax = exit_reason, .rcx = 1},

    // ---- VMLAUNCH
    InstructionRow{.id = "launched", .instruction = vmlaunch, .current = Current::launched},
    InstructionRow{.id = "shadow", .instruction = vmlaunch, .current = Current::shadow},
    InstructionRow{.id = "stale", .instruction = vmlaunch, .current = Current::stale},
    InstructionRow{.id = "mov-ss", .instruction = vmlaunch, .behind_mov_ss = true},
    InstructionRow{.id = "mov-ss-launched", .instruction = vmlaunch, .current = Current::launched, .behind_mov_ss = true},
    InstructionRow{.id = "mov-ss-no-vmcs", .instruction = vmlaunch, .current = Current::none, .behind_mov_ss = true},
    InstructionRow{.id = "controls", .instruction = vmlaunch, .changes = {bad_controls}},
    InstructionRow{.id = "host-state", .instruction = vmlaunch, .changes = {bad_host}},
    InstructionRow{.id = "guest-state", .instruction = vmlaunch, .changes = {bad_guest}},
    InstructionRow{.id = "msr-load", .instruction = vmlaunch, .entry_msr_load = {bad_entry}},

    // ---- VMRESUME
    InstructionRow{.id = "launched", .instruction = vmresume, .current = Current::launched},
    InstructionRow{.id = "shadow", .instruction = vmresume, .current = Current::shadow},
    InstructionRow{.id = "stale", .instruction = vmresume, .current = Current::stale},
    InstructionRow{.id = "mov-ss", .instruction = vmresume, .behind_mov_ss = true},
    InstructionRow{.id = "mov-ss-launched", .instruction = vmresume, .current = Current::launched, .behind_mov_ss = true},
    InstructionRow{.id = "controls", .instruction = vmresume, .current = Current::launched, .changes = {bad_controls}},
    InstructionRow{.id = "host-state", .instruction = vmresume, .current = Current::launched, .changes = {bad_host}},
    InstructionRow{.id = "guest-state", .instruction = vmresume, .current = Current::launched, .changes = {bad_guest}},
    InstructionRow{.id = "msr-load", .instruction = vmresume, .current = Current::launched, .entry_msr_load = {bad_entry}},

    // ---- INVEPT
    InstructionRow{.id = "single-context", .instruction = invept, .rax = 1, .descriptor = {four_levels_write_back, 0}},
    InstructionRow{.id = "all-contexts", .instruction = invept, .rax = 2},
    InstructionRow{.id = "all-contexts-no-vmcs", .instruction = invept, .current = Current::none, .rax = 2},
    InstructionRow{.id = "type-3", .instruction = invept, .rax = 3},
    InstructionRow{.id = "type-3-no-vmcs", .instruction = invept, .current = Current::none, .rax = 3},
    InstructionRow{.id = "type-beyond-32-bits", .instruction = invept, .rax = beyond_32_bits | 2},
    InstructionRow{.id = "memory-type", .instruction = invept, .rax = 1, .descriptor = {memory_type_7, 0}},
    InstructionRow{.id = "reserved", .instruction = invept, .rax = 1, .descriptor = {four_levels_write_back, 1}},
    InstructionRow{.id = "all-contexts-reserved", .instruction = invept, .rax = 2, .descriptor = {0, 1}},

    // ---- INVVPID
    InstructionRow{.id = "address", .instruction = invvpid, .descriptor = {vpid, 0}},
    InstructionRow{.id = "single-context", .instruction = invvpid, .rax = 1, .descriptor = {vpid, 0}},
    InstructionRow{.id = "all-contexts", .instruction = invvpid, .rax = 2},
    InstructionRow{.id = "all-contexts-no-vmcs", .instruction = invvpid, .current = Current::none, .rax = 2},
    InstructionRow{.id = "retaining", .instruction = invvpid, .rax = 3, .descriptor = {vpid, 0}},
    InstructionRow{.id = "type-4", .instruction = invvpid, .rax = 4, .descriptor = {vpid, 0}},
    InstructionRow{.id = "type-beyond-32-bits", .instruction = invvpid, .rax = beyond_32_bits | 2},
    InstructionRow{.id = "vpid-0", .instruction = invvpid, .rax = 1},
    InstructionRow{.id = "reserved", .instruction = invvpid, .rax = 1, .descriptor = {0x10000 | vpid, 0}},
    InstructionRow{.id = "all-contexts-reserved", .instruction = invvpid, .rax = 2, .descriptor = {0x10000, 0}},
    InstructionRow{.id = "address-not-canonical", .instruction = invvpid, .descriptor = {vpid, not_canonical}},
    InstructionRow{.id = "single-context-not-canonical", .instruction = invvpid, .rax = 1, .descriptor = {vpid, not_canonical}},

    // ---- VMCALL
    InstructionRow{.id = "launched", .instruction = vmcall, .current = Current::launched},

    // ---- VMFUNC
    InstructionRow{.id = "guest-none-enabled", .instruction = vmfunc, .place = Place::guest, .equipment = Equipment::functions},
    InstructionRow{.id = "guest-none-enabled-63", .instruction = vmfunc, .place = Place::guest, .equipment = Equipment::functions, .rax = 63},
    InstructionRow{.id = "guest-none-enabled-64", .instruction = vmfunc, .place = Place::guest, .equipment = Equipment::functions, .rax = 64},
    InstructionRow{.id = "guest-none-enabled-cpl3", .instruction = vmfunc, .place = Place::guest, .mode = Mode::protected32, .cpl = 3, .equipment = Equipment::functions},
    InstructionRow{.id = "guest-switch", .instruction = vmfunc, .place = Place::guest, .equipment = Equipment::eptp_switching, .rcx = 1},
    InstructionRow{.id = "guest-switch-cpl3", .instruction = vmfunc, .place = Place::guest, .mode = Mode::protected32, .cpl = 3, .equipment = Equipment::eptp_switching, .rcx = 1},
    InstructionRow{.id = "guest-switch-memory-type", .instruction = vmfunc, .place = Place::guest, .equipment = Equipment::eptp_switching, .rcx = 2},
    InstructionRow{.id = "guest-switch-512", .instruction = vmfunc, .place = Place::guest, .equipment = Equipment::eptp_switching, .rcx = 512},
};
// clang-format on

}  // namespace

bool is_field(std::uint64_t encoding) {
    constexpr std::array fields{es_selector,         exception_bitmap, link_pointer,
                                link_pointer | high, guest_rip,        exit_reason};
    for (const std::uint64_t field : fields) {
        if (field == encoding) {
            return true;
        }
    }
    return false;
}

std::span<const InstructionRow> situations() { return everywhere; }

std::span<const InstructionRow> instruction_rows() { return table; }

}  // namespace vmxspec::probe
