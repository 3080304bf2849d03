#include "hv/l1/vmcs01.hpp"

#include <array>

#include "hv/l1/control_registers.hpp"
#include "hv/l1/exit.hpp"
#include "hv/l1/initial_state.hpp"
#include "hv/l1/machine.hpp"
#include "hv/l1/translation.hpp"
#include "hv/l1/vmcs.hpp"
#include "hv/l1/vmcs_bits.hpp"
#include "runtime/cpu/control_register.hpp"
#include "runtime/cpu/interrupt_table.hpp"
#include "runtime/cpu/msr.hpp"

namespace vmxspec::hv {

namespace {

using runtime::raw;
namespace selector = runtime::selector;

constexpr std::uint32_t ia32_pat = 0x277;

std::uint64_t msr(std::uint32_t index) { return runtime::read_msr(index).value_or(0); }

template <class Object>
std::uint64_t address(const Object* object) {
    return reinterpret_cast<std::uint64_t>(object);
}

/// A field, where its value comes from, and on which processors it is there.
struct Row {
    Field field;
    std::uint64_t (*value)(const Processor&);
    bool (*exists)(const Processor&) = [](const Processor&) { return true; };
};

template <std::uint64_t value>
std::uint64_t constant(const Processor& /*processor*/) {
    return value;
}

constexpr auto has_vpid = [](const Processor& p) { return p.controls.vpid; };
constexpr auto has_pat = [](const Processor& p) { return p.controls.pat; };
constexpr auto has_xsaves = [](const Processor& p) { return p.controls.xsaves(); };
constexpr auto has_pconfig = [](const Processor& p) { return p.controls.pconfig(); };

/// In the order of SDM appendix B. The guest state that is not here is that after INIT (initial_state.cpp).
constexpr auto rows = std::array{
    Row{Field::vpid, constant<l1_vpid>, has_vpid},
    Row{Field::host_es_selector, constant<selector::data>},
    Row{Field::host_cs_selector, constant<selector::code>},
    Row{Field::host_ss_selector, constant<selector::data>},
    Row{Field::host_ds_selector, constant<selector::data>},
    Row{Field::host_fs_selector, constant<0>},
    Row{Field::host_gs_selector, constant<0>},
    Row{Field::host_tr_selector, constant<selector::task>},
    Row{Field::msr_bitmap, [](const Processor&) { return raw(machine.msr_bitmap); }},
    Row{Field::tsc_offset, constant<0>},
    Row{Field::eptp, [](const Processor& p) { return p.ept.pointer(); }},
    Row{Field::xss_exiting_bitmap, constant<0>, has_xsaves},
    Row{Field::pconfig_exiting_bitmap, constant<0>, has_pconfig},
    Row{Field::vmcs_link_pointer, constant<~std::uint64_t{0}>},
    Row{Field::guest_ia32_debugctl, constant<0>},
    Row{Field::guest_ia32_pat, [](const Processor&) { return msr(ia32_pat); }, has_pat},
    Row{Field::guest_pdpte0, constant<0>},
    Row{nth(Field::guest_pdpte0, 1), constant<0>},
    Row{nth(Field::guest_pdpte0, 2), constant<0>},
    Row{nth(Field::guest_pdpte0, 3), constant<0>},
    Row{Field::host_ia32_pat, [](const Processor&) { return msr(ia32_pat); }, has_pat},
    Row{Field::host_ia32_efer, [](const Processor&) { return msr(runtime::msr::ia32_efer); }},
    Row{Field::pin_based_controls, [](const Processor& p) { return std::uint64_t{p.controls.pin}; }},
    Row{Field::processor_based_controls, [](const Processor& p) { return std::uint64_t{p.controls.primary}; }},
    Row{Field::exception_bitmap, constant<0>},
    // No page fault exits: bit 14 of the exception bitmap is 0, and every error code matches (SDM 27.6.3).
    Row{Field::page_fault_error_code_mask, constant<0>},
    Row{Field::page_fault_error_code_match, constant<0>},
    Row{Field::cr3_target_count, constant<0>},
    Row{Field::exit_controls, [](const Processor& p) { return std::uint64_t{p.controls.exit}; }},
    Row{Field::exit_msr_store_count, constant<0>},
    Row{Field::exit_msr_load_count, constant<0>},
    Row{Field::entry_controls, [](const Processor& p) { return std::uint64_t{p.controls.entry}; }},
    Row{Field::entry_msr_load_count, constant<0>},
    Row{Field::entry_interruption_information, constant<0>},
    Row{Field::entry_exception_error_code, constant<0>},
    Row{Field::entry_instruction_length, constant<0>},
    Row{Field::secondary_controls, [](const Processor& p) { return std::uint64_t{p.controls.secondary}; }},
    Row{Field::guest_ia32_sysenter_cs, constant<0>},
    Row{Field::host_ia32_sysenter_cs, constant<0>},
    // What L1 reads as 0 and the processor wants 1; and VMX and SMX, which L1 does not have.
    Row{Field::cr0_guest_host_mask, [](const Processor& p) { return p.cr0_mask; }},
    Row{Field::cr4_guest_host_mask, constant<cr4::vmxe | cr4::smxe>},
    Row{Field::cr4_read_shadow, constant<0>},
    Row{Field::guest_ia32_sysenter_esp, constant<0>},
    Row{Field::guest_ia32_sysenter_eip, constant<0>},
    Row{Field::host_cr0, [](const Processor&) { return runtime::read_cr0(); }},
    Row{Field::host_cr3, [](const Processor&) { return machine.paging.root(); }},
    Row{Field::host_cr4, [](const Processor&) { return runtime::read_cr4(); }},
    Row{Field::host_fs_base, constant<0>},
    Row{Field::host_gs_base, [](const Processor& p) { return address(&p.self); }},
    Row{Field::host_tr_base, [](const Processor& p) { return p.tables.task_base(); }},
    Row{Field::host_gdtr_base, [](const Processor& p) { return p.tables.gdt_base(); }},
    Row{Field::host_idtr_base, [](const Processor&) { return runtime::interrupt_table.base(); }},
    Row{Field::host_ia32_sysenter_esp, constant<0>},
    Row{Field::host_ia32_sysenter_eip, constant<0>},
    Row{Field::host_rsp, [](const Processor& p) { return address(&p.registers.processor); }},
    Row{Field::host_rip, [](const Processor&) { return reinterpret_cast<std::uint64_t>(&vmxspec_l1_exit); }},
};

}  // namespace

void write_vmcs01(const Processor& processor) {
    for (const Row& row : rows) {
        if (row.exists(processor)) {
            write(row.field, row.value(processor));
        }
    }
    write_state_after_init(processor.cr0_mask);
    write(Field::guest_activity_state, activity::wait_for_sipi);
}

void write_start(Processor& processor, const GuestStart& start) {
    constexpr unsigned cs = 1, gs = 5;
    // SDM table 27-2
    constexpr std::uint64_t code_32 = 0xc09b, code_64 = 0xa09b, data = 0xc093, flat = 0xffff'ffff;
    const bool bits64 = start.cr3 != 0;
    for (unsigned n = 0; n <= gs; ++n) {
        write(nth(Field::guest_es_selector, n), n == cs ? start.code_selector : start.data_selector);
        write(nth(Field::guest_es_base, n), 0);
        write(nth(Field::guest_es_limit, n), flat);
        write(nth(Field::guest_es_access_rights, n), n != cs ? data : bits64 ? code_64 : code_32);
    }
    if (start.gdt.begin < start.gdt.end) {
        write(Field::guest_gdtr_base, start.gdt.begin);
        write(Field::guest_gdtr_limit, start.gdt.end - start.gdt.begin - 1);
    }
    std::uint64_t cr0_value = cr0::pe | cr0::et;
    if (bits64) {
        cr0_value |= cr0::pg;
        write(Field::guest_cr3, start.cr3);
        write(Field::guest_cr4, read(Field::guest_cr4) | cr4::pae);
        write(Field::guest_ia32_efer, efer::lme | efer::lma);
        write(Field::entry_controls, read(Field::entry_controls) | entry::ia32e_mode_guest);
    }
    write(Field::guest_cr0, cr0_value | processor.cr0_mask);
    write(Field::cr0_read_shadow, cr0_value);
    write(Field::guest_activity_state, activity::active);
    write(Field::guest_rip, start.rip);
    Processor* const self = processor.registers.processor;
    processor.registers = {};
    processor.registers.processor = self;
    processor.registers.rax = start.eax;
    processor.registers.rbx = start.ebx;
    processor.registers.rsi = start.esi;
}

}  // namespace vmxspec::hv
