#include <array>

#include "hv/l1/control_registers.hpp"
#include "hv/l1/exit.hpp"
#include "hv/l1/instruction.hpp"
#include "hv/l1/pdptes.hpp"
#include "hv/l1/physical_memory.hpp"
#include "hv/l1/translation.hpp"
#include "hv/nested/nested.hpp"
#include "runtime/cpu/control_register.hpp"
#include "runtime/cpu/cpuid.hpp"

namespace vmxspec::hv {

namespace {

// Exit qualification (SDM table 30-3).
enum class AccessType : std::uint8_t { move_to = 0, move_from = 1, clts = 2, lmsw = 3 };

[[nodiscard]] ControlState control_state(const Processor& processor) {
    constexpr std::uint64_t busy_16_bit_tss = 3;
    const std::uint64_t mask = processor.cr0_mask;
    return {(read(Field::guest_cr0) & ~mask) | (read(Field::cr0_read_shadow) & mask),
            (read(Field::guest_cr4) & ~cr4::vmxe) | read(Field::cr4_read_shadow), read(Field::guest_ia32_efer),
            (read(Field::guest_cs_access_rights) & access_rights_l) != 0,
            (read(Field::guest_tr_access_rights) & 0xf) == busy_16_bit_tss};
}

void write_cr0(Processor& processor, std::uint64_t value) {
    const ControlState state = control_state(processor);
    const Cr0Effect effect = load_cr0(state, value);
    // In VMX operation what is fixed to 1 stays so for L1 (SDM 26.8).
    const std::uint64_t fixed = in_vmx_operation(processor) ? processor.cr0_mask : 0;
    if (effect.fault || (value & fixed) != fixed || (effect.load_pdptes && !load_pdptes())) {
        return inject_fault(Exception::general_protection);
    }
    const std::uint64_t mask = processor.cr0_mask;
    // What is masked is fixed to 1 (SDM appendix A.7); ET is 1 whatever is written.
    write(Field::guest_cr0, (value & ~mask) | mask | cr0::et);
    write(Field::cr0_read_shadow, value | cr0::et);
    // VM entries and exits do not load CD and NW (SDM 29.3.2.1, 30.5.1): the register has what L1 wants all the time.
    constexpr std::uint64_t cache = cr0::cd | cr0::nw;
    const std::uint64_t host = runtime::read_cr0();
    if (((host ^ value) & cache) != 0) {
        runtime::write_cr0((host & ~cache) | (value & cache));
    }
    if (effect.efer != state.efer) {
        write(Field::guest_ia32_efer, effect.efer);
        const std::uint64_t others = read(Field::entry_controls) & ~entry::ia32e_mode_guest;
        write(Field::entry_controls, others | ((effect.efer & efer::lma) != 0 ? entry::ia32e_mode_guest : 0));
    }
    if (effect.forget_translations) {
        forget_linear(processor);
    }
    complete_instruction();
}

void write_cr4(Processor& processor, std::uint64_t value) {
    if (processor.nested == nullptr) {
        return inject_fault(Exception::general_protection);  // L1 has neither VMX nor SMX, whose bits are masked
    }
    const ControlState state = control_state(processor);
    const std::uint64_t supported = processor.nested->vmcs12.capability_cr4_fixed1;
    const Cr4Effect effect = load_cr4(state, value, supported, read(Field::guest_cr3));
    const std::uint64_t fixed = in_vmx_operation(processor) ? cr4::vmxe : 0;
    if (effect.fault || (value & fixed) != fixed || (effect.load_pdptes && !load_pdptes())) {
        return inject_fault(Exception::general_protection);
    }
    write(Field::guest_cr4, value | cr4::vmxe);
    write(Field::cr4_read_shadow, value & cr4::vmxe);
    if (effect.forget_translations) {
        forget_linear(processor);
    }
    complete_instruction();
}

}  // namespace

void handle_control_register(Processor& processor, Registers& registers) {
    const std::uint64_t qualification = read(Field::exit_qualification);
    const std::uint64_t number = qualification & 0xf;
    const auto type = static_cast<AccessType>(qualification >> 4 & 3);
    if (number == 0 && type == AccessType::move_to) {
        const std::uint64_t value = general_register(registers, qualification >> 8);
        // Without 64-bit mode the operand has 32 bits.
        return write_cr0(processor, guest_in_64_bit_mode() ? value : value & 0xffff'ffff);
    }
    if (number == 0 && type == AccessType::lmsw) {
        return write_cr0(processor, loaded_by_lmsw(control_state(processor).cr0, qualification >> 16));
    }
    if (number == 4 && type == AccessType::move_to) {
        return write_cr4(processor, general_register(registers, qualification >> 8));
    }
    handle_unexpected(processor, registers);
}

}  // namespace vmxspec::hv
