#include "hv/nested/vmcs02.hpp"

#include "hv/check/memory_operands.hpp"
#include "hv/l1/event.hpp"
#include "hv/l1/machine.hpp"
#include "hv/l1/physical_memory.hpp"
#include "hv/l1/translation.hpp"
#include "hv/l1/vmcs.hpp"
#include "hv/nested/controls12.hpp"
#include "hv/nested/translation.hpp"
#include "runtime/cpu/vmx.hpp"

namespace vmxspec::hv {

namespace {

using generated::vmcs02::Row;
using generated::vmcs02::RowSet;

/// An input of the rows that the hypervisor decides.
void set(Nested& nested, std::uint64_t& input, std::uint64_t value, Row row) {
    if (input != value) {
        input = value;
        nested.stale.insert(row);
    }
}

/// A page that the processor reads or writes on L1's behalf: never one of the hypervisor's.
[[nodiscard]] std::uint64_t page(const Nested& nested, std::uint64_t address) {
    return is_hidden(address) ? raw(nested.sink) : address;
}

/// The MSR bitmaps of VMCS12 and those of the hypervisor, or-ed (SDM 27.6.9).
void merge_msr_bitmaps(const Nested& nested) {
    auto* const merged = runtime::at<std::uint64_t>(nested.msr_bitmap);
    const auto* const own = runtime::at<const std::uint64_t>(machine.msr_bitmap);
    read_guest_page(nested.vmcs12.control_msr_bitmap, merged);
    for (const std::uint16_t word : machine.msr_bitmap_words) {
        merged[word] |= own[word];
    }
}

/// EPT12 composed with the hypervisor's map, or that itself for an L2 without EPT.
[[nodiscard]] std::uint64_t eptp02(Processor& processor) {
    Nested& nested = *processor.nested;
    if (!uses_secondary(nested.vmcs12, secondary::ept)) {
        return processor.ept.pointer();
    }
    bool fresh = false;
    const std::uint64_t pointer = nested.ept02.pointer(nested.vmcs12.control_eptp, fresh);
    if (fresh) {
        invalidate_ept(processor, pointer);
    }
    return pointer;
}

/// Where L1 gives no VPID, a VM entry forgets L1's and L2's translations (SDM 31.4.3.1); where it gives another one
/// than before, L2's are not those of this L2.
void renew_translations(Processor& processor) {
    Nested& nested = *processor.nested;
    const std::uint64_t vpid12 = uses_secondary(nested.vmcs12, secondary::vpid) ? nested.vmcs12.control_vpid : 0;
    if (vpid12 == 0) {
        forget_linear(processor);
    }
    if (vpid12 == 0 || vpid12 != nested.last_vpid12) {
        forget_vpid(processor, l2_vpid);
    }
    nested.last_vpid12 = vpid12;
}

/// Where L1 exits on NMIs and has no virtual ones, blocking by NMI is the processor's own, and not in VMCS02, where
/// NMIs are virtual (SDM table 27-3). There IRET does not end it (SDM 28.3).
void write_nmi_blocking(Nested& nested) {
    const Vmcs12& v = nested.vmcs12;
    nested.nmis_blocked = false;
    if ((v.control_pin & (pin::nmi_exiting | pin::virtual_nmis)) != pin::nmi_exiting) {
        return;
    }
    const std::uint64_t injected = v.control_injected_event;
    const bool injects_nmi =
        (injected & event::valid) != 0 && (injected >> event::type_place & event::type_mask) == event::nmi;
    nested.nmis_blocked = injects_nmi || (v.guest_interruptibility & event::blocking_by_nmi) != 0;
    if (nested.nmis_blocked) {
        write(Field::guest_interruptibility_state, v.guest_interruptibility & ~event::blocking_by_nmi);
        nested.stale.insert(Row::guest_interruptibility);  // at the next VM entry
    }
}

/// Registers that L2 or its VM exits change while VMCS12 may keep its values.
void write_kept_registers(const Processor& processor) {
    namespace rows = generated::vmcs02;
    const Nested& nested = *processor.nested;
    write(Field::guest_dr7, rows::guest_dr7(nested.vmcs12, nested.level0));
    write(Field::guest_ia32_debugctl, rows::guest_debugctl(nested.vmcs12, nested.level0));
    write(Field::guest_ia32_efer, rows::guest_efer(nested.vmcs12, nested.level0));
    if (processor.controls.pat) {
        write(Field::guest_ia32_pat, rows::guest_pat(nested.vmcs12, nested.level0));
    }
}

constexpr RowSet pdpte_rows = [] {
    RowSet rows;
    for (const Row row : {Row::guest_pdpte0, Row::guest_pdpte1, Row::guest_pdpte2, Row::guest_pdpte3}) {
        rows.insert(row);
    }
    return rows;
}();

[[nodiscard]] std::uint64_t read_if_there(std::uint32_t encoding) {
    const runtime::VmxValue value = runtime::vmread(encoding);
    return value.outcome == runtime::VmxOutcome::succeed ? value.value : 0;
}

/// VMCS12 has taken a value that VMCS02 has: its rules are to be looked at again.
[[gnu::noinline]] void note_change(Nested& nested, std::uint32_t encoding) {
    if (const FieldMap::Place* const place = nested.fields.find(encoding)) {
        nested.unchecked.insert(place->rules);
    }
}

}  // namespace

void forget_all_rows(Nested& nested) {
    static constexpr generated::RuleSet all_rules = [] {
        generated::RuleSet rules;
        for (std::size_t n = 0; n < generated::rule_count; ++n) {
            rules.insert(static_cast<generated::Rule>(n));
        }
        return rules;
    }();
    nested.stale = nested.existing;
    nested.host_is_stale = true;
    nested.unchecked = all_rules;
}

void prepare_rows(Processor& processor) {
    Nested& nested = *processor.nested;
    auto& level0 = nested.level0;
    const Vmcs12& v = nested.vmcs12;
    level0.vmcs01_guest_dr7 = read(Field::guest_dr7);
    level0.vmcs01_guest_debugctl = read(Field::guest_ia32_debugctl);
    level0.vmcs01_guest_interruptibility = read(Field::guest_interruptibility_state);
    if (processor.controls.pat) {
        level0.vmcs01_guest_pat = read(Field::guest_ia32_pat);
    }
    if ((v.control_pin & pin::preemption_timer) != 0) {
        nested.stale.insert(Row::guest_preemption_timer);
    }
    if (memory_reads(v).pdptes) {
        nested.stale.insert(pdpte_rows);
    }
    if (level0.virtual_apic == raw(nested.sink)) {
        __builtin_memset(runtime::at<void>(nested.sink), 0xff, runtime::page_size);  // L2 may have written its TPR
    }
    set(nested, level0.io_bitmap_a, page(nested, v.control_io_bitmap_a), Row::control_io_bitmap_a);
    set(nested, level0.io_bitmap_b, page(nested, v.control_io_bitmap_b), Row::control_io_bitmap_b);
    set(nested, level0.virtual_apic, page(nested, v.control_virtual_apic), Row::control_virtual_apic);
    set(nested, level0.apic_access, page(nested, v.control_apic_access), Row::control_apic_access);
    set(nested, level0.eptp, eptp02(processor), Row::control_eptp);
}

void write_rows(Processor& processor) {
    Nested& nested = *processor.nested;
    nested.stale.keep(nested.existing);
    nested.stale.each([&](Row row) {
        const auto encoding = generated::vmcs02::row_information[static_cast<std::size_t>(row)].encoding;
        write(static_cast<Field>(encoding), generated::vmcs02::value(row, nested.vmcs12, nested.level0));
    });
    nested.stale = {};
    write_kept_registers(processor);
    if (uses(nested.vmcs12, primary::msr_bitmaps)) {
        merge_msr_bitmaps(nested);
    }
    renew_translations(processor);
    write_nmi_blocking(nested);
}

void read_exited(Nested& nested) {
    auto& v = nested.exited;
    generated::each_exited_field(
        v, [](std::uint32_t encoding, std::uint64_t & member) __attribute__((always_inline)) {
            const auto field = static_cast<Field>(encoding);
            const bool may_be_missing = field == Field::guest_ia32_pat || field == Field::guest_preemption_timer;
            member = may_be_missing ? read_if_there(encoding) : read(field);
        });
    if (nested.nmis_blocked) {
        v.guest_interruptibility |= event::blocking_by_nmi;
    }
    auto& x = nested.exiting;
    x.cr0 = v.guest_cr0;
    x.cr3 = v.guest_cr3;
    x.cr4 = v.guest_cr4;
    x.efer = v.guest_efer;
}

void save_to_vmcs12(Nested& nested) {
    const auto& v = nested.exited;
    nested.exiting.reason = v.information_exit_reason;
    nested.exiting.by_nmi = v.information_exit_reason == 0 &&
                            (v.information_exiting_event >> event::type_place & event::type_mask) == event::nmi;
    const auto take = [&](std::uint32_t encoding, std::uint64_t value, std::uint64_t & member)
        __attribute__((always_inline)) {
        if (member != value) {
            member = value;
            note_change(nested, encoding);
        }
    };
    generated::saved::each_copy(
        nested.vmcs12, [&](std::uint32_t encoding, std::uint64_t & member) __attribute__((always_inline)) {
            take(encoding, read(static_cast<Field>(encoding)), member);
        });
    generated::saved::each_member(
        nested.vmcs12, nested.level0, v, nested.exiting,
        [&](std::uint32_t encoding, bool changes, std::uint64_t value, std::uint64_t& member)
            __attribute__((always_inline)) {
                if (changes) {
                    take(encoding, value, member);
                }
            });
}

}  // namespace vmxspec::hv
