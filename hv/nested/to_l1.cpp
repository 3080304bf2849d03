#include "hv/nested/to_l1.hpp"

#include "hv/l1/control_registers.hpp"
#include "hv/l1/physical_memory.hpp"
#include "hv/l1/report.hpp"
#include "hv/l1/translation.hpp"
#include "hv/l1/vmcs.hpp"
#include "hv/nested/controls12.hpp"
#include "hv/nested/msr_area.hpp"
#include "hv/nested/shadow02.hpp"
#include "hv/nested/shadow_vmcs.hpp"
#include "hv/trace/nested_trace.hpp"
#include "runtime/cpu/halt.hpp"
#include "runtime/cpu/msr.hpp"
#include "runtime/cpu/vmx.hpp"
#include "runtime/io/console.hpp"

namespace vmxspec::hv {

namespace {

/// VMX abort (SDM 30.7): the indicator is in L1's VMCS, and L1's processor shuts down.
[[noreturn]] void abort_vmx(Processor& processor, Registers& registers, std::uint32_t indicator) {
    write_guest(processor.nested->machine.before_current_vmcs + offsetof(Vmcs12Head, abort_indicator), indicator);
    trace_abort(*processor.nested);
    runtime::print(runtime::console, "vmxspec: VMX-abort indicator ", runtime::Decimal{indicator}, ".\n");
    report("a VMX abort of the guest's; the machine is reset", processor, registers);
    runtime::reset();
}

/// PDPTEs to which L1's CR3 will point, for PAE paging (SDM 30.5.4). \return whether they are good
[[nodiscard]] bool read_pdptes(Nested& nested) {
    constexpr std::uint64_t table_address = 0xffff'ffe0, host_address_space_size = 1U << 9;
    const Vmcs12& v = nested.vmcs12;
    if ((v.host_cr4 & cr4::pae) == 0 || (v.control_exit & host_address_space_size) != 0) {
        return true;
    }
    const auto entries = read_guest<std::array<std::uint64_t, 4>>(v.host_cr3 & table_address);
    auto& x = nested.exiting;
    x.pdpte0 = entries[0];
    x.pdpte1 = entries[1];
    x.pdpte2 = entries[2];
    x.pdpte3 = entries[3];
    return generated::exit_pdpte_abort(v, x, {});
}

/// VM-exit MSR-load area (SDM 30.6). \return whether all of it was loaded
[[nodiscard]] bool load_area(Processor& processor) {
    const Nested& nested = *processor.nested;
    const Vmcs12& v = nested.vmcs12;
    const std::uint64_t count = v.control_exit_msr_load_count;
    if (count > most_msr_entries(v)) {
        return false;
    }
    for (std::uint64_t n = 0; n < count; ++n) {
        const auto entry = read_guest<MsrAreaEntry>(v.control_exit_msr_load + n * sizeof(MsrAreaEntry));
        generated::MsrEntryState<std::uint64_t> state;
        state.index = entry.index;
        state.reserved = entry.reserved;
        state.data = entry.data;
        state.efer_before = read(Field::guest_ia32_efer);
        state.unlisted_accepted = true;
        std::uint64_t data = entry.data;
        if (entry.index == runtime::msr::ia32_efer) {  // WRMSR does not change LMA
            data = (data & ~efer::lma) | (state.efer_before & efer::lma);
        }
        if (!generated::exit_msr_load_abort(v, nested.exiting, state) || !load_msr(processor, entry.index, data)) {
            return false;
        }
    }
    return true;
}

/// L1's registers that are fields of VMCS01, and the MSRs that are not.
void load_registers(Processor& processor) {
    Nested& nested = *processor.nested;
    const bool has_pat = processor.controls.pat;
    if (nested.host_is_stale) {
        generated::l1::each_host_field(
            nested.vmcs12, nested.level0, nested.exited, nested.exiting,
            [&](std::size_t n, std::uint32_t /*encoding*/, std::uint64_t value) { nested.host[n] = value; });
        nested.host_is_stale = false;
    }
    generated::l1::each_host_encoding([&](std::size_t n, std::uint32_t encoding) __attribute__((always_inline)) {
        write(static_cast<Field>(encoding), nested.host[n]);
    });
    generated::l1::each_exit_field(
        nested.vmcs12, nested.level0, nested.exited,
        nested.exiting, [&](std::uint32_t encoding, bool changes, std::uint64_t value) __attribute__((always_inline)) {
            const auto field = static_cast<Field>(encoding);
            if (changes && (field != Field::guest_ia32_pat || has_pat)) {
                write(field, value);
            }
        });
    generated::each_exit_software_load(nested.vmcs12, [](std::uint32_t index, bool loads, std::uint64_t value) {
        if (loads) {
            static_cast<void>(runtime::write_msr(index, value));  // the checks have looked at the value
        }
    });
    const bool long_mode = (read(Field::guest_ia32_efer) & efer::lma) != 0;
    const std::uint64_t entry_controls = nested.level0.vmcs01_control_entry & ~entry::ia32e_mode_guest;
    write(Field::entry_controls, entry_controls | (long_mode ? entry::ia32e_mode_guest : 0));
}

}  // namespace

void make_current(runtime::PhysicalAddress vmcs) {
    if (runtime::vmptrld(vmcs) != runtime::VmxOutcome::succeed) {
        vmxspec_vmcs_access_failed();
    }
}

void make_clear(runtime::PhysicalAddress vmcs) {
    if (runtime::vmclear(vmcs) != runtime::VmxOutcome::succeed) {
        vmxspec_vmcs_access_failed();
    }
}

void store_msrs(Processor& processor, Registers& registers) {
    constexpr std::uint32_t store_failed = 1;
    Nested& nested = *processor.nested;
    nested.exiting.unlisted_readable = true;  // the processor tells
    const Vmcs12& v = nested.vmcs12;
    const std::uint64_t count = v.control_exit_msr_store_count;
    bool good = count <= most_msr_entries(v);
    for (std::uint64_t n = 0; good && n < count; ++n) {
        const std::uint64_t place = v.control_exit_msr_store + n * sizeof(MsrAreaEntry);
        const auto entry = read_guest<MsrAreaEntry>(place);
        generated::MsrEntryState<std::uint64_t> state;
        state.index = entry.index;
        state.reserved = entry.reserved;
        const auto value = generated::exit_msr_store_abort(v, nested.exiting, state) ? store_msr(processor, entry.index)
                                                                                     : std::nullopt;
        good = value.has_value();
        if (good) {
            write_guest(place + offsetof(MsrAreaEntry, data), *value);
        }
    }
    if (!good) {
        abort_vmx(processor, registers, store_failed);
    }
}

void load_l1(Processor& processor, Registers& registers) {
    constexpr std::uint32_t pdpte_abort = 2, load_failed = 4, ia32e_abort = 6;
    Nested& nested = *processor.nested;
    nested.in_l2 = false;
    if (!generated::exit_efer_ia32e_abort(nested.vmcs12, nested.exiting, {})) {
        abort_vmx(processor, registers, ia32e_abort);
    }
    if (!read_pdptes(nested)) {
        abort_vmx(processor, registers, pdpte_abort);
    }
    const VmcsSwitch guard{nested};
    publish_to_shadow(nested);
    if (has_shadow(nested.vmcs12)) {
        collect_from_shadow02(nested);
    }
    make_current(processor.vmcs);
    load_registers(processor);
    if (!load_area(processor)) {
        abort_vmx(processor, registers, load_failed);
    }
    if (!uses_secondary(nested.vmcs12, secondary::vpid)) {
        forget_linear(processor);  // as a VM exit without VPID does (SDM 31.4.3.1)
    }
}

}  // namespace vmxspec::hv
