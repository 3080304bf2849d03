/// The VMCS of legacy.cpp, as words for VMWRITE in legacy protected mode.
#include "runtime/cpu/control_register.hpp"
#include "runtime/cpu/msr.hpp"
#include "tests/bochs/hv/l1_vmcs.hpp"
#include "tests/bochs/hv/legacy.hpp"

namespace vmxspec::legacy {

namespace {

using l1::allowed;
using l1::allows;
using l1::Field;
using l1::nth;
using runtime::descriptor_tables;

// Settings of control words (SDM tables 27-6, 27-7, 27-14, 27-17)
constexpr std::uint64_t hlt_exiting = 1U << 7, unconditional_io = 1U << 24, activate_secondary = 1U << 31;
constexpr std::uint64_t enable_ept = 1U << 1;
constexpr std::uint64_t exit_load_efer = 1U << 21, entry_load_efer = 1U << 15;

/// Adds fields; one of 64 bits is two words.
class Fields {
public:
    void add(Field field, std::uint64_t value) {
        constexpr std::uint64_t width_place = 13, width_mask = 3, bits64 = 1, high_half = 32;
        const std::uint64_t encoding = hv::encoding(field);
        add(encoding, static_cast<Word>(value));
        if ((encoding >> width_place & width_mask) == bits64) {
            add(encoding | 1, static_cast<Word>(value >> high_half));
        }
    }
    [[nodiscard]] Word count() const { return count_; }

private:
    void add(std::uint64_t encoding, Word value) {
        if (count_ == most_fields) {
            l1::fail("too many fields");
        }
        legacy_fields[count_++] = {static_cast<Word>(encoding), value};
    }

    Word count_ = 0;
};

void add_controls(Fields& fields, std::uint64_t eptp, Word host_efer) {
    const std::uint64_t secondary = eptp != 0 ? enable_ept : 0;
    fields.add(Field::pin_based_controls, allowed(Field::pin_based_controls, 0));
    fields.add(Field::processor_based_controls,
               allowed(Field::processor_based_controls, hlt_exiting | unconditional_io | activate_secondary));
    fields.add(Field::secondary_controls, allowed(Field::secondary_controls, secondary));
    // L2's differs by SCE where both are loaded.
    const bool with_efer = eptp != 0 && allows(Field::exit_controls, exit_load_efer);
    fields.add(Field::exit_controls, allowed(Field::exit_controls, with_efer ? exit_load_efer : 0));
    fields.add(Field::entry_controls, allowed(Field::entry_controls, with_efer ? entry_load_efer : 0));
    if (with_efer) {
        fields.add(Field::guest_ia32_efer, host_efer ^ 1);
        fields.add(Field::host_ia32_efer, host_efer);
    }
    fields.add(Field::exception_bitmap, 0xffff'ffff);
    fields.add(Field::cr3_target_count, 0);
    fields.add(Field::exit_msr_store_count, 0);
    fields.add(Field::exit_msr_load_count, 0);
    fields.add(Field::entry_msr_load_count, 0);
    fields.add(Field::entry_interruption_information, 0);
    fields.add(Field::cr0_guest_host_mask, 0);
    fields.add(Field::cr4_guest_host_mask, 0);
    fields.add(Field::eptp, eptp);
}

/// L2 is in protected mode, with all of L1's segments.
void add_guest(Fields& fields, const Paging& paging, bool is_pae, bool has_ept) {
    constexpr unsigned cs = 1, gs = 5, ldtr = 6, tr = 7;
    constexpr std::uint64_t code32 = 0xc09b, data32 = 0xc093, unusable = 0x10000, busy_tss = 0x8b;
    for (unsigned n = 0; n <= tr; ++n) {
        fields.add(nth(Field::guest_es_selector, n), n == cs     ? runtime::selector::code32
                                                     : n <= gs   ? runtime::selector::data32
                                                     : n == ldtr ? 0
                                                                 : runtime::selector::task);
        fields.add(nth(Field::guest_es_base, n), n == tr ? descriptor_tables.task_base() : 0);
        fields.add(nth(Field::guest_es_limit, n), n <= gs ? 0xffff'ffff : 0x67);
        fields.add(nth(Field::guest_es_access_rights, n), n == cs     ? code32
                                                          : n <= gs   ? data32
                                                          : n == ldtr ? unusable
                                                                      : busy_tss);
    }
    fields.add(Field::guest_cr0, runtime::read_cr0());
    fields.add(Field::guest_cr3, paging.cr3);
    fields.add(Field::guest_cr4, paging.cr4);
    if (is_pae && has_ept) {
        for (unsigned n = 0; n < 4; ++n) {
            fields.add(nth(Field::guest_pdpte0, n),
                       runtime::at<std::uint64_t>(runtime::PhysicalAddress{paging.cr3})[n]);
        }
    }
    fields.add(Field::guest_gdtr_base, gdtr_base);
    fields.add(Field::guest_gdtr_limit, 0xff);
    fields.add(Field::guest_idtr_base, 0);
    fields.add(Field::guest_idtr_limit, 0);
    fields.add(Field::guest_dr7, 0x400);
    fields.add(Field::guest_rsp, l2_esp);
    fields.add(Field::guest_rip, reinterpret_cast<std::uint64_t>(&legacy_l2));
    fields.add(Field::guest_rflags, 2);
    fields.add(Field::guest_ia32_debugctl, 0);
    fields.add(Field::guest_ia32_sysenter_cs, 0);
    fields.add(Field::guest_ia32_sysenter_esp, 0);
    fields.add(Field::guest_ia32_sysenter_eip, 0);
    fields.add(Field::guest_interruptibility_state, 0);
    fields.add(Field::guest_activity_state, 0);
    fields.add(Field::guest_pending_debug_exceptions, 0);
    fields.add(Field::vmcs_link_pointer, ~std::uint64_t{0});
}

void add_host(Fields& fields, const Seen& host) {
    fields.add(Field::host_es_selector, host.es);
    fields.add(Field::host_cs_selector, host.cs);
    fields.add(Field::host_ss_selector, host.ss);
    fields.add(Field::host_ds_selector, host.ds);
    fields.add(Field::host_fs_selector, host.fs);
    fields.add(Field::host_gs_selector, host.gs);
    fields.add(Field::host_tr_selector, host.tr);
    fields.add(Field::host_cr0, host.cr0);
    fields.add(Field::host_cr3, host.cr3);
    fields.add(Field::host_cr4, host.cr4);
    fields.add(Field::host_fs_base, window + fs_offset);
    fields.add(Field::host_gs_base, window);
    fields.add(Field::host_tr_base, descriptor_tables.task_base());
    fields.add(Field::host_gdtr_base, legacy_setup.gdt.base);
    fields.add(Field::host_idtr_base, legacy_setup.idt.base);
    fields.add(Field::host_ia32_sysenter_cs, host.sysenter_cs);
    fields.add(Field::host_ia32_sysenter_esp, host.sysenter_esp);
    fields.add(Field::host_ia32_sysenter_eip, host.sysenter_eip);
    fields.add(Field::host_rsp, host.esp);
    fields.add(Field::host_rip, reinterpret_cast<std::uint64_t>(&legacy_vm_exit));
}

}  // namespace

Word write_fields(const Seen& host, const Paging& l2, bool l2_is_pae, std::uint64_t eptp) {
    Fields fields;
    add_controls(fields, eptp, host.efer);
    add_guest(fields, l2, l2_is_pae, eptp != 0);
    add_host(fields, host);
    return fields.count();
}

}  // namespace vmxspec::legacy
