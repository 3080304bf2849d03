#include "tests/unit/entry_cases.hpp"

#include <algorithm>
#include <array>
#include <set>

namespace vmxspec::entry_cases {

namespace {

// A processor with everything that the controls of the rows below need, and a 64-bit guest under a 64-bit host.
const std::string long_mode = R"(
    processor.intel64=1 processor.nx=1 processor.syscall=1 processor.maxphyaddr=39 processor.linear_width=48
    processor.tme=1
    capability.basic.revision=0x12 capability.basic.true_controls=1
    capability.pin=0xffffffff00000016        capability.true_pin=0xffffffff00000016
    capability.proc=0xffffffff0401e172       capability.true_proc=0xffffffff04006172
    capability.exit=0xffffffff00036dff       capability.true_exit=0xffffffff00036dfb
    capability.entry=0xffffffff000011ff      capability.true_entry=0xffffffff000011fb
    capability.proc2=0xffffffff00000000      capability.proc3=0xffffffffffffffff
    capability.exit2=0xffffffffffffffff      capability.vmfunc=1
    capability.misc.hlt=1 capability.misc.shutdown=1 capability.misc.wait_for_sipi=1 capability.misc.cr3_targets=4
    capability.cr0_fixed0=0x80000021 capability.cr0_fixed1=0xffffffff
    capability.cr4_fixed0=0x2000 capability.cr4_fixed1=0x1ffffffff
    capability.ept_vpid.walk_4=1 capability.ept_vpid.wb=1
    before.in_vmx_operation=1 before.cr0=0x80010031 before.cr4=0x2020 before.efer=0xd01 before.rflags=2 before.cs_l=1
    before.current_vmcs=0x1000
    control.pin=0x16 control.proc=0x04006172 control.exit=0x36ffb control.entry=0x13fb
    host.cr0=0x80010031 host.cr3=0x2000 host.cr4=0x2020 host.rip=0xffffffff81000000
    host.cs_selector=0x8 host.ss_selector=0x10 host.tr_selector=0x18
    guest.cr0=0x80010031 guest.cr3=0x3000 guest.cr4=0x2020 guest.dr7=0x400 guest.rflags=2 guest.rip=0xffffffff80100000
    guest.cs_selector=0x8  guest.cs_limit=0xffffffff guest.cs_access_rights=0xa09b
    guest.ss_selector=0x10 guest.ss_limit=0xffffffff guest.ss_access_rights=0xc093
    guest.ds_selector=0x10 guest.ds_limit=0xffffffff guest.ds_access_rights=0xc093
    guest.es_selector=0x10 guest.es_limit=0xffffffff guest.es_access_rights=0xc093
    guest.fs_selector=0x10 guest.fs_limit=0xffffffff guest.fs_access_rights=0xc093
    guest.gs_selector=0x10 guest.gs_limit=0xffffffff guest.gs_access_rights=0xc093
    guest.tr_selector=0x18 guest.tr_limit=0x67       guest.tr_access_rights=0x8b
    guest.ldtr_access_rights=0x10000 guest.gdtr_limit=0xffff guest.idtr_limit=0xfff
    guest.link_pointer=0xffffffffffffffff )";

const std::string ept = " control.proc.activate_secondary=1 control.proc2.enable_ept=1 control.eptp=0x501e ";
const std::string secondary = " control.proc.activate_secondary=1 ";
const std::string tertiary = " control.proc.activate_tertiary=1 ";

// A guest at its reset vector: real mode, with "unrestricted guest".
const std::string real_mode = long_mode + ept + R"(
    control.proc2.unrestricted_guest=1 control.entry.ia32e_mode_guest=0
    guest.cr0=0x30 guest.cr3=0 guest.cr4=0x2000 guest.rip=0xfff0
    guest.cs_selector=0xf000 guest.cs_base=0xf0000 guest.cs_limit=0xffff guest.cs_access_rights=0x9b
    guest.ss_selector=0 guest.ss_limit=0xffff guest.ss_access_rights=0x93
    guest.ds_selector=0 guest.ds_limit=0xffff guest.ds_access_rights=0x93
    guest.es_selector=0 guest.es_limit=0xffff guest.es_access_rights=0x93
    guest.fs_selector=0 guest.fs_limit=0xffff guest.fs_access_rights=0x93
    guest.gs_selector=0 guest.gs_limit=0xffff guest.gs_access_rights=0x93
    guest.tr_selector=0 guest.tr_limit=0xffff guest.ldtr_limit=0xffff guest.ldtr_access_rights=0x82 )";

// A 32-bit protected-mode guest with 32-bit paging.
const std::string protected_mode = long_mode + R"(
    control.entry.ia32e_mode_guest=0 guest.cr4=0x2000 guest.rip=0x100000 guest.cs_access_rights=0xc09b )";

// A virtual-8086 guest.
const std::string virtual_8086 = protected_mode + R"( guest.rflags=0x20002 guest.rip=0x100
    guest.cs_selector=0x100 guest.cs_base=0x1000 guest.cs_limit=0xffff guest.cs_access_rights=0xf3
    guest.ss_selector=0x203 guest.ss_base=0x2030 guest.ss_limit=0xffff guest.ss_access_rights=0xf3
    guest.ds_selector=0x300 guest.ds_base=0x3000 guest.ds_limit=0xffff guest.ds_access_rights=0xf3
    guest.es_selector=0x300 guest.es_base=0x3000 guest.es_limit=0xffff guest.es_access_rights=0xf3
    guest.fs_selector=0 guest.fs_base=0 guest.fs_limit=0xffff guest.fs_access_rights=0xf3
    guest.gs_selector=0xffff guest.gs_base=0xffff0 guest.gs_limit=0xffff guest.gs_access_rights=0xf3 )";

void append(Cases& cases, const Cases& more) { cases.insert(cases.end(), more.begin(), more.end()); }

constexpr std::uint64_t bit(unsigned n) { return std::uint64_t{1} << n; }
constexpr std::uint64_t bits(unsigned high, unsigned low) { return low_bits(high - low + 1) << low; }

/// Each bit of the field alone, turned over in `base`: the rule holds where the bit is in `allowed`, else it fails.
Case each_bit(const std::string& rule, const std::string& given, const std::string& field, unsigned width,
              std::uint64_t allowed, std::uint64_t base = 0) {
    Case result{rule, given, {}, {}};
    for (unsigned n = 0; n < width; ++n) {
        const std::string state = " " + field + "=" + hex(base ^ bit(n));
        ((allowed >> n & 1) != 0 ? result.holds : result.fails).push_back(state);
    }
    return result;
}

// The tables, in the manual's order. clang-format would give each state a line of its own.
// clang-format off

Cases basic() {
    return {
        {"basic.ud.mode", long_mode, {"", "before.efer=0 before.cs_l=0"},
         {"before.in_vmx_operation=0", "before.cr0.pe=0", "before.efer=0 before.rflags.vm=1", "before.cs_l=0"}},
        {"basic.gp.cpl", long_mode, {"", "before.non_root=1 before.cpl=3"}, {"before.cpl=1", "before.cpl=3"}},
        {"basic.exit.nonroot", long_mode, {""}, {"before.non_root=1"}},
        {"basic.failinvalid.no-current-vmcs", long_mode, {"", "before.current_vmcs=0"},
         {"before.current_vmcs=0xffffffffffffffff"}},
        {"basic.failinvalid.shadow-vmcs", long_mode,
         {"", "before.current_vmcs=0xffffffffffffffff before.current_is_shadow=1"}, {"before.current_is_shadow=1"}},
        {"basic.fail26.movss", long_mode, {"", "before.current_is_shadow=1 before.blocking_by_mov_ss=1",
                                             "before.current_vmcs=0xffffffffffffffff before.blocking_by_mov_ss=1"},
         {"before.blocking_by_mov_ss=1"}},
        {"basic.fail4.launch-not-clear", long_mode,
         {"", "before.launched=1 before.vmresume=1", "before.launched=1 before.current_is_shadow=1",
          "before.launched=1 before.current_vmcs=0xffffffffffffffff"},
         {"before.launched=1", "before.launched=1 before.current_vmcs=0xfffffffffffff000"}},
        {"basic.fail5.resume-not-launched", long_mode + "before.vmresume=1",
         {"before.launched=1", "before.vmresume=0", "before.current_is_shadow=1",
          "before.current_vmcs=0xffffffffffffffff"},
         {"before.launched=0", "before.current_vmcs=0xfffffffffffff000"}},
    };
}

/// A control word of 32 bits and the two capability MSRs of which one governs it.
Cases reserved_controls() {
    Cases cases;
    for (const std::string name : {"pin", "proc", "exit", "entry"}) {
        const std::string plain = "capability." + name, exact = "capability.true_" + name, word = "control." + name;
        const std::string settings = " " + exact + "=0x0000000700000001 " + plain + "=0x0000000700000003 ";
        cases.push_back({"ctl." + name + ".reserved", long_mode + settings,
                         {word + "=1", word + "=3", word + "=7", "capability.basic.true_controls=0 " + word + "=3"},
                         {word + "=0", word + "=2", word + "=9", word + "=0x80000001",
                          "capability.basic.true_controls=0 " + word + "=1"}});
    }
    append(cases, {
        {"ctl.proc2.reserved", long_mode + secondary + "capability.proc2=0x0000000600000000",
         {"control.proc2=0", "control.proc2=6", "control.proc2=8 control.proc.activate_secondary=0"},
         {"control.proc2=8", "control.proc2=0x80000000"}},
        {"ctl.proc3.reserved", long_mode + tertiary + "capability.proc3=0x8000000000000002",
         {"control.proc3=0x8000000000000002", "control.proc3=1 control.proc.activate_tertiary=0"},
         {"control.proc3=1", "control.proc3=0x4000000000000000"}},
        {"ctl.exit2.reserved", long_mode + "control.exit.activate_secondary=1 capability.exit2=0x8000000000000002",
         {"control.exit2=0x8000000000000002", "control.exit2=1 control.exit.activate_secondary=0"},
         {"control.exit2=1", "control.exit2=0x4000000000000000"}},
        {"ctl.cr3-target-count", long_mode, {"", "control.cr3_target_count=4"},
         {"control.cr3_target_count=5", "control.cr3_target_count=0x80000000"}},
    });
    return cases;
}

/// A field with an address, the control that uses it, and how it is switched off. `low` is the highest bit that
/// alignment forbids.
struct Address {
    std::string id, on, off, field;
    unsigned low = 11;
};

std::vector<Address> addresses() {
    const std::string vmfunc = secondary + "control.proc2.enable_vm_functions=1 control.vm_function.eptp_switching=1";
    const auto by_proc2 = [](const std::string& id, const std::string& control, const std::string& field) {
        const std::string name = "control.proc2." + control;
        return Address{id, secondary + name + "=1", "control.proc.activate_secondary=0", field};
    };
    return {
        {"ctl.io-bitmap-a", "control.proc.use_io_bitmaps=1", "control.proc.use_io_bitmaps=0", "io_bitmap_a"},
        {"ctl.io-bitmap-b", "control.proc.use_io_bitmaps=1", "control.proc.use_io_bitmaps=0", "io_bitmap_b"},
        {"ctl.msr-bitmap", "control.proc.use_msr_bitmaps=1", "control.proc.use_msr_bitmaps=0", "msr_bitmap"},
        {"ctl.virtual-apic", "control.proc.use_tpr_shadow=1", "control.proc.use_tpr_shadow=0", "virtual_apic"},
        by_proc2("ctl.apic-access", "virtualize_apic_accesses", "apic_access"),
        by_proc2("ctl.pml", "enable_pml", "pml"),
        by_proc2("ctl.sppt", "sub_page_write", "spptp"),
        {"ctl.eptp-list", vmfunc, "control.vm_function.eptp_switching=0", "eptp_list"},
        {"ctl.eptp-list", vmfunc, "control.proc2.enable_vm_functions=0", "eptp_list"},
        by_proc2("ctl.vmread-bitmap", "vmcs_shadowing", "vmread_bitmap"),
        by_proc2("ctl.vmwrite-bitmap", "vmcs_shadowing", "vmwrite_bitmap"),
        by_proc2("ctl.ve-info", "ept_violation_ve", "ve_information"),
        by_proc2("ctl.pasid-dir-low", "pasid_translation", "low_pasid_directory"),
        by_proc2("ctl.pasid-dir-high", "pasid_translation", "high_pasid_directory"),
        {"ctl.posted", "control.pin.process_posted_interrupts=1", "control.pin.process_posted_interrupts=0",
         "posted_interrupt_descriptor", 5},
        {"ctl.pid-table", tertiary + "control.proc3.ipi_virtualization=1", "control.proc.activate_tertiary=0",
         "pid_pointer_table", 2},
        {"ctl.exit-msr-store", "control.exit_msr_store_count=1", "control.exit_msr_store_count=0", "exit_msr_store", 3},
        {"ctl.exit-msr-load", "control.exit_msr_load_count=1", "control.exit_msr_load_count=0", "exit_msr_load", 3},
        {"ctl.entry-msr-load", "control.entry_msr_load_count=1", "control.entry_msr_load_count=0", "entry_msr_load", 3},
    };
}

/// States of a field that holds a 4-KByte aligned address: within 39 bits, less where TME takes 3 of them, and within
/// 32 bits on a processor whose IA32_VMX_BASIC[48] is 1.
Case address_width(const std::string& rule, const std::string& given, const std::string& off,
                   const std::string& field) {
    const std::string tme = " msr.tme_activate=0x3000000001 ", basic48 = " capability.basic.addresses_32_bit=1 ";
    const std::string set = " " + field + "=";
    return {rule, given,
            {set + "0", set + "0x7ffffff000", off + set + "0x8000000000", tme + set + "0xffffff000",
             "msr.tme_activate=0x3000000000" + set + "0x1000000000", tme + "before.in_seam=1" + set + "0x1000000000",
             basic48 + set + "0xfffff000", "processor.tme=0" + tme + set + "0x1000000000"},
            {set + "0x8000000000", set + "0x8000000000000000", tme + set + "0x1000000000", basic48 + set
             + "0x100000000"}};
}

Cases address_fields() {
    Cases cases;
    for (const Address& row : addresses()) {
        const std::string field = "control." + row.field;
        const std::string given = long_mode + row.on;
        cases.push_back({row.id + ".aligned", given,
                         {field + "=0", field + "=" + hex(2ULL << row.low), row.off + " " + field + "=1"},
                         {field + "=1", field + "=" + hex(1ULL << row.low)}});
        cases.push_back(each_bit(row.id + ".aligned", given, field, 64, ~low_bits(row.low + 1)));
        cases.push_back(address_width(row.id + ".width", given, row.off, field));
    }
    // The last byte of an area of n entries at a is a + 16 n - 1, computed without wrapping.
    for (const std::string area : {"exit_msr_store", "exit_msr_load", "entry_msr_load"}) {
        std::string id = "ctl." + area + ".last";
        std::replace(id.begin(), id.end(), '_', '-');
        const std::string address = " control." + area + "=", count = " control." + area + "_count=";
        cases.push_back({id, long_mode,
                         {count + "1" + address + "0x7ffffffff0", count + "0xffffffff" + address + "0x1000",
                          count + "0" + address + "0xfffffffffffffff0"},
                         {count + "2" + address + "0x7ffffffff0", count + "1" + address + "0x8000000000",
                          count + "1" + address + "0xfffffffffffffff0", count + "3" + address + "0xfffffffffffffff0"}});
        cases.push_back(address_width(id, long_mode + count + "1", count + "0", "control." + area));
    }
    // The last entry is 8 times the index behind the table.
    cases.push_back({"ctl.pid-table.last", long_mode + tertiary + "control.proc3.ipi_virtualization=1",
                     {"control.pid_pointer_table=0x7ffffffff0 control.last_pid_pointer_index=1",
                      "control.pid_pointer_table=0x1000 control.last_pid_pointer_index=0xffff",
                      "control.pid_pointer_table=0x7ffffffff8 control.last_pid_pointer_index=1 control.proc3=0"},
                     {"control.pid_pointer_table=0x7ffffffff8 control.last_pid_pointer_index=1",
                      "control.pid_pointer_table=0x7ffff80008 control.last_pid_pointer_index=0xffff",
                      "control.pid_pointer_table=0xfffffffffffffff8 control.last_pid_pointer_index=1"}});
    cases.push_back(address_width("ctl.pid-table.last", long_mode + tertiary + "control.proc3.ipi_virtualization=1",
                                  "control.proc.activate_tertiary=0", "control.pid_pointer_table"));
    cases.push_back(each_bit("ctl.hlatp.reserved", long_mode + tertiary + "control.proc3.enable_hlat=1",
                             "control.hlatp",
                             64, bits(63, 12) | bits(4, 3)));
    append(cases, {
        {"ctl.hlatp.reserved", long_mode + tertiary + "control.proc3.enable_hlat=1",
         {"control.hlatp=0", "control.hlatp=0x1018", "control.hlatp=1 control.proc3.enable_hlat=0"},
         {"control.hlatp=1", "control.hlatp=4", "control.hlatp=0x20", "control.hlatp=0x800"}},
        address_width("ctl.hlatp.width", long_mode + tertiary + "control.proc3.enable_hlat=1",
                      "control.proc.activate_tertiary=0", "control.hlatp"),
        {"ctl.hlatp.width", long_mode + tertiary + "control.proc3.enable_hlat=1", {"control.hlatp=0xfff"}, {}},
    });
    return cases;
}

Cases apic() {
    const std::string tpr = long_mode + secondary + "control.proc.use_tpr_shadow=1 ";
    const std::string vid = "control.proc2.virtual_interrupt_delivery=1 ";
    const std::string posted = long_mode + secondary + "control.pin.process_posted_interrupts=1 ";
    const auto shadowed = [](const std::string& what, const std::string& control) {
        return Case{"ctl.tpr-shadow." + what, long_mode + secondary + tertiary + control + "=1",
                    {"control.proc.use_tpr_shadow=1", control + "=0"}, {""}};
    };
    return {
        {"ctl.tpr-threshold.reserved", tpr,
         {"control.tpr_threshold=15", vid + "control.tpr_threshold=16",
          "control.proc.use_tpr_shadow=0 control.tpr_threshold=16",
          "control.proc2.virtualize_apic_accesses=1 control.tpr_threshold=15"},
         {"control.tpr_threshold=16", "control.tpr_threshold=0x80000000",
          "control.proc2.virtualize_apic_accesses=1 control.tpr_threshold=16"}},
        {"ctl.tpr-threshold.vtpr", tpr + "memory.vtpr=0x5f",
         {"control.tpr_threshold=5", "control.tpr_threshold=4", vid + "control.tpr_threshold=6",
          "control.proc2.virtualize_apic_accesses=1 control.tpr_threshold=6",
          "control.proc.use_tpr_shadow=0 control.tpr_threshold=6"},
         {"control.tpr_threshold=6", "control.tpr_threshold=15"}},
        each_bit("ctl.tpr-threshold.reserved", tpr, "control.tpr_threshold", 32, bits(3, 0)),
        each_bit("ctl.posted.vector", posted, "control.posted_interrupt_vector", 16, bits(7, 0)),
        {"ctl.virtual-nmis", long_mode,
         {"", "control.pin.nmi_exiting=1", "control.pin.nmi_exiting=1 control.pin.virtual_nmis=1"},
         {"control.pin.virtual_nmis=1"}},
        {"ctl.nmi-window", long_mode, {"", "control.pin.virtual_nmis=1 control.proc.nmi_window_exiting=1"},
         {"control.proc.nmi_window_exiting=1", "control.pin.nmi_exiting=1 control.proc.nmi_window_exiting=1"}},
        shadowed("x2apic", "control.proc2.virtualize_x2apic_mode"),
        shadowed("apic-reg", "control.proc2.apic_register_virtualization"),
        shadowed("vid", "control.proc2.virtual_interrupt_delivery"),
        shadowed("ipi", "control.proc3.ipi_virtualization"),
        {"ctl.x2apic.apic-access", tpr + "control.proc2.virtualize_x2apic_mode=1",
         {"", "control.proc2.virtualize_x2apic_mode=0 control.proc2.virtualize_apic_accesses=1"},
         {"control.proc2.virtualize_apic_accesses=1"}},
        {"ctl.vid.ext-int-exiting", tpr + vid, {"control.pin.external_interrupt_exiting=1",
                                                "control.proc.activate_secondary=0"}, {""}},
        {"ctl.posted.vid", posted, {vid, "control.pin.process_posted_interrupts=0"},
         {"", vid + "control.proc.activate_secondary=0"}},
        {"ctl.posted.ack-on-exit", posted,
         {"control.exit.acknowledge_interrupt=1", "control.pin.process_posted_interrupts=0 control.exit=0x36ffb"},
         {"control.exit.acknowledge_interrupt=0"}},
        {"ctl.posted.vector", posted,
         {"control.posted_interrupt_vector=0xff",
          "control.posted_interrupt_vector=0x100 control.pin.process_posted_interrupts=0"},
         {"control.posted_interrupt_vector=0x100", "control.posted_interrupt_vector=0x8000"}},
        {"ctl.apic-timer.vid", tpr + tertiary + "control.proc3.apic_timer_virtualization=1",
         {vid, "control.proc.activate_tertiary=0"}, {""}},
        {"ctl.apic-timer.rdtsc", tpr + tertiary + "control.proc3.apic_timer_virtualization=1",
         {"", "control.proc.rdtsc_exiting=1 control.proc3=0"}, {"control.proc.rdtsc_exiting=1"}},
        {"ctl.apic-timer.vector", tpr + tertiary + "control.proc3.apic_timer_virtualization=1",
         {"control.virtual_timer_vector=0xff", "control.virtual_timer_vector=0x100 control.proc3=0"},
         {"control.virtual_timer_vector=0x100"}},
        each_bit("ctl.apic-timer.vector", tpr + tertiary + "control.proc3.apic_timer_virtualization=1",
                 "control.virtual_timer_vector", 16, bits(7, 0)),
    };
}

Cases ept_controls() {
    Cases cases = {
        {"ctl.vpid.nonzero", long_mode + secondary + "control.proc2.enable_vpid=1",
         {"control.vpid=1", "control.vpid=0xffff", "control.proc.activate_secondary=0"}, {"control.vpid=0"}},
        {"ctl.eptp.memtype", long_mode + ept,
         {"control.eptp.memory_type=6", "control.eptp.memory_type=0 capability.ept_vpid.uc=1",
          "control.eptp.memory_type=1 control.proc2.enable_ept=0"},
         {"control.eptp.memory_type=0", "control.eptp.memory_type=6 capability.ept_vpid.wb=0",
          "control.eptp.memory_type=1 capability.ept_vpid.uc=1", "control.eptp.memory_type=7"}},
        {"ctl.eptp.walk", long_mode + ept,
         {"control.eptp.walk_length=3", "control.eptp.walk_length=4 capability.ept_vpid.walk_5=1",
          "control.eptp.walk_length=0 control.proc2.enable_ept=0"},
         {"control.eptp.walk_length=4", "control.eptp.walk_length=3 capability.ept_vpid.walk_4=0",
          "control.eptp.walk_length=2", "control.eptp.walk_length=7 capability.ept_vpid.walk_5=1"}},
        {"ctl.eptp.ad", long_mode + ept,
         {"", "control.eptp.accessed_dirty=1 capability.ept_vpid.accessed_dirty=1",
          "control.eptp.accessed_dirty=1 control.proc2.enable_ept=0"},
         {"control.eptp.accessed_dirty=1"}},
        {"ctl.eptp.reserved", long_mode + ept,
         {"", "control.eptp=0x509e capability.ept_vpid.supervisor_shadow_stack=1",
          "control.eptp=0x5f1e control.proc2.enable_ept=0"},
         {"control.eptp=0x509e", "control.eptp=0x511e", "control.eptp=0x581e",
          "control.eptp=0x581e capability.ept_vpid.supervisor_shadow_stack=1"}},
        each_bit("ctl.eptp.reserved", long_mode + ept, "control.eptp", 64, ~bits(11, 7), 0x501e),
        each_bit("ctl.eptp.reserved", long_mode + ept + "capability.ept_vpid.supervisor_shadow_stack=1", "control.eptp",
                 64,
                 ~bits(11, 8), 0x501e),
        address_width("ctl.eptp.width", long_mode + ept, "control.proc.activate_secondary=0", "control.eptp"),
    };
    const auto needs = [&](const std::string& what, const std::string& control) {
        cases.push_back({"ctl.needs-ept." + what, long_mode + secondary + tertiary + control + "=1",
                         {"control.proc2.enable_ept=1", control + "=0"},
                         {"", "control.proc2.enable_ept=0 control.eptp=0x501e"}});
    };
    needs("pml", "control.proc2.enable_pml");
    needs("unrestricted", "control.proc2.unrestricted_guest");
    needs("mbec", "control.proc2.mode_based_execute");
    needs("spp", "control.proc2.sub_page_write");
    needs("pt-gpa", "control.proc2.pt_uses_guest_physical");
    needs("pebs-gpa", "control.proc3.pebs_uses_guest_physical");
    needs("hlat", "control.proc3.enable_hlat");
    needs("paging-write", "control.proc3.ept_paging_write");
    needs("guest-paging", "control.proc3.guest_paging_verification");
    return cases;
}

Cases other_execution_controls() {
    const std::string vmfunc = long_mode + secondary + "control.proc2.enable_vm_functions=1 ";
    const std::string pt_gpa = long_mode + ept + "control.proc2.pt_uses_guest_physical=1 ";
    return {
        {"ctl.vmfunc.reserved", vmfunc, {"control.vm_function=1", "control.vm_function=2 control.proc2=0"},
         {"control.vm_function=2", "control.vm_function=0x8000000000000000",
          "control.vm_function=1 capability.vmfunc=0"}},
        {"ctl.vmfunc.eptp-switching-ept", vmfunc + "control.vm_function.eptp_switching=1",
         {"control.proc2.enable_ept=1", "control.vm_function=0", "control.proc2.enable_vm_functions=0"}, {""}},
        {"ctl.pt.trace-enabled", long_mode, {"before.trace_enabled=1", "control.entry.load_rtit_ctl=1"},
         {"before.trace_enabled=1 control.entry.load_rtit_ctl=1"}},
        {"ctl.pt-gpa.rtit", pt_gpa,
         {"control.entry.load_rtit_ctl=1 control.exit.clear_rtit_ctl=1", "control.proc.activate_secondary=0"},
         {"", "control.entry.load_rtit_ctl=1", "control.exit.clear_rtit_ctl=1"}},
        {"ctl.tsc-multiplier", long_mode + secondary + "control.proc2.use_tsc_scaling=1",
         {"control.tsc_multiplier=1", "control.proc.activate_secondary=0"}, {"control.tsc_multiplier=0"}},
        each_bit("ctl.vmfunc.reserved", vmfunc, "control.vm_function", 64, bit(0)),
        each_bit("ctl.seam.ept", long_mode + ept + "before.in_seam=1", "control.shared_ept", 64, bits(38, 12)),
        {"ctl.seam.ept", long_mode + ept + "before.in_seam=1 msr.tme_activate=0x3000000001",
         {"control.shared_ept=0", "control.shared_ept=0x7ffffff000",
          "before.in_seam=0 control.proc2.enable_ept=0 control.shared_ept=1"},
         {"control.proc2.enable_ept=0", "control.shared_ept=1", "control.shared_ept=0x800",
          "control.shared_ept=0x8000000000"}},
        {"ctl.exit.preemption-timer", long_mode,
         {"", "control.pin.activate_preemption_timer=1",
          "control.pin.activate_preemption_timer=1 control.exit.save_preemption_timer=1"},
         {"control.exit.save_preemption_timer=1"}},
        {"ctl.entry.smm", long_mode, {"", "before.in_smm=1 control.entry.entry_to_smm=1",
                                      "before.in_smm=1 control.entry.deactivate_dual_monitor=1"},
         {"control.entry.entry_to_smm=1", "control.entry.deactivate_dual_monitor=1"}},
        {"ctl.entry.smm-both", long_mode + "before.in_smm=1",
         {"", "control.entry.entry_to_smm=1", "control.entry.deactivate_dual_monitor=1"},
         {"control.entry.entry_to_smm=1 control.entry.deactivate_dual_monitor=1"}},
    };
}

/// Event injection: `event(type, vector, more)` is a valid injected event.
std::string event(unsigned type, unsigned vector, const std::string& more = {}) {
    return " control.injected_event=0x80000000 control.injected_event.type=" + std::to_string(type) +
           " control.injected_event.vector=" + std::to_string(vector) + " " + more + " ";
}

Cases event_injection() {
    const std::string no_mtf = " capability.true_proc=0xf7ffffff04006172 ";
    const std::string plain_no_mtf = " capability.basic.true_controls=0 capability.proc=0xf7ffffff0401e172 ",
        fred_cpu = " processor.fred=1 ";
    const std::string fred = fred_cpu + "guest.cr4.fred=1 ", code = " control.injected_event.deliver_error_code=1 ";
    const std::string optional = " capability.basic.error_code_optional=1 ", off = " control.injected_event.valid=0 ";
    const std::string nested = " control.injected_event.nested_exception=1 ";
    Cases cases = {
        {"ctl.inject.type", long_mode,
         {event(0, 32), event(2, 2), event(7, 0), event(7, 1) + no_mtf + fred_cpu, event(1, 0) + off,
          event(7, 0) + no_mtf + off},
         {event(1, 0), event(7, 0) + no_mtf, event(7, 0) + plain_no_mtf, event(1, 0) + fred_cpu}},
        {"ctl.inject.vector.nmi", long_mode, {event(2, 2), event(3, 3), event(2, 3) + off}, {event(2, 0), event(2, 3)}},
        {"ctl.inject.vector.hwexc", long_mode, {event(3, 0), event(3, 31), event(0, 32), event(3, 32) + off},
         {event(3, 32), event(3, 255)}},
        {"ctl.inject.vector.other", long_mode,
         {event(7, 0), event(7, 1) + fred, event(7, 2) + fred + no_mtf, event(7, 9) + off},
         {event(7, 1), event(7, 1) + fred_cpu, event(7, 3) + fred, event(7, 0) + no_mtf + fred,
          event(7, 0) + plain_no_mtf}},
        {"ctl.inject.nested-exception", long_mode,
         {event(3, 13), event(3, 13, nested) + "capability.basic.nested_exception=1", event(0, 32, nested) + off},
         {event(3, 13, nested), event(2, 2, nested) + "capability.basic.nested_exception=1"}},
        {"ctl.inject.reserved", long_mode,
         {event(0, 32), "control.injected_event=0x80002000", "control.injected_event=0x7fffd000"},
         {"control.injected_event=0x80001000", "control.injected_event=0x80004000",
          "control.injected_event=0xc0000000"}},
        each_bit("ctl.inject.reserved", long_mode, "control.injected_event", 31, bit(13) | bits(11, 0), bit(31)),
        each_bit("ctl.inject.error-code.value", long_mode + event(3, 13, code), "control.injected_event_error_code", 32,
                 bits(15, 0)),
        each_bit("ctl.inject.error-code.value", long_mode + event(3, 13, code) + "trait.error_code_15_bits=1",
                 "control.injected_event_error_code", 32, bits(14, 0)),
        {"ctl.inject.error-code.value", long_mode,
         {event(3, 13, code) + "control.injected_event_error_code=0xffff",
          event(3, 13, code) + "control.injected_event_error_code=0x7fff trait.error_code_15_bits=1",
          event(3, 13) + "control.injected_event_error_code=0x10000",
          event(3, 13, code) + off + "control.injected_event_error_code=0x10000"},
         {event(3, 13, code) + "control.injected_event_error_code=0x10000",
          event(3, 13, code) + "control.injected_event_error_code=0x80000000",
          event(3, 13, code) + "control.injected_event_error_code=0x8000 trait.error_code_15_bits=1"}},
        {"ctl.inject.error-code.forbidden", real_mode,
         {event(3, 13), event(3, 13, code) + "guest.cr0.pe=1",
          event(3, 13, code) + "control.proc2.unrestricted_guest=0"},
         {event(3, 13, code), event(3, 13, code) + optional}},
        {"ctl.inject.error-code.required", real_mode, {event(3, 13), event(3, 13, code) + "guest.cr0.pe=1"},
         {event(3, 13) + "guest.cr0.pe=1", event(3, 13) + "control.proc2.unrestricted_guest=0"}},
        {"ctl.inject.error-code.forbidden", long_mode, {event(3, 21, code) + "trait.cp_error_code=1"}, {}},
        {"ctl.inject.error-code.required", long_mode, {event(3, 21) + "trait.cp_error_code=1"}, {}},
    };
    // The manual's two lists of vectors; together they are all of 0 to 31.
    const std::set<unsigned> with_code = {8, 10, 11, 12, 13, 14, 17};
    for (unsigned vector = 0; vector < 32; ++vector) {
        const bool demanded = with_code.contains(vector);
        const std::string rule = demanded ? "ctl.inject.error-code.required" : "ctl.inject.error-code.forbidden";
        const std::string right = event(3, vector, demanded ? code : ""), wrong = event(3, vector,
                                                                                        demanded ? "" : code);
        cases.push_back({rule, long_mode, {right, wrong + optional, wrong + off}, {wrong}});
        if (!demanded) cases.push_back({"ctl.inject.error-code.required", long_mode, {right, wrong}, {}});
        if (demanded) cases.push_back({"ctl.inject.error-code.forbidden", long_mode, {right, wrong}, {}});
    }
    // The lists end at 31; what is above is the vector's own row.
    cases.push_back({"ctl.inject.error-code.forbidden", long_mode, {event(3, 32, code), event(3, 64, code)}, {}});
    for (const unsigned type : {0U, 2U, 4U, 5U, 6U, 7U})
        cases.push_back({"ctl.inject.error-code.forbidden", long_mode, {event(type, 2)}, {event(type, 2, code)
                                                                                          + optional}});
    const std::string length = " control.entry_instruction_length=", zero = " capability.misc.zero_length_injection=1 ";
    for (const std::string& counts : {event(4, 128), event(5, 1), event(6, 3), event(7, 1) + fred, event(7, 2) + fred})
        cases.push_back({"ctl.inject.instr-length", long_mode,
                         {counts + length + "1", counts + length + "15", counts + zero + length + "0",
                          counts + off + length + "16"},
                         {counts + length + "0", counts + length + "16", counts + zero + length + "0x80000000"}});
    for (const std::string& ignored : {event(0, 32), event(2, 2), event(3, 13), event(7, 0)})
        cases.push_back({"ctl.inject.instr-length", long_mode, {ignored + length + "0", ignored + length + "99"}, {}});
    return cases;
}

/// A canonical address has bits 63:47 identical on a processor with 48 linear-address bits.
Case canonical(const std::string& rule, const std::string& given, const std::string& off, const std::string& field) {
    const std::string set = " " + field + "=";
    return {rule, given,
            {set + "0", set + "0x00007ffffffff000", set + "0xffff800000000000",
             "processor.linear_width=57" + set + "0x00ff800000000000", off + set + "0x0000800000000000"},
            {set + "0x0000800000000000", set + "0xffff7ffffffff000", set + "0x8000000000000000",
             "processor.linear_width=57" + set + "0x0100000000000000"}};
}

Case high_half(const std::string& rule, const std::string& given, const std::string& off, const std::string& field) {
    const std::string set = " " + field + "=";
    return {rule, given, {set + "0xffffffff", off + set + "0x100000000"}, {set + "0x100000000", set
                                                                           + "0x8000000000000000"}};
}

/// Values of each byte: UC, WC, WT, WP, WB and UC- are 0, 1, 4, 5, 6 and 7.
Case pat(const std::string& rule, const std::string& given, const std::string& off, const std::string& field) {
    const std::set<unsigned> types = {0, 1, 4, 5, 6, 7};
    Case result{rule, given, {field + "=0x0007040600070406", off + field + "=2"}, {}};
    for (unsigned byte = 0; byte < 8; ++byte)
        for (const unsigned value : {0U, 1U, 2U, 3U, 4U, 5U, 6U, 7U, 8U, 0x10U, 0x20U, 0x40U, 0x80U, 0x84U})
            (types.contains(value) ? result.holds : result.fails)
                .push_back(" " + field + "=" + hex(std::uint64_t{value} << 8 * byte));
    return result;
}

/// Rows of MSRs that the guest-state and host-state areas share.
void msrs(Cases& cases, const std::string& area, const std::string& controls, const std::string& controls2) {
    const std::string field = area + ".";
    const auto on = [&](const std::string& control) { return long_mode + controls + control + "=1 "; };
    const auto off = [&](const std::string& control) { return controls + control + "=0 "; };
    const std::string perf = field + "perf_global_ctrl=", spec_ctrl = field + "spec_ctrl=", cet = field + "s_cet=";
    const std::string load_cet = on("load_cet_state") + "processor.cet_ss=1 processor.cet_ibt=1 ";
    append(cases, {
        canonical(area + ".sysenter-esp.canonical", long_mode, "processor.intel64=0", field + "sysenter_esp"),
        canonical(area + ".sysenter-eip.canonical", long_mode, "processor.intel64=0", field + "sysenter_eip"),
        {area + ".perf-global-ctrl.reserved",
         on("load_perf_global_ctrl") + "processor.general_counters=4 processor.fixed_counters=3 processor.pdcm=1",
         {perf + "0x70000000f", perf + "0x1000000000000 msr.perf_capabilities=0x8000",
          perf + "0x800000000 feature.fixed_counter_map=8",
          perf + "0x1000000010 feature.perfmon_ext=1 feature.general_counter_map_ext=0x10 "
                 "feature.fixed_counter_map_ext=0x10",
          off("load_perf_global_ctrl") + perf + "0x10"},
         {perf + "0x10", perf + "0x800000000", perf + "0x1000000000000", perf + "0x8000000000000000",
          perf + "0x10 feature.general_counter_map_ext=0x10"}},
        each_bit(area + ".perf-global-ctrl.reserved",
                 on("load_perf_global_ctrl") + "processor.general_counters=4 processor.fixed_counters=3",
                 field + "perf_global_ctrl", 64, bits(34, 32) | bits(3, 0)),
        each_bit(area + ".perf-global-ctrl.reserved",
                 on("load_perf_global_ctrl") + "processor.pdcm=1 msr.perf_capabilities=0x8000 feature.perfmon_ext=1 "
                 "feature.general_counter_map_ext=0xffffffff feature.fixed_counter_map_ext=0xffffffff",
                 field + "perf_global_ctrl", 64, bits(48, 0)),
        pat(area + ".pat.memtypes", on("load_pat"), off("load_pat"), field + "pat"),
        {area + ".efer.reserved", on("load_efer"),
         {field + "efer=0xd01", field + "efer=0x2 " + off("load_efer")},
         {field + "efer=0x2", field + "efer=0x1000", field + "efer=0x8000000000000000",
          "processor.nx=0 " + field + "efer=0x800", "processor.intel64=0 " + field + "efer=0x100"}},
        each_bit(area + ".efer.reserved", on("load_efer"), field + "efer", 64, bits(11, 10) | bit(8) | bit(0)),
        each_bit(area + ".s-cet.reserved", load_cet, field + "s_cet", 64, ~bits(9, 6)),
        each_bit(area + ".ssp.aligned", load_cet, field + "ssp", 64, ~bits(1, 0)),
        {area + ".s-cet.reserved", load_cet,
         {cet + "0x43f", cet + "0xfffff83f", "processor.cet_ibt=0 " + cet + "3", "processor.cet_ss=0 " + cet + "0x3c",
          off("load_cet_state") + cet + "0x40"},
         {cet + "0x40", cet + "0x200", "processor.cet_ibt=0 " + cet + "4", "processor.cet_ibt=0 " + cet + "0x1000",
          "processor.cet_ss=0 " + cet + "1"}},
        {area + ".s-cet.suppress-tracker", load_cet,
         {cet + "0x400", cet + "0x800", off("load_cet_state") + cet + "0xc00"}, {cet + "0xc00"}},
        {area + ".ssp.aligned", load_cet, {field + "ssp=4", off("load_cet_state") + field + "ssp=1"},
         {field + "ssp=1", field + "ssp=2"}},
        high_half(area + ".pkrs", on("load_pkrs"), off("load_pkrs"), field + "pkrs"),
    });
    const std::string load_fred = long_mode + controls2 + "load_fred=1", no_fred = " " + controls2 + "load_fred=0 ";
    const std::string config = field + "fred_config=";
    cases.push_back(canonical(area + ".fred.config", load_fred, no_fred, field + "fred_config"));
    cases.push_back({area + ".fred.config", load_fred, {config + "0xffffffffffff07cb", no_fred + config + "4"},
                     {config + "4", config + "0x10", config + "0x20", config + "0x800"}});
    cases.push_back(each_bit(area + ".fred.config", load_fred, field + "fred_config", 64,
                             bits(46, 12) | bits(10, 6) | bit(3) | bits(1, 0)));
    for (const std::string n : {"1", "2", "3"}) { const std::string rsp = field + "fred_rsp" + n, ssp = field
                                                 + "fred_ssp" + n;
        cases.push_back(canonical(area + ".fred.rsp" + n, load_fred, no_fred, rsp));
        cases.push_back({area + ".fred.rsp" + n, load_fred, {rsp + "=0x40", no_fred + rsp + "=1"}, {rsp + "=1", rsp
                                                                                                    + "=0x20"}});
        cases.push_back(canonical(area + ".fred.ssp" + n, load_fred, no_fred, ssp));
        cases.push_back({area + ".fred.ssp" + n, load_fred, {ssp + "=8", no_fred + ssp + "=1"}, {ssp + "=1", ssp
                                                                                                 + "=4"}});
    }
    const std::string load_spec = long_mode + controls2 + "load_spec_ctrl=1 processor.ibrs=1 processor.stibp=1 "
                                  "processor.ssbd=1 processor.speculation_controls=0x1f ";
    cases.push_back(each_bit(area + ".spec-ctrl.reserved", load_spec, field + "spec_ctrl", 64, 0x5ff));
    cases.push_back({area + ".spec-ctrl.reserved", load_spec,
                     {spec_ctrl + "0x5ff", "processor.stibp=0 " + spec_ctrl + "2",
                      "processor.speculation_controls=2 " + spec_ctrl + "0x1f",
                      controls2 + "load_spec_ctrl=0 " + spec_ctrl + "0x200"},
                     {spec_ctrl + "0x200", spec_ctrl + "0x800", spec_ctrl + "0x8000000000000000",
                      "processor.ibrs=0 " + spec_ctrl + "1", "processor.ssbd=0 " + spec_ctrl + "4",
                      "processor.speculation_controls=0x1e " + spec_ctrl + "0x80",
                      "processor.speculation_controls=0x1d " + spec_ctrl + "8",
                      "processor.speculation_controls=0x1b " + spec_ctrl + "0x40",
                      "processor.speculation_controls=0x17 " + spec_ctrl + "0x100",
                      "processor.speculation_controls=0xf " + spec_ctrl + "0x400"}});
}

Cases host() {
    const std::string load_efer = long_mode + "control.exit.load_efer=1 ";
    Case cr3 = address_width("host.cr3.width", long_mode, "processor.intel64=0", "host.cr3");
    cr3.holds.insert(cr3.holds.end(), {"host.cr3=0xfff", "processor.lam=1 host.cr3=0x6000000000000000"});
    cr3.fails.insert(cr3.fails.end(), {"host.cr3=0x6000000000000000", "processor.lam=1 host.cr3=0x8000000000000000"});
    Cases cases = {
        {"host.cr0.fixed", long_mode,
         {"", "host.cr0=0xe0010031", "capability.cr0_fixed1=0x9fffffff host.cr0.cd=1 host.cr0.nw=1"},
         {"host.cr0.pe=0", "host.cr0.ne=0", "host.cr0.pg=0", "host.cr0=0x180010031"}},
        {"host.cr4.fixed", long_mode, {"", "host.cr4.fred=1"},
         {"host.cr4.vmxe=0", "host.cr4=0x8000000000002020", "capability.cr4_fixed1=0x2020 host.cr4.pge=1"}},
        {"host.cr4.cet-wp", long_mode, {"host.cr4.cet=1", "host.cr0.wp=0"}, {"host.cr4.cet=1 host.cr0.wp=0"}},
        cr3,
        {"host.efer.lma-lme", load_efer,
         {"host.efer=0xd01", "control.exit.host_address_space_size=0", "control.exit.load_efer=0"},
         {"host.efer=0", "host.efer=0x100", "host.efer=0x400",
          "control.exit.host_address_space_size=0 host.efer=0x100"}},
    };
    // Where a processor supports nothing but one value, each bit of CR0 and CR4 counts, except NW and CD.
    const std::string all_0 = long_mode + "capability.cr0_fixed0=0 capability.cr0_fixed1=0 ";
    const std::string all_1 =
        long_mode + "capability.cr0_fixed0=0xffffffffffffffff capability.cr0_fixed1=0xffffffffffffffff ";
    cases.push_back(each_bit("host.cr0.fixed", all_0, "host.cr0", 64, bits(30, 29)));
    cases.push_back(each_bit("host.cr0.fixed", all_1, "host.cr0", 64, bits(30, 29), ~0ULL));
    cases.push_back(
        each_bit("host.cr4.fixed", long_mode + "capability.cr4_fixed0=0 capability.cr4_fixed1=0", "host.cr4", 64, 0));
    msrs(cases, "host", "control.exit.", "control.exit.activate_secondary=1 control.exit2.");
    for (const std::string name : {"cs", "ss", "ds", "es", "fs", "gs", "tr"}) {
        const std::string selector = "host." + name + "_selector=";
        cases.push_back({"host." + name + ".selector.rpl-ti", long_mode, {selector + "0xfff8", selector + "0"},
                         {selector + "1", selector + "2", selector + "4"}});
    }
    append(cases, {
        {"host.cs.selector.nonzero", long_mode, {"", "host.cs_selector=4"}, {"host.cs_selector=0"}},
        {"host.tr.selector.nonzero", long_mode, {"", "host.tr_selector=3"}, {"host.tr_selector=0"}},
        {"host.ss.selector.nonzero", long_mode,
         {"host.ss_selector=0", "host.ss_selector=8 control.exit.host_address_space_size=0"},
         {"host.ss_selector=0 control.exit.host_address_space_size=0"}},
    });
    for (const std::string name : {"fs", "gs", "gdtr", "idtr", "tr"})
        cases.push_back(canonical("host." + name + ".base.canonical", long_mode, "processor.intel64=0",
                                  "host." + name + "_base"));
    return cases;
}

Cases address_space_size() {
    const std::string legacy = long_mode + "before.efer=0 ", host64 = "control.exit.host_address_space_size=1 ";
    const std::string host32 = long_mode + "control.exit.host_address_space_size=0 ",
        cet = "control.exit.load_cet_state=";
    const std::string no64 = "processor.intel64=0 ";
    return {
        {"size.legacy.ia32e", legacy, {"control.entry.ia32e_mode_guest=0", "before.efer=0x500", no64}, {""}},
        {"size.legacy.host64", legacy, {"control.exit.host_address_space_size=0", "before.efer=0x500", no64}, {""}},
        {"size.ia32e.host64", host32, {host64, "before.efer=0", no64}, {""}},
        {"size.host32.ia32e", host32, {"control.entry.ia32e_mode_guest=0", host64, no64}, {""}},
        {"size.host32.pcide", host32 + "host.cr4.pcide=1", {"host.cr4.pcide=0", host64, no64}, {""}},
        {"size.host32.fred", host32 + "host.cr4.fred=1", {"host.cr4.fred=0", host64, no64}, {""}},
        high_half("size.host32.rip", host32, host64, "host.rip"),
        high_half("size.host32.s-cet", host32 + cet + "1", host64, "host.s_cet"),
        high_half("size.host32.s-cet", host32 + cet + "1", cet + "0", "host.s_cet"),
        high_half("size.host32.ssp", host32 + cet + "1", host64, "host.ssp"),
        high_half("size.host32.ssp", host32 + cet + "1", cet + "0", "host.ssp"),
        {"size.host64.pae", long_mode + "host.cr4.pae=0",
         {"host.cr4.pae=1", "control.exit.host_address_space_size=0", no64}, {""}},
        canonical("size.host64.rip", long_mode, "control.exit.host_address_space_size=0", "host.rip"),
        canonical("size.host64.s-cet", long_mode + cet + "1", cet + "0", "host.s_cet"),
        canonical("size.host64.s-cet", long_mode + cet + "1", "control.exit.host_address_space_size=0", "host.s_cet"),
        canonical("size.host64.ssp", long_mode + cet + "1", cet + "0", "host.ssp"),
        canonical("size.host64.ssp", long_mode + cet + "1", "control.exit.host_address_space_size=0", "host.ssp"),
        canonical("size.host64.rip", long_mode, no64, "host.rip"),
        canonical("size.host64.s-cet", long_mode + cet + "1", no64, "host.s_cet"),
        canonical("size.host64.ssp", long_mode + cet + "1", no64, "host.ssp"),
        high_half("size.host32.rip", host32, no64, "host.rip"),
        high_half("size.host32.s-cet", host32 + cet + "1", no64, "host.s_cet"),
        high_half("size.host32.ssp", host32 + cet + "1", no64, "host.ssp"),
        canonical("size.ssp-table", long_mode + cet + "1", cet + "0", "host.ssp_table"),
        canonical("size.ssp-table", host32 + cet + "1", no64, "host.ssp_table"),
        {"size.no-intel64", long_mode + no64,
         {"control.entry.ia32e_mode_guest=0 control.exit.host_address_space_size=0", "processor.intel64=1"},
         {"control.entry.ia32e_mode_guest=0", "control.exit.host_address_space_size=0", ""}},
    };
}

Cases guest_control_registers() {
    const std::string no64 = "processor.intel64=0 ", ia32e = "control.entry.ia32e_mode_guest=";
    Case cr3 = address_width("guest.cr3.width", long_mode, no64, "guest.cr3");
    // "in SEAM" and IA32_VMX_BASIC[48] are no part of this row: it is enough that EPT takes the reduction for TME away.
    std::erase_if(cr3.holds, [](const std::string& state) { return state.find("before.in_seam") != state.npos; });
    std::erase_if(cr3.fails, [](const std::string& state) { return state.find("addresses_32_bit") != state.npos; });
    cr3.holds.insert(cr3.holds.end(), {"guest.cr3=0xfff", "processor.lam=1 guest.cr3=0x6000000000000000",
                                       ept + "msr.tme_activate=0x3000000001 guest.cr3=0x7ffffff000"});
    cr3.fails.insert(cr3.fails.end(), {"guest.cr3=0x6000000000000000", ept + "guest.cr3=0x8000000000",
                                       "processor.lam=1 guest.cr3=0x8000000000000000"});
    return {
        {"guest.cr0.fixed", long_mode, {"", "guest.cr0=0xe0010031",
                                        "capability.cr0_fixed1=0x9fffffff guest.cr0=0xe0010031"},
         {"guest.cr0.pe=0", "guest.cr0.ne=0", "guest.cr0.pg=0", "guest.cr0=0x180010031"}},
        {"guest.cr0.fixed", real_mode, {"", "guest.cr0=0x80000021"},
         {"guest.cr0=0x10", "control.proc2.unrestricted_guest=0", "control.proc.activate_secondary=0"}},
        each_bit("guest.cr0.fixed", long_mode + "capability.cr0_fixed0=0 capability.cr0_fixed1=0", "guest.cr0", 64,
                 bits(30, 29)),
        each_bit("guest.cr0.fixed", real_mode + "capability.cr0_fixed0=0 capability.cr0_fixed1=0", "guest.cr0", 64,
                 bits(31, 29) | bit(0)),
        each_bit("guest.cr0.fixed",
                 long_mode + "capability.cr0_fixed0=0xffffffffffffffff capability.cr0_fixed1=0xffffffffffffffff",
                 "guest.cr0", 64, bits(30, 29), ~0ULL),
        each_bit("guest.cr4.fixed", long_mode + "capability.cr4_fixed0=0 capability.cr4_fixed1=0", "guest.cr4", 64, 0),
        {"guest.cr0.pg-pe", real_mode, {"", "guest.cr0.pe=1", "guest.cr0.pe=1 guest.cr0.pg=1"}, {"guest.cr0.pg=1"}},
        {"guest.cr4.fixed", long_mode, {"", "guest.cr4.fred=1"},
         {"guest.cr4.vmxe=0", "guest.cr4=0x8000000000002020", "capability.cr4_fixed1=0x2020 guest.cr4.pge=1"}},
        {"guest.cr4.cet-wp", long_mode, {"guest.cr4.cet=1", "guest.cr0.wp=0"}, {"guest.cr4.cet=1 guest.cr0.wp=0"}},
        {"guest.ia32e.pg", real_mode, {"", ia32e + "1 guest.cr0.pg=1", ia32e + "1 " + no64}, {ia32e + "1"}},
        {"guest.ia32e.pae", long_mode + "guest.cr4.pae=0", {"guest.cr4.pae=1", ia32e + "0", no64}, {""}},
        {"guest.legacy.pcide", protected_mode + "guest.cr4.pcide=1", {"guest.cr4.pcide=0", ia32e + "1", no64}, {""}},
        {"guest.legacy.fred", protected_mode + "guest.cr4.fred=1", {"guest.cr4.fred=0", ia32e + "1", no64}, {""}},
        cr3,
        high_half("guest.dr7.high", long_mode + "control.entry.load_debug_controls=1",
                  "control.entry.load_debug_controls=0", "guest.dr7"),
        high_half("guest.dr7.high", long_mode + "control.entry.load_debug_controls=1", no64, "guest.dr7"),
    };
}

/// Bits of an MSR that exist where the processor has the feature.
struct FeatureBits {
    std::string feature;
    std::uint64_t bits;
};

/// Without features the MSR has the bits of `always`; each feature adds its bits and no other.
void feature_bits(Cases& cases, const std::string& rule, const std::string& given, const std::string& field,
                  std::uint64_t always, const std::vector<FeatureBits>& rows) {
    cases.push_back(each_bit(rule, given, field, 64, always));
    for (const FeatureBits& row : rows)
        cases.push_back(each_bit(rule, given + row.feature, field, 64, always | row.bits));
}

Cases guest_msrs() {
    const std::string cet = "control.entry.load_cet_state=", no64 = "processor.intel64=0 ";
    const std::string debug = long_mode + "control.entry.load_debug_controls=1 ";
    const std::string rtit = long_mode + "control.entry.load_rtit_ctl=1 ", lbr = long_mode
        + "control.entry.load_lbr_ctl=1 ";
    const std::string bndcfgs = long_mode + "control.entry.load_bndcfgs=1 ", efer = long_mode
        + "control.entry.load_efer=1 ";
    Cases cases;
    msrs(cases, "guest", "control.entry.", "control.entry.");
    append(cases, {
        canonical("guest.s-cet.canonical", long_mode + cet + "1", cet + "0", "guest.s_cet"),
        canonical("guest.s-cet.canonical", long_mode + cet + "1", no64, "guest.s_cet"),
        canonical("guest.ssp-table.canonical", long_mode + cet + "1", cet + "0", "guest.ssp_table"),
        canonical("guest.ssp-table.canonical", long_mode + cet + "1", no64, "guest.ssp_table"),
        {"guest.debugctl.reserved", debug,
         {"guest.debugctl=0x43", "guest.debugctl=8 control.entry.load_debug_controls=0"},
         {"guest.debugctl=8", "guest.debugctl=0x20", "guest.debugctl=0x10000", "guest.debugctl=0x8000000000000000"}},
        {"guest.efer.lma", efer,
         {"guest.efer=0xd01", "guest.efer=0 control.entry.ia32e_mode_guest=0",
          "guest.efer=0 control.entry.load_efer=0"},
         {"guest.efer=0x100", "guest.efer=0x500 control.entry.ia32e_mode_guest=0"}},
        {"guest.efer.lme", efer,
         {"guest.efer=0x500", "guest.efer=0", "guest.efer=0x400 guest.cr0.pg=0",
          "guest.efer=0x400 control.entry.load_efer=0"},
         {"guest.efer=0x400", "guest.efer=0x100"}},
        {"guest.bndcfgs.reserved", bndcfgs, {"guest.bndcfgs=0x1003", "guest.bndcfgs=4 control.entry.load_bndcfgs=0"},
         {"guest.bndcfgs=4", "guest.bndcfgs=0x800"}},
        canonical("guest.bndcfgs.canonical", bndcfgs, "control.entry.load_bndcfgs=0", "guest.bndcfgs"),
        {"guest.rtit-ctl.reserved", rtit,
         {"guest.rtit_ctl=0x2c0d", "guest.rtit_ctl=0x40000 control.entry.load_rtit_ctl=0"},
         {"guest.rtit_ctl=0x40000", "guest.rtit_ctl=0x800000", "guest.rtit_ctl=0x10000000",
          "guest.rtit_ctl=0x1000000000000", "guest.rtit_ctl=0x8000000000000000"}},
        {"guest.lbr-ctl.reserved", lbr, {"guest.lbr_ctl=1", "guest.lbr_ctl=0x10 control.entry.load_lbr_ctl=0"},
         {"guest.lbr_ctl=0x10", "guest.lbr_ctl=0x800000", "guest.lbr_ctl=0x8000000000000000"}},
        {"guest.uinv", long_mode + "control.entry.load_uinv=1",
         {"guest.uinv=0xff", "guest.uinv=0x100 control.entry.load_uinv=0"}, {"guest.uinv=0x100", "guest.uinv=0x8000"}},
    });
    feature_bits(cases, "guest.debugctl.reserved", debug, "guest.debugctl", bit(6) | bits(1, 0),
                 {{"processor.bus_lock_detect=1", bit(2)},
                  {"feature.ds=1", bits(8, 7)},
                  {"feature.ds_cpl=1", 0},
                  {"feature.ds=1 feature.ds_cpl=1", bits(10, 7)},
                  {"processor.pdcm=1 processor.perfmon_version=2", bits(12, 11)},
                  {"processor.pdcm=1 processor.perfmon_version=1", 0},
                  {"processor.perfmon_version=2 msr.perf_capabilities=0x1000", 0},
                  {"trait.uncore_pmi=1", bit(13)},
                  {"processor.pdcm=1 msr.perf_capabilities=0x1000", bit(14)},
                  {"processor.rtm=1", bit(15)}});
    feature_bits(cases, "guest.rtit-ctl.reserved", rtit, "guest.rtit_ctl", bit(13) | bits(11, 10) | bits(3, 2) | bit(0),
                 {{"feature.pt_psb_cyc=1", bits(27, 24) | bits(22, 19) | bit(1)},
                  {"feature.pt_power_event=1", bit(4)},
                  {"feature.pt_ptwrite=1", bit(12) | bit(5)},
                  {"feature.pt_transport=1", bit(6)},
                  {"feature.pt_cr3_filter=1", bit(7)},
                  {"feature.pt_topa=1", bit(8)},
                  {"feature.pt_mtc=1", bits(17, 14) | bit(9)},
                  {"feature.pt_event=1", bit(31)},
                  {"feature.pt_ranges=1", bits(35, 32)},
                  {"feature.pt_ranges=2", bits(39, 32)},
                  {"feature.pt_ranges=3", bits(43, 32)},
                  {"feature.pt_ranges=4", bits(47, 32)},
                  {"feature.pt_tnt_disable=1", bit(55)},
                  {"feature.pt_psb_pmi=1", bit(56)}});
    feature_bits(cases, "guest.lbr-ctl.reserved", lbr, "guest.lbr_ctl", bit(0),
                 {{"feature.lbr_cpl_filter=1", bits(2, 1)},
                  {"feature.lbr_call_stack=1", bit(3)},
                  {"feature.lbr_branch_filter=1", bits(22, 16)}});
    cases.push_back(each_bit("guest.bndcfgs.reserved", bndcfgs, "guest.bndcfgs", 64, ~bits(11, 2)));
    cases.push_back(each_bit("guest.uinv", long_mode + "control.entry.load_uinv=1", "guest.uinv", 16, bits(7, 0)));
    return cases;
}

/// The rows of S, P, reserved bits and G of one segment register: `descriptor_type` is the S that it must have.
void rights(Cases& cases, const std::string& name, const std::string& given, const std::vector<std::string>& exempt,
            bool descriptor_type) {
    const std::string access = "guest." + name + "_access_rights", limit = "guest." + name + "_limit";
    const std::string right = descriptor_type ? ".s=1 " : ".s=0 ", wrong = descriptor_type ? ".s=0 " : ".s=1 ";
    Cases rows = {
        {"s", given, {access + right}, {access + wrong}},
        {"p", given, {access + ".p=1"}, {access + ".p=0"}},
        {"reserved", given, {""}, {access + "=0x000001f3", access + "=0x000008f3", access + "=0x000200f3",
                                   access + "=0x800000f3"}},
        {"g.low", given + limit + "=0x000ffffe",
         {access + ".g=0", access + ".g=1 " + limit + "=0x000fffff", access + ".g=1 " + limit + "=0xffffefff"},
         {access + ".g=1", access + ".g=1 " + limit + "=0xfffff7ff"}},
        {"g.high", given + limit + "=0x00100fff",
         {access + ".g=1", access + ".g=0 " + limit + "=0x000fffff"},
         {access + ".g=0", access + ".g=0 " + limit + "=0x80000fff"}},
    };
    rows.push_back(each_bit("reserved", given, access, 32, ~(bits(31, 17) | bits(11, 8)), 0x93));
    for (Case& row : rows) {
        const std::vector<std::string> failing = row.fails;
        for (const std::string& state : failing)
            for (const std::string& off : exempt) row.holds.push_back(state + " " + off);
        row.rule = "guest." + name + "." + row.rule;
        cases.push_back(row);
    }
}

Cases guest_segments() {
    const std::string no64 = "processor.intel64=0 ", v86 = " guest.rflags.vm=1 ",
        urg = " control.proc2.unrestricted_guest=";
    Cases cases = {
        {"guest.tr.selector.ti", long_mode, {"", "guest.tr_selector=0xfffb"}, {"guest.tr_selector=4"}},
        {"guest.ldtr.selector.ti", real_mode,
         {"", "guest.ldtr_selector=0xfffb", "guest.ldtr_selector=4 guest.ldtr_access_rights.unusable=1"},
         {"guest.ldtr_selector=4"}},
        {"guest.ss.selector.rpl", long_mode, {"", "guest.ss_selector=0x13 guest.cs_selector=0xb",
                                              "guest.ss_selector=0x13" + v86, real_mode + "guest.ss_selector=3"},
         {"guest.ss_selector=0x13", "guest.cs_selector=9", "guest.ss_selector=0x13 guest.ss_access_rights.unusable=1"}},
    };
    const std::vector<std::string> data = {"ds", "es", "fs", "gs"};
    for (const std::string name : {"cs", "ss", "ds", "es", "fs", "gs"}) {
        const std::string field = "guest." + name + "_", access = field + "access_rights";
        const std::string base = field + "base=", unusable = " " + access + ".unusable=1 ";
        append(cases, {
            {"guest." + name + ".v86.base", virtual_8086,
             {"", field + "selector=0xffff " + base + "0xffff0", base + "1" + " guest.rflags.vm=0"},
             {base + "1", field + "selector=0xffff " + base + "0xfffff", base + "0x100000000"}},
            {"guest." + name + ".v86.limit", virtual_8086, {"", field + "limit=0 guest.rflags.vm=0"},
             {field + "limit=0xfffe", field + "limit=0xfffff"}},
            {"guest." + name + ".v86.access", virtual_8086, {"", access + "=0x93 guest.rflags.vm=0"},
             {access + "=0x93", access + "=0x80f3", access + "=0x100f3", access + "=0xf2", access + "=0x10f3"}},
        });
        std::vector<std::string> exempt = {v86};
        if (name != std::string{"cs"}) exempt.push_back(unusable);
        rights(cases, name, long_mode, exempt, true);
        // An unusable code segment is checked all the same.
        if (name == std::string{"cs"}) rights(cases, name, long_mode + unusable, exempt, true);
    }
    for (const std::string& name : data) {
        const std::string access = "guest." + name + "_access_rights", unusable = " " + access + ".unusable=1 ";
        const std::string dpl = access + ".dpl=", selector = " guest." + name + "_selector=";
        append(cases, {
            {"guest." + name + ".type.accessed", long_mode,
             {access + ".type=1", access + ".type=15", access + ".type=2" + unusable, access + ".type=2" + v86},
             {access + ".type=2", access + ".type=10"}},
            {"guest." + name + ".type.readable", long_mode,
             {access + ".type=11", access + ".type=1", access + ".type=9" + unusable, access + ".type=9" + v86},
             {access + ".type=9", access + ".type=13"}},
            {"guest." + name + ".dpl", long_mode,
             {dpl + "3" + selector + "0x13", dpl + "2" + selector + "0x11", dpl + "0" + selector + "0x13" + unusable,
              dpl + "0" + selector + "0x13" + v86, dpl + "0" + selector + "0x13 " + access + ".type=12",
              ept + urg + "1 " + dpl + "0" + selector + "0x13"},
             {dpl + "0" + selector + "0x11", dpl + "2" + selector + "0x13",
              dpl + "0" + selector + "0x13 " + access + ".type=11"}},
        });
    }
    for (const std::string name : {"tr", "fs", "gs"})
        cases.push_back(canonical("guest." + name + ".base.canonical", long_mode + "guest." + name
                                  + "_access_rights.unusable=1",
                                  no64, "guest." + name + "_base"));
    cases.push_back(canonical("guest.ldtr.base.canonical", real_mode, "guest.ldtr_access_rights.unusable=1",
                              "guest.ldtr_base"));
    cases.push_back(canonical("guest.ldtr.base.canonical", real_mode, no64, "guest.ldtr_base"));
    cases.push_back(high_half("guest.cs.base.high", long_mode, no64, "guest.cs_base"));
    cases.push_back({"guest.cs.base.high", long_mode, {},
                     {"guest.cs_base=0x100000000 guest.cs_access_rights.unusable=1"}});
    for (const std::string name : {"ss", "ds", "es"}) {
        const std::string base = "guest." + name + "_base";
        cases.push_back(high_half("guest." + name + ".base.high", long_mode, no64, base));
        cases.push_back(high_half("guest." + name + ".base.high", long_mode, "guest." + name
                                  + "_access_rights.unusable=1", base));
    }

    const std::string cs = "guest.cs_access_rights.", ss = "guest.ss_access_rights.";
    append(cases, {
        {"guest.cs.type", long_mode,
         {cs + "type=9", cs + "type=11", cs + "type=13", cs + "type=15", cs + "type=3" + v86, ept + urg + "1 " + cs
          + "type=3"},
         {cs + "type=3", cs + "type=8", cs + "type=10", cs + "type=14", cs + "type=1", ept + urg + "1 " + cs + "type=7",
          urg + "1 " + cs + "type=3"}},
        {"guest.ss.type", long_mode,
         {ss + "type=3", ss + "type=7", ss + "type=11 " + ss + "unusable=1", ss + "type=1" + v86},
         {ss + "type=1", ss + "type=2", ss + "type=5", ss + "type=11", ss + "type=15"}},
        {"guest.cs.dpl.data", real_mode + cs + "type=3", {cs + "dpl=0", cs + "dpl=3 " + cs + "type=11", cs + "dpl=3"
                                                          + v86},
         {cs + "dpl=1", cs + "dpl=3"}},
        {"guest.cs.dpl.nonconforming", long_mode,
         {cs + "dpl=3 " + ss + "dpl=3", cs + "dpl=1 " + cs + "type=15", cs + "dpl=1" + v86},
         {cs + "dpl=3", cs + "dpl=0 " + ss + "dpl=3", cs + "type=9 " + cs + "dpl=1 " + ss + "dpl=2",
          cs + "dpl=3 " + ss + "unusable=1"}},
        {"guest.cs.dpl.conforming", long_mode + cs + "type=15 ",
         {cs + "dpl=0 " + ss + "dpl=3", cs + "dpl=3 " + ss + "dpl=3", cs + "dpl=3" + v86, cs + "dpl=3 " + cs
          + "type=11"},
         {cs + "dpl=1 " + ss + "dpl=0", cs + "dpl=3 " + ss + "dpl=2", cs + "type=13 " + cs + "dpl=3"}},
        {"guest.ss.dpl.rpl", long_mode,
         {"", ss + "dpl=3 guest.ss_selector=0x13", ss + "dpl=3" + v86, ept + urg + "1 " + ss + "dpl=3"},
         {ss + "dpl=3", "guest.ss_selector=0x13", ss + "dpl=3 " + ss + "unusable=1"}},
        {"guest.ss.dpl.zero", real_mode, {"", ss + "dpl=3 guest.cr0.pe=1", ss + "dpl=3" + v86},
         {ss + "dpl=3", cs + "type=3 guest.cr0.pe=1 " + ss + "dpl=1"}},
        {"guest.ss.fred.dpl", long_mode + "guest.cr4.fred=1",
         {ss + "dpl=0", ss + "dpl=3", ss + "dpl=1 guest.cr4.fred=0", ss + "dpl=1" + v86}, {ss + "dpl=1", ss + "dpl=2"}},
        {"guest.ss.fred.long", long_mode + "guest.cr4.fred=1",
         {cs + "l=1", cs + "l=0 " + ss + "dpl=3", cs + "l=0 " + ss + "dpl=1", cs + "l=0 guest.cr4.fred=0",
          cs + "l=0" + v86},
         {cs + "l=0"}},
        {"guest.ss.fred.iopl", long_mode + "guest.cr4.fred=1 " + ss + "dpl=3",
         {"guest.rflags.iopl=0", "guest.rflags.iopl=3 " + ss + "dpl=0", "guest.rflags.iopl=3 " + ss + "dpl=1",
          "guest.rflags.iopl=3 " + ss + "dpl=2", "guest.rflags.iopl=3 guest.cr4.fred=0", "guest.rflags.iopl=3" + v86,
          "guest.rflags.nt=1"},
         {"guest.rflags.iopl=1", "guest.rflags.iopl=2", "guest.rflags.iopl=3"}},
        {"guest.ss.fred.sti", long_mode + "guest.cr4.fred=1 guest.interruptibility.sti=1 " + ss + "dpl=3",
         {"guest.interruptibility.sti=0", ss + "dpl=0", ss + "dpl=1", ss + "dpl=2", "guest.cr4.fred=0", v86}, {""}},
        {"guest.cs.db-l", long_mode,
         {"", cs + "db=1 " + cs + "l=0", cs + "db=1 control.entry.ia32e_mode_guest=0", cs + "db=1" + v86}, {cs
                                                                                                            + "db=1"}},
    });

    const std::string tr = "guest.tr_access_rights.", local = "guest.ldtr_access_rights.";
    append(cases, {
        {"guest.tr.type.legacy", protected_mode, {tr + "type=3", tr + "type=11", tr + "type=9 control.entry=0x13fb"},
         {tr + "type=2", tr + "type=9", tr + "type=1", tr + "type=9" + v86}},
        {"guest.tr.type.ia32e", long_mode, {tr + "type=11", tr + "type=3 control.entry.ia32e_mode_guest=0"},
         {tr + "type=3", tr + "type=9"}},
        {"guest.tr.usable", long_mode, {""}, {tr + "unusable=1"}},
        {"guest.ldtr.type", real_mode, {local + "type=2", local + "type=3 " + local + "unusable=1"},
         {local + "type=0", local + "type=3", local + "type=11"}},
    });
    rights(cases, "tr", long_mode, {}, false);
    rights(cases, "tr", virtual_8086, {}, false);
    rights(cases, "ldtr", real_mode, {local + "unusable=1"}, false);
    rights(cases, "ldtr", real_mode + v86, {local + "unusable=1"}, false);
    return cases;
}

/// Bits 63:N identical: unlike in a canonical address bit N-1 may differ from them.
Case linear(const std::string& rule, const std::string& given, const std::string& off, const std::string& field) {
    const std::string set = " " + field + "=";
    return {rule, given,
            {set + "0", set + "0x0000800000000000", set + "0xffff000000000000", set + "0xffff800000000000",
             "processor.linear_width=57" + set + "0x0100000000000000", off + set + "0x0001000000000000"},
            {set + "0x0001000000000000", set + "0x8000000000000000", set + "0xfffe000000000000"}};
}

Cases guest_tables_and_rip() {
    const std::string no64 = "processor.intel64=0 ", cs_l = "guest.cs_access_rights.l=",
        cet = "control.entry.load_cet_state=";
    const std::string ia32e = "control.entry.ia32e_mode_guest=", rflags = "guest.rflags=";
    Cases cases;
    for (const std::string name : {"gdtr", "idtr"}) {
        cases.push_back(canonical("guest." + name + ".base.canonical", long_mode, no64, "guest." + name + "_base"));
        cases.push_back(each_bit("guest." + name + ".limit", long_mode, "guest." + name + "_limit", 32, bits(15, 0)));
        cases.push_back({"guest." + name + ".limit", long_mode, {"guest." + name + "_limit=0xffff"},
                         {"guest." + name + "_limit=0x10000", "guest." + name + "_limit=0x80000000"}});
    }
    append(cases, {
        high_half("guest.rip.high", protected_mode, no64, "guest.rip"),
        high_half("guest.rip.high", long_mode + cs_l + "0", cs_l + "1", "guest.rip"),
        high_half("guest.rip.high", long_mode + ia32e + "0", ia32e + "1", "guest.rip"),
        linear("guest.rip.linear", long_mode, cs_l + "0", "guest.rip"),
        linear("guest.rip.linear", long_mode, ia32e + "0", "guest.rip"),
        linear("guest.rip.linear", long_mode, no64, "guest.rip"),
        {"guest.rflags.reserved", long_mode, {rflags + "2", rflags + "0x3f7fd7"},
         {rflags + "0", rflags + "0xa", rflags + "0x22", rflags + "0x8002", rflags + "0x400002",
          rflags + "0x8000000000000002"}},
        each_bit("guest.rflags.reserved", long_mode, "guest.rflags", 64,
                 bits(21, 16) | bits(14, 6) | bit(4) | bit(2) | bit(0), 2),
        {"guest.rflags.vm", protected_mode, {"", rflags + "0x20002"}, {rflags + "0x20002 " + ia32e + "1",
                                                                      rflags + "0x20002 guest.cr0.pe=0"}},
        {"guest.rflags.if", long_mode, {rflags + "0x202" + event(0, 32), event(2, 2), event(3, 13),
                                        event(0, 32) + "control.injected_event.valid=0"}, {event(0, 32)}},
        {"guest.ssp.aligned", long_mode + cet + "1", {"guest.ssp=4", cet + "0 guest.ssp=1"}, {"guest.ssp=1",
                                                                                              "guest.ssp=2"}},
        linear("guest.ssp.linear", long_mode + cet + "1", cet + "0", "guest.ssp"),
        linear("guest.ssp.linear", long_mode + cet + "1", no64, "guest.ssp"),
    });
    return cases;
}

Cases guest_activity() {
    const std::string activity = "guest.activity=", in_hlt = long_mode + "guest.activity=1 ";
    const std::string sti = "guest.interruptibility.sti=1 ", mov_ss = "guest.interruptibility.mov_ss=1 ";
    return {
        {"guest.activity.supported", long_mode, {activity + "0", activity + "1", activity + "2", activity + "3"},
         {activity + "4", activity + "0x80000000", activity + "1 capability.misc.hlt=0",
          activity + "2 capability.misc.shutdown=0", activity + "3 capability.misc.wait_for_sipi=0"}},
        {"guest.activity.hlt-dpl", in_hlt, {"", activity + "0 guest.ss_access_rights.dpl=3"},
         {"guest.ss_access_rights.dpl=3", "guest.ss_access_rights.dpl=1"}},
        {"guest.activity.blocking", long_mode, {sti, mov_ss, activity + "1", "guest.interruptibility.nmi=1 " + activity
                                                + "1"},
         {sti + activity + "1", mov_ss + activity + "1", sti + activity + "2", mov_ss + activity + "3"}},
        {"guest.activity.hlt-event", in_hlt,
         {"", event(0, 32), event(2, 2), event(3, 1), event(3, 18), event(7, 0), activity + "0" + event(3, 13)},
         {event(3, 13), event(3, 0), event(4, 128), event(5, 1), event(6, 3), event(7, 1), event(4, 18)}},
        {"guest.activity.shutdown-event", long_mode + "guest.activity=2 ",
         {"", event(2, 2), event(3, 18), activity + "0" + event(0, 32)},
         {event(0, 32), event(3, 1), event(7, 0), event(4, 18)}},
        {"guest.activity.sipi-event", long_mode + "guest.activity=3 ", {"", activity + "0" + event(2, 2)},
         {event(2, 2), event(0, 32), event(3, 18), event(7, 0)}},
        {"guest.activity.smm-sipi", long_mode + "control.entry.entry_to_smm=1 ",
         {"", activity + "2", activity + "3 control.entry.entry_to_smm=0"}, {activity + "3"}},
    };
}

Cases guest_interruptibility() {
    const std::string state = "guest.interruptibility=", sti = state + "1 ", mov_ss = state + "2 ",
        off = "control.injected_event.valid=0";
    const std::string vnmi = long_mode + "control.pin.virtual_nmis=1 ";
    return {
        {"guest.interruptibility.reserved", long_mode, {state + "0x1f"}, {state + "0x20", state + "0x80000000"}},
        each_bit("guest.interruptibility.reserved", long_mode, "guest.interruptibility", 32, bits(4, 0)),
        {"guest.interruptibility.sti-movss", long_mode, {sti, mov_ss}, {state + "3"}},
        {"guest.interruptibility.sti-if", long_mode, {mov_ss, sti + "guest.rflags=0x202"}, {sti}},
        {"guest.interruptibility.extint-sti", long_mode, {sti, event(0, 32), sti + event(3, 13), sti + event(0, 32)
                                                          + off},
         {sti + event(0, 32)}},
        {"guest.interruptibility.extint-movss", long_mode,
         {mov_ss, event(0, 32), mov_ss + event(3, 13), mov_ss + event(0, 32) + off}, {mov_ss + event(0, 32)}},
        {"guest.interruptibility.nmi-sti", long_mode,
         {sti, event(2, 2), sti + event(0, 32), sti + event(2, 2) + "trait.nmi_despite_sti=1", sti + event(2, 2) + off},
         {sti + event(2, 2)}},
        {"guest.interruptibility.nmi-movss", long_mode, {mov_ss, event(2, 2), mov_ss + event(2, 2) + off},
         {mov_ss + event(2, 2), mov_ss + event(2, 2) + "trait.nmi_despite_sti=1"}},
        {"guest.interruptibility.smi", long_mode, {"", state + "4 before.in_smm=1"}, {state + "4"}},
        {"guest.interruptibility.smm-smi", long_mode + "before.in_smm=1 control.entry.entry_to_smm=1",
         {state + "4", "control.entry.entry_to_smm=0"}, {""}},
        {"guest.interruptibility.vnmi", vnmi,
         {state + "8", event(2, 2), state + "8" + event(0, 32), state + "8" + event(2, 2)
          + "control.pin.virtual_nmis=0",
          state + "8" + event(2, 2) + off},
         {state + "8" + event(2, 2)}},
        {"guest.interruptibility.enclave-movss", long_mode, {state + "0x10", mov_ss, state + "0x11"}, {state + "0x12"}},
        {"guest.interruptibility.enclave-sgx", long_mode, {"", state + "0x10 processor.sgx=1"}, {state + "0x10"}},
    };
}

Cases guest_pending_debug() {
    const std::string pending = "guest.pending_debug=", tf = "guest.rflags=0x302 ", btf = "guest.debugctl.btf=1 ";
    const std::string bs = pending + "0x4000 ";
    Cases cases;
    for (const std::string when : {"guest.interruptibility.sti=1 ", "guest.interruptibility.mov_ss=1 ",
                                   "guest.activity=1 "})
        append(cases, {
            {"guest.pending-dbg.bs-set", long_mode + when, {tf + bs, "", tf + btf, tf
                                                            + "guest.activity=0 guest.interruptibility=0"},
             {tf}},
            {"guest.pending-dbg.bs-clear", long_mode + when, {"", tf + btf, tf + bs, bs
                                                              + "guest.activity=0 guest.interruptibility=0"},
             {bs, tf + btf + bs, btf + bs}},
        });
    append(cases, {
        {"guest.pending-dbg.reserved", long_mode,
         {"", pending + "0x1500f", pending + "0x800 processor.bus_lock_detect=1"},
         {pending + "0x10", pending + "0x400", pending + "0x800", pending + "0x2000", pending + "0x8000",
          pending + "0x20000", pending + "0x8000000000000000", pending + "0x400 processor.bus_lock_detect=1"}},
        each_bit("guest.pending-dbg.reserved", long_mode, "guest.pending_debug", 64,
                 bit(16) | bit(14) | bit(12) | bits(3, 0)),
        each_bit("guest.pending-dbg.reserved", long_mode + "processor.bus_lock_detect=1", "guest.pending_debug", 64,
                 bit(16) | bit(14) | bits(12, 11) | bits(3, 0)),
        each_bit("guest.pending-dbg.rtm-bits", long_mode, "guest.pending_debug", 64, bit(16), 0x11000),
        {"guest.pending-dbg.rtm-bits", long_mode, {pending + "0x11000", pending + "0xf"},
         {pending + "0x10000", pending + "0x11001", pending + "0x11800", pending + "0x15000", pending + "0x13000",
          pending + "0x19000", pending + "0x31000"}},
        {"guest.pending-dbg.rtm-cpu", long_mode, {pending + "0x11000 processor.rtm=1", pending + "0x1000"},
         {pending + "0x11000"}},
        {"guest.pending-dbg.rtm-movss", long_mode + "processor.rtm=1",
         {pending + "0x11000", pending + "0x11000 guest.interruptibility.sti=1", "guest.interruptibility.mov_ss=1"},
         {pending + "0x11000 guest.interruptibility.mov_ss=1"}},
    });
    return cases;
}

Cases guest_link_pointer() {
    const std::string none = "guest.link_pointer=0xffffffffffffffff ", shadowing = secondary
        + "control.proc2.vmcs_shadowing=1 ";
    const std::string linked = long_mode + "guest.link_pointer=0x6000 memory.link_word=0x12 ";
    const std::string in_smm = " before.in_smm=1 control.executive_vmcs=0x7000 ";
    const std::string to_smm = " control.entry.entry_to_smm=1 ", current = " guest.link_pointer=0x1000 ";
    // Nothing switches the field off but the value that is all ones.
    Case width = address_width("guest.link.width", linked, "", "guest.link_pointer");
    std::erase(width.holds, " guest.link_pointer=0x8000000000");
    width.holds.push_back(none);
    return {
        {"guest.link.aligned", linked, {"", none}, {"guest.link_pointer=0x6001", "guest.link_pointer=0x6800",
                                                    "guest.link_pointer=0xfffffffffffffffe"}},
        width,
        {"guest.link.revision", linked, {"", "memory.link_word=0x80000012", none + "memory.link_word=0x13"},
         {"memory.link_word=0x13", "memory.link_word=0x40000012"}},
        {"guest.link.shadow", linked,
         {"", shadowing + "memory.link_word=0x80000012", none + shadowing,
          "control.proc2.vmcs_shadowing=1 memory.link_word=0x12"},
         {shadowing, "memory.link_word=0x80000012", "control.proc2.vmcs_shadowing=1 memory.link_word=0x80000012"}},
        {"guest.link.current", linked,
         {"", in_smm + current, none + "before.current_vmcs=0xffffffffffffffff"}, {current, in_smm + to_smm + current}},
        {"guest.link.executive", linked + in_smm,
         {"", to_smm + "guest.link_pointer=0x7000", "before.in_smm=0 guest.link_pointer=0x7000", current,
          none + "control.executive_vmcs=0xffffffffffffffff"},
         {"guest.link_pointer=0x7000", "guest.link_pointer=0 control.executive_vmcs=0",
          "guest.link_pointer=0xfffffffffffff000 control.executive_vmcs=0xfffffffffffff000"}},
        each_bit("guest.link.aligned", linked, "guest.link_pointer", 64, bits(63, 12)),
    };
}

Cases guest_pdptes() {
    const std::string pae = protected_mode + "guest.cr4.pae=1 ";
    const std::string tme = " msr.tme_activate=0x3000000001 ";
    Cases cases;
    for (const std::string n : {"0", "1", "2", "3"}) {
        const std::string field = " guest.pdpte" + n + "=", memory = " memory.pdpte" + n + "=";
        const auto states = [&](const std::string& set, const std::string& given) {
            return Case{"", given,
                        {set + "0", set + "0x7ffffffe19", set + "0x1e6", set + "0xfffffffffffffffe", set
                         + "0x3 guest.cr4.pae=0",
                         set + "0x3 control.entry.ia32e_mode_guest=1", set + "0x3 guest.cr0.pg=0"},
                        {set + "0x3", set + "0x5", set + "0x21", set + "0x101", set + "0x8000000001",
                         set + "0x8000000000000001"}};
        };
        Case in_vmcs = states(field, pae + ept);
        in_vmcs.rule = "guest.pdpte.vmcs";
        in_vmcs.holds.insert(in_vmcs.holds.end(),
                             {memory + "3", tme + field + "0x1000000001", field + "3 control.proc2.enable_ept=0"});
        Case in_memory = states(memory, pae);
        in_memory.rule = "guest.pdpte.memory";
        const std::string same = " before.efer=0 before.cr3=0x3000 ", skip = " trait.unchanged_pdptes_unchecked=1 ";
        in_memory.holds.insert(in_memory.holds.end(), {field + "3", ept + memory + "3", same + skip + memory + "3"});
        in_memory.fails.insert(in_memory.fails.end(),
                               {tme + memory + "0x1000000001", same + memory + "3", skip + memory + "3",
                                same + skip + "before.cr4.pae=0" + memory + "3",
                                same + skip + "before.cr0.pg=0" + memory + "3", same + skip + "before.efer.lma=1"
                                    + memory + "3",
                                same + skip + "before.efer=0x500" + memory + "3", same + skip + "before.cr3=0x4000"
                                    + memory + "3"});
        in_memory.holds.push_back(tme + "before.in_seam=1" + memory + "0x1000000001");
        in_memory.holds.push_back(same + skip + "before.efer=0x100" + memory + "3");
        append(cases, {in_vmcs, in_memory});
        cases.push_back(each_bit("guest.pdpte.vmcs", pae + ept, "guest.pdpte" + n, 64, bits(38, 9) | bits(4,
                                                                                                          3) | bit(0),
                                                                                                              1));
        cases.push_back(each_bit("guest.pdpte.memory", pae, "memory.pdpte" + n, 64, bits(38, 9) | bits(4, 3) | bit(0),
                                 1));
    }
    return cases;
}

// clang-format on

/// A control word, the control that activates it, and its value when all of its bits are 1.
struct Activated {
    const char* word;
    const char* control;
    std::uint64_t all_ones;
};

}  // namespace

Cases all_cases() {
    Cases cases;
    for (const Cases& part :
         {basic(), reserved_controls(), address_fields(), apic(), ept_controls(), other_execution_controls(),
          event_injection(), host(), address_space_size(), guest_control_registers(), guest_msrs(), guest_segments(),
          guest_tables_and_rip(), guest_activity(), guest_interruptibility(), guest_pending_debug(),
          guest_link_pointer(), guest_pdptes()})
        append(cases, part);
    return cases;
}

std::vector<Alike> not_activated() {
    // These rows look at the words themselves.
    const std::set<std::string> of_words = {"ctl.proc.reserved", "ctl.proc2.reserved", "ctl.proc3.reserved",
                                            "ctl.exit.reserved", "ctl.exit2.reserved"};
    std::vector<Alike> list;
    for (const Activated& row : {Activated{"control.proc2", "control.proc.activate_secondary", low_bits(32)},
                                 Activated{"control.proc3", "control.proc.activate_tertiary", low_bits(64)},
                                 Activated{"control.exit2", "control.exit.activate_secondary", low_bits(64)}}) {
        const std::string on = std::string{" "} + row.control + "=1 " + row.word + "=0";
        const std::string off = std::string{" "} + row.control + "=0 " + row.word + "=" + hex(row.all_ones);
        for (const Case& one : all_cases()) {
            const NodeId condition = spec().table.find(one.rule)->condition.id();
            const std::vector<std::size_t> read = spec().graph.support(std::array{condition});
            if (of_words.contains(one.rule) || !std::ranges::binary_search(read, spec().state.leaf(row.word))) continue;
            const Setting given = Setting{}.with(one.given);
            for (const auto& states : {one.holds, one.fails})
                for (const std::string& more : states)
                    list.push_back(
                        {one.rule, more + off, Setting{given}.with(more + on), Setting{given}.with(more + off)});
        }
    }
    return list;
}

const std::map<std::string, std::string>& ordinary_guests() {
    static const std::map<std::string, std::string> guests = {
        {"64-bit", long_mode}, {"real mode", real_mode}, {"32-bit", protected_mode}, {"virtual-8086", virtual_8086}};
    return guests;
}

}  // namespace vmxspec::entry_cases
