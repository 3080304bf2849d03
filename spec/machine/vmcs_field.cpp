// VMREAD and VMWRITE: one field of the current VMCS, or, in VMX non-root operation with "VMCS shadowing", of the VMCS
// that the link pointer names (SDM 27.11.2).
#include "spec/machine/conditions.hpp"
#include "spec/machine/instructions.hpp"

namespace vmxspec::machine {

namespace {

/// The encoding operand as the processor takes it apart (Table 27-22).
struct EncodingOperand {
    explicit EncodingOperand(const State& s) : bits{effective(s, s.operand.encoding)} {}
    Bits<64> bits;
    Bool high = bits[0];                                ///< access type: high
    Bool exit_information = bits.slice<11, 10>() == 1;  ///< a VM-exit information field
    Bits<2> width = bits.slice<14, 13>();
    /// Reserved bits are 0, and only 64-bit fields have a high half.
    Bool well_formed = (bits & ~0x6fffULL) == 0 && (!high || width == 1);
};

/// The bits that a field of this width has. Natural-width fields have 64: on a processor without Intel 64 the operands
/// have 32, so that the upper half is never seen.
Bits<64> field_mask(const EncodingOperand& encoding) {
    const Bits<64> all = encoding.bits.same(~0ULL);
    return select(encoding.width == 0, all.same(low_bits(16)),
                  select(encoding.width == 2, all.same(low_bits(32)), all));
}

Bool reads_shadow(const State& s) {
    const EncodingOperand encoding{s};
    return all_of({Bool{s.proc2.vmcs_shadowing}, (encoding.bits >> 15) == 0, !s.operand.bitmap_bit});
}

Bool has_vmcs(const State& s) {
    return (in_root(s) >> has_current(s)) && (in_non_root(s) >> (s.guest.link_pointer != ~0ULL));
}

Bool names_field(const State& s) { return s.operand.field_exists && EncodingOperand{s}.well_formed; }

/// The rows up to the field itself, and when they are passed.
Bool common_rows(TransitionTable& table, const State& s, std::uint32_t exit_reason) {
    const Bool allowed = in_root(s) || (in_non_root(s) && reads_shadow(s));
    table.row("ud", !s.before.in_vmx_operation || wrong_mode(s), Ending::invalid_opcode, 0, {});
    table.row("exit", in_non_root(s) && !reads_shadow(s), Ending::vm_exit, exit_reason, vm_exit(s, exit_reason));
    table.row("gp", allowed && s.before.cpl > 0, Ending::general_protection, 0, {});
    table.row("no-vmcs", allowed && !has_vmcs(s), Ending::vmfail_invalid, 0, vmfail_invalid(s));
    table.row("unsupported", allowed && !names_field(s), Ending::vmfail_valid, 12, vmfail_valid(s, 12),
              "In VMX non-root operation the manual leaves open which VMCS takes the VM-instruction error; the current "
              "one has it here.");
    return all_of({allowed, !wrong_mode(s), s.before.cpl == 0, has_vmcs(s), names_field(s)});
}

}  // namespace

void vmread(TransitionTable& table, const State& s) {
    const EncodingOperand encoding{s};
    const Bits<64> field = s.operand.field & field_mask(encoding);
    table.instruction(Instruction::vmread, {"33.3", "VMREAD-Read Field from Virtual-Machine Control Structure"});

    const Bool passed = common_rows(table, s, 23);
    table.row(
        "read", passed, Ending::succeed, 0,
        vmsucceed(s) + Effects{set<64>(s.operand.value, select(encoding.high, field >> 32, effective(s, field)))});
}

void vmwrite(TransitionTable& table, const State& s) {
    const EncodingOperand encoding{s};
    const Bits<64> source = effective(s, s.operand.value);
    const Bits<64> with_high = (s.operand.field & low_bits(32)) | (source << 32);
    const Bool writable = encoding.exit_information >> s.capability.misc.vmwrite_any;
    table.instruction(Instruction::vmwrite, {"33.3", "VMWRITE-Write Field to Virtual-Machine Control Structure"});

    const Bool passed = common_rows(table, s, 25);
    table.row("read-only", names_field(s) && !writable, Ending::vmfail_valid, 13, vmfail_valid(s, 13));
    table.row("write", passed && writable, Ending::succeed, 0,
              vmsucceed(s) +
                  Effects{set<64>(s.operand.field, select(encoding.high, with_high, source & field_mask(encoding)))},
              "Some processors ignore writes to reserved bits of access-rights fields (27.4.1).");
}

}  // namespace vmxspec::machine
