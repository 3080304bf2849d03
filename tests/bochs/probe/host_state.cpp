#include "tests/bochs/probe/host_state.hpp"

#include "runtime/cpu/control_register.hpp"
#include "runtime/cpu/descriptor_tables.hpp"
#include "runtime/cpu/interrupt_table.hpp"

namespace vmxspec::probe {

void describe_host(VmcsImage& image, const runtime::VmEntryFrame& frame) {
    using namespace runtime;
    image.set(Field::host_es_selector, selector::data);
    image.set(Field::host_cs_selector, selector::code);
    image.set(Field::host_ss_selector, selector::data);
    image.set(Field::host_ds_selector, selector::data);
    image.set(Field::host_fs_selector, 0);
    image.set(Field::host_gs_selector, 0);
    image.set(Field::host_tr_selector, selector::task);
    image.set(Field::host_cr0, read_cr0());
    image.set(Field::host_cr3, read_cr3());
    image.set(Field::host_cr4, read_cr4());
    image.set(Field::host_fs_base, 0);
    image.set(Field::host_gs_base, 0);
    image.set(Field::host_tr_base, descriptor_tables.task_base());
    image.set(Field::host_gdtr_base, descriptor_tables.gdt_base());
    image.set(Field::host_idtr_base, interrupt_table.base());
    image.set(Field::host_ia32_sysenter_cs, 0);
    image.set(Field::host_ia32_sysenter_esp, 0);
    image.set(Field::host_ia32_sysenter_eip, 0);
    image.set(Field::host_rsp, frame.host_rsp());
    image.set(Field::host_rip, VmEntryFrame::host_rip());
}

}  // namespace vmxspec::probe
