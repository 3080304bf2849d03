#include "hv/nested/host_state.hpp"

#include "hv/l1/control_registers.hpp"
#include "hv/l1/event.hpp"
#include "hv/l1/report.hpp"
#include "hv/l1/translation.hpp"
#include "hv/l1/vmcs.hpp"
#include "hv/nested/controls12.hpp"
#include "hv/nested/guest_memory.hpp"
#include "hv/nested/msr_area.hpp"
#include "runtime/cpu/halt.hpp"
#include "runtime/cpu/msr.hpp"
#include "runtime/io/console.hpp"
#include "vmxspec/generated/entry_load.hpp"

namespace vmxspec::hv {

namespace {

using generated::ExitState;
using Loaded = generated::Loaded<std::uint64_t>;
using Load = Loaded (*)(const State&, const ExitState<std::uint64_t>&) noexcept;

/// A field of VMCS01 and the register that it is, after a VM exit and after a failed VM entry.
struct Row {
    Field field;
    Load exit, failure;
};

// NOLINTNEXTLINE(cppcoreguidelines-macro-usage): the two tables are namespaces
#define VMXSPEC_ROW(field, register) \
    Row { Field::field, generated::after_exit::register, generated::after_failure::register }

constexpr std::array rows{
    VMXSPEC_ROW(guest_es_selector, es_selector),
    VMXSPEC_ROW(guest_cs_selector, cs_selector),
    VMXSPEC_ROW(guest_ss_selector, ss_selector),
    VMXSPEC_ROW(guest_ds_selector, ds_selector),
    VMXSPEC_ROW(guest_fs_selector, fs_selector),
    VMXSPEC_ROW(guest_gs_selector, gs_selector),
    VMXSPEC_ROW(guest_ldtr_selector, ldtr_selector),
    VMXSPEC_ROW(guest_tr_selector, tr_selector),
    VMXSPEC_ROW(guest_ia32_debugctl, debugctl),
    VMXSPEC_ROW(guest_ia32_efer, efer),
    VMXSPEC_ROW(guest_es_limit, es_limit),
    VMXSPEC_ROW(guest_cs_limit, cs_limit),
    VMXSPEC_ROW(guest_ss_limit, ss_limit),
    VMXSPEC_ROW(guest_ds_limit, ds_limit),
    VMXSPEC_ROW(guest_fs_limit, fs_limit),
    VMXSPEC_ROW(guest_gs_limit, gs_limit),
    VMXSPEC_ROW(guest_ldtr_limit, ldtr_limit),
    VMXSPEC_ROW(guest_tr_limit, tr_limit),
    VMXSPEC_ROW(guest_gdtr_limit, gdtr_limit),
    VMXSPEC_ROW(guest_idtr_limit, idtr_limit),
    VMXSPEC_ROW(guest_es_access_rights, es_access_rights),
    VMXSPEC_ROW(guest_cs_access_rights, cs_access_rights),
    VMXSPEC_ROW(guest_ss_access_rights, ss_access_rights),
    VMXSPEC_ROW(guest_ds_access_rights, ds_access_rights),
    VMXSPEC_ROW(guest_fs_access_rights, fs_access_rights),
    VMXSPEC_ROW(guest_gs_access_rights, gs_access_rights),
    VMXSPEC_ROW(guest_ldtr_access_rights, ldtr_access_rights),
    VMXSPEC_ROW(guest_tr_access_rights, tr_access_rights),
    VMXSPEC_ROW(guest_activity_state, activity),
    VMXSPEC_ROW(guest_ia32_sysenter_cs, sysenter_cs),
    VMXSPEC_ROW(guest_cr3, cr3),
    VMXSPEC_ROW(guest_es_base, es_base),
    VMXSPEC_ROW(guest_cs_base, cs_base),
    VMXSPEC_ROW(guest_ss_base, ss_base),
    VMXSPEC_ROW(guest_ds_base, ds_base),
    VMXSPEC_ROW(guest_fs_base, fs_base),
    VMXSPEC_ROW(guest_gs_base, gs_base),
    VMXSPEC_ROW(guest_ldtr_base, ldtr_base),
    VMXSPEC_ROW(guest_tr_base, tr_base),
    VMXSPEC_ROW(guest_gdtr_base, gdtr_base),
    VMXSPEC_ROW(guest_idtr_base, idtr_base),
    VMXSPEC_ROW(guest_dr7, dr7),
    VMXSPEC_ROW(guest_rsp, rsp),
    VMXSPEC_ROW(guest_rip, rip),
    VMXSPEC_ROW(guest_rflags, rflags),
    VMXSPEC_ROW(guest_pending_debug_exceptions, pending_debug),
    VMXSPEC_ROW(guest_ia32_sysenter_esp, sysenter_esp),
    VMXSPEC_ROW(guest_ia32_sysenter_eip, sysenter_eip),
};
#undef VMXSPEC_ROW

/// VMX abort (SDM 30.7): the indicator is in L1's VMCS, and L1's processor shuts down.
[[noreturn]] void abort_vmx(Processor& processor, Registers& registers, std::uint32_t indicator) {
    write_guest(processor.nested->machine.before_current_vmcs + offsetof(Vmcs12Head, abort_indicator), indicator);
    runtime::print(runtime::console, "vmxspec: VMX-abort indicator ", runtime::Decimal{indicator}, ".\n");
    report("a VMX abort of the guest's; the machine is reset", processor, registers);
    runtime::reset();
}

void load_control_registers(Processor& processor, const State& s, const ExitState<std::uint64_t>& x, bool failed) {
    const std::uint64_t cr0 = (failed ? generated::after_failure::cr0(s, x) : generated::after_exit::cr0(s, x)).value;
    const std::uint64_t cr4 = (failed ? generated::after_failure::cr4(s, x) : generated::after_exit::cr4(s, x)).value;
    // L1's host state has what VMX fixes to 1.
    write(Field::guest_cr0, cr0 | processor.cr0_mask);
    write(Field::cr0_read_shadow, cr0);
    write(Field::guest_cr4, cr4 | cr4::vmxe);
    write(Field::cr4_read_shadow, cr4 & cr4::vmxe);
}

/// PAE paging of L1 (SDM 30.5.4). \return whether the PDPTEs are good
[[nodiscard]] bool load_pdptes(const State& s, ExitState<std::uint64_t>& x) {
    constexpr std::uint64_t table_address = 0xffff'ffe0;
    if ((s.host_cr4 & cr4::pae) == 0 || (s.control_exit >> 9 & 1) != 0) {
        return true;
    }
    const auto entries = read_guest<std::array<std::uint64_t, 4>>(s.host_cr3 & table_address);
    x.pdpte0 = entries[0];
    x.pdpte1 = entries[1];
    x.pdpte2 = entries[2];
    x.pdpte3 = entries[3];
    for (unsigned n = 0; n < entries.size(); ++n) {
        write(nth(Field::guest_pdpte0, n), entries[n]);
    }
    return generated::exit_pdpte_abort(s, x, {});
}

/// VM-exit MSR-load area (SDM 30.6). \return whether all of it was loaded
[[nodiscard]] bool load_area(Processor& processor, const State& s, const ExitState<std::uint64_t>& x) {
    const Vmcs12& v = processor.nested->vmcs12;
    const std::uint64_t count = v[Field::exit_msr_load_count];
    if (count > most_msr_entries(s)) {
        return false;
    }
    for (std::uint64_t n = 0; n < count; ++n) {
        const auto entry = read_guest<MsrAreaEntry>(v[Field::exit_msr_load] + n * sizeof(MsrAreaEntry));
        generated::MsrEntryState<std::uint64_t> state;
        state.index = entry.index;
        state.reserved = entry.reserved;
        state.data = entry.data;
        state.efer_before = read(Field::guest_ia32_efer);
        state.unlisted_accepted = true;
        std::uint64_t data = entry.data;
        if (entry.index == runtime::msr::ia32_efer) {  // LMA follows LME, which with paging does not change
            data = (data & ~efer::lma) | (state.efer_before & efer::lma);
        }
        if (!generated::exit_msr_load_abort(s, x, state) || !load_msr(processor, entry.index, data)) {
            return false;
        }
    }
    return true;
}

}  // namespace

void store_msrs(Processor& processor, Registers& registers, const Leaving& leaving) {
    constexpr std::uint32_t store_failed = 1;
    const Vmcs12& v = processor.nested->vmcs12;
    const State& s = processor.nested->entry_state;
    const std::uint64_t count = v[Field::exit_msr_store_count];
    bool good = count <= most_msr_entries(s);
    for (std::uint64_t n = 0; good && n < count; ++n) {
        const std::uint64_t place = v[Field::exit_msr_store] + n * sizeof(MsrAreaEntry);
        const auto entry = read_guest<MsrAreaEntry>(place);
        generated::MsrEntryState<std::uint64_t> state;
        state.index = entry.index;
        state.reserved = entry.reserved;
        ExitState<std::uint64_t> x = leaving.state;
        x.unlisted_readable = true;
        good = generated::exit_msr_store_abort(s, x, state);
        const auto value = good ? store_msr(processor, entry.index) : std::nullopt;
        good = value.has_value();
        if (good) {
            write_guest(place + offsetof(MsrAreaEntry, data), *value);
        }
    }
    if (!good) {
        abort_vmx(processor, registers, store_failed);
    }
}

void load_host_state(Processor& processor, Registers& registers, Leaving& leaving, bool failed) {
    constexpr std::uint32_t pdpte_abort = 2, load_failed = 4, ia32e_abort = 6;
    constexpr std::uint32_t ia32_perf_global_ctrl = 0x38f;
    const State& s = processor.nested->entry_state;
    ExitState<std::uint64_t>& x = leaving.state;
    if (!generated::exit_efer_ia32e_abort(s, x, {})) {
        abort_vmx(processor, registers, ia32e_abort);
    }
    if (!load_pdptes(s, x)) {
        abort_vmx(processor, registers, pdpte_abort);
    }
    for (const Row& row : rows) {
        write(row.field, (failed ? row.failure : row.exit)(s, x).value);
    }
    load_control_registers(processor, s, x, failed);
    if (processor.controls.pat) {
        const Loaded pat = generated::after_exit::pat(s, x);
        write(Field::guest_ia32_pat, pat.value | (leaving.pat & pat.kept));
    }
    if ((s.control_exit & exit::load_perf_global_ctrl) != 0) {
        static_cast<void>(runtime::write_msr(ia32_perf_global_ctrl, s.host_perf_global_ctrl));  // the rules know it
    }
    const bool blocks_nmis = (failed ? generated::after_failure::blocking_nmi(s, x)
                                     : generated::after_exit::blocking_nmi(s, x)).value != 0;
    write(Field::guest_interruptibility_state, blocks_nmis ? event::blocking_by_nmi : 0);
    const std::uint64_t efer = read(Field::guest_ia32_efer);
    write(Field::entry_controls, (read(Field::entry_controls) & ~entry::ia32e_mode_guest) |
                                     ((efer & efer::lma) != 0 ? entry::ia32e_mode_guest : 0));
    if (!load_area(processor, s, x)) {
        abort_vmx(processor, registers, load_failed);
    }
    if (!uses_secondary<secondary::vpid>(processor.nested->vmcs12)) {
        forget_linear(processor);  // a VM exit does, without VPID (SDM 31.4.3.1)
    }
}

}  // namespace vmxspec::hv
