/// The VM entry that failed for VirtualBox under an older hypervisor: L2 has turned paging on outside of IA-32e mode,
/// and the hypervisor below entered it with IA32_EFER in an MSR area that said otherwise. The recorded VMCSs
/// (tests/fixtures/virtualbox-*.json), with L1's memory and host state exchanged for this kernel's, are entered here;
/// what L2 sees at its recorded addresses is EPT's business. Each trial is a row: which recording, what is changed, and
/// what the manual says of it.
#include <array>
#include <span>
#include <string_view>

#include "recorded/virtualbox.hpp"
#include "runtime/boot/kernel.hpp"
#include "runtime/cpu/interrupt_table.hpp"
#include "runtime/cpu/msr.hpp"
#include "runtime/cpu/vmx_operation.hpp"
#include "runtime/io/console.hpp"
#include "tests/bochs/hv/l1_vmcs.hpp"
#include "tests/bochs/hv/tally.hpp"

namespace vmxspec::l1 {

namespace {

using generated::MsrAreaEntry;
using runtime::at;
using runtime::PageAllocator;
using runtime::raw;
using runtime::read_msr;
using runtime::VmEntryInstruction;
using runtime::VmxOutcome;

constexpr std::uint32_t ia32_efer = runtime::msr::ia32_efer, ia32_pat = 0x277, ia32_star = 0xc000'0081;
constexpr std::uint64_t lme = 1U << 8, lma = 1U << 10, sce_nxe = 0x801;
constexpr std::uint64_t load_efer = 1U << 15, ia32e_mode_guest = 1U << 9;  // VM-entry controls

constexpr std::uint64_t vmcall = 18, control_register_access = 28;
constexpr std::uint64_t invalid_guest_state = 0x8000'0021, msr_loading = 0x8000'0022;

/// L2's EFER as it is expected at its VMCALL: L1's with some bits kept, and others.
struct Efer {
    std::uint64_t kept, added;
};

struct Trial {
    std::string_view name;
    const recorded::Vmcs& recorded;
    std::span<const MsrAreaEntry> area;  ///< for VM entry
    std::uint64_t entry_controls;        ///< more than the recorded ones
    std::uint64_t guest_efer;            ///< loaded with "load IA32_EFER"
    bool behind_mov_cr0;                 ///< L2 begins behind the MOV CR0
    VmEntryInstruction instruction;      ///< VMRESUME: in the VMCS of the trial before
    std::uint64_t exit_reason, exit_qualification;
    Efer efer;
};

constexpr auto launch = VmEntryInstruction::vmlaunch, resume = VmEntryInstruction::vmresume;
constexpr Efer no_matter{0, 0};
constexpr std::uint64_t all = ~std::uint64_t{0};

// Areas of L1's own instead of the recorded one, whose IA32_EFER is D01H.
constexpr std::array efer_outside_ia32e{MsrAreaEntry{ia32_efer, 0, sce_nxe}};
constexpr std::array efer_second{recorded::after02_msr_load[1], recorded::after02_msr_load[0]};

const std::array trials{
    Trial{"MOV CR0 of L2 with paging",
          recorded::before12,
          {},
          0,
          0,
          false,
          launch,
          control_register_access,
          0,
          no_matter},
    Trial{"the entry that failed, with VMRESUME",
          recorded::after12,
          {},
          0,
          0,
          true,
          resume,
          vmcall,
          0,
          {all ^ lme ^ lma, 0}},
    Trial{"the entry that failed, with VMLAUNCH",
          recorded::after12,
          {},
          0,
          0,
          true,
          launch,
          vmcall,
          0,
          {all ^ lme ^ lma, 0}},
    Trial{"the entry before, without paging: LME is L1's",
          recorded::before12,
          {},
          0,
          0,
          true,
          launch,
          vmcall,
          0,
          {all ^ lma, 0}},
    Trial{"load IA32_EFER, as is right",
          recorded::after12,
          {},
          load_efer,
          sce_nxe,
          true,
          launch,
          vmcall,
          0,
          {0, sce_nxe}},
    Trial{"load IA32_EFER with LME and LMA",
          recorded::after12,
          {},
          load_efer,
          sce_nxe | lme | lma,
          true,
          launch,
          invalid_guest_state,
          0,
          no_matter},
    Trial{"IA-32e mode guest without PAE",
          recorded::after12,
          {},
          ia32e_mode_guest,
          0,
          true,
          launch,
          invalid_guest_state,
          0,
          no_matter},
    Trial{"the recorded area, without paging",
          recorded::before02,
          recorded::before02_msr_load,
          0,
          0,
          true,
          launch,
          vmcall,
          0,
          {0, sce_nxe | lme}},
    Trial{"the recorded area, with VMRESUME", recorded::after02, recorded::after02_msr_load, 0, 0, true, resume,
          msr_loading, 1, no_matter},
    Trial{"the recorded area, with VMLAUNCH", recorded::after02, recorded::after02_msr_load, 0, 0, true, launch,
          msr_loading, 1, no_matter},
    Trial{"the recorded area, in another order", recorded::after02, efer_second, 0, 0, true, launch, msr_loading, 2,
          no_matter},
    Trial{"an area that is right", recorded::after02, efer_outside_ia32e, 0, 0, true, launch, vmcall, 0, {0, sce_nxe}},
    Trial{"an area that is right, after load IA32_EFER",
          recorded::after02,
          efer_outside_ia32e,
          load_efer,
          1,
          true,
          launch,
          vmcall,
          0,
          {0, sce_nxe}},
};

// L2's code, from the recorded RIP on: MOV CR0, EAX; MOV ECX, C0000080H; RDMSR; VMCALL.
constexpr std::array<std::uint8_t, 13> code{0x0f, 0x22, 0xc0, 0xb9, 0x80, 0x00, 0x00,
                                            0xc0, 0x0f, 0x32, 0x0f, 0x01, 0xc1};
constexpr std::uint64_t mov_cr0_length = 3, vmcall_place = 10;
constexpr std::uint64_t new_cr0 = 0x8001'0015;  // EAX: as the read shadow is afterwards

constinit Tally tally;

void expect(std::string_view trial, std::string_view what, std::uint64_t seen, std::uint64_t expected) {
    tally.expect(seen, expected, trial, ": ", what);
}

/// What the recorded physical addresses are exchanged for.
class Machine {
public:
    explicit Machine(PageAllocator& pages)
        : pages_{pages},
          ept_{pages},
          msr_bitmap_{zeroed_page(pages)},
          virtual_apic_{zeroed_page(pages)},
          apic_access_{zeroed_page(pages)},
          entry_load_{zeroed_page(pages)},
          exit_store_{zeroed_page(pages)},
          exit_load_{zeroed_page(pages)} {
        make_l2_memory();
    }

    void run(const Trial& trial);

private:
    /// L2's pages at their recorded addresses, and paging structures that map the first 4 MiB to themselves.
    void make_l2_memory();
    void write_areas(const Trial& trial) const;
    void write_state(const Trial& trial) const;
    void judge(const Trial& trial) const;

    PageAllocator& pages_;
    Ept ept_;
    PhysicalAddress msr_bitmap_, virtual_apic_, apic_access_, entry_load_, exit_store_, exit_load_;
    runtime::VmEntryFrame frame_{};
    std::uint64_t efer_ = 0, pat_ = 0, star_ = 0;
};

constexpr std::uint64_t page_of(std::uint64_t address) { return address & ~(runtime::page_size - 1); }

void Machine::make_l2_memory() {
    constexpr const recorded::Vmcs& s = recorded::before12;
    constexpr std::uint64_t table = s.guest_cr3 + runtime::page_size;
    constexpr std::uint32_t present_writable = 3;
    constexpr std::array addresses{page_of(s.guest_rip), page_of(s.guest_rsp), page_of(s.guest_gdtr_base), s.guest_cr3,
                                   table};
    std::array<PhysicalAddress, addresses.size()> own{};
    for (std::size_t n = 0; n < addresses.size(); ++n) {
        own[n] = zeroed_page(pages_);
        ept_.map(addresses[n], own[n]);
    }
    const std::uint64_t begin = raw(own[0]) + (s.guest_rip - addresses[0]);
    __builtin_memcpy(at<void>(PhysicalAddress{begin}), code.data(), code.size());
    *at<std::uint32_t>(own[3]) = static_cast<std::uint32_t>(table) | present_writable;
    for (std::uint32_t n = 0; n < 1024; ++n) {
        at<std::uint32_t>(own[4])[n] = n << 12 | present_writable;
    }
}

void Machine::write_areas(const Trial& trial) const {
    auto* const entries = at<MsrAreaEntry>(entry_load_);
    for (std::size_t n = 0; n < trial.area.size(); ++n) {
        entries[n] = trial.area[n];
    }
    const std::array own{MsrAreaEntry{ia32_efer, 0, efer_}, MsrAreaEntry{ia32_pat, 0, pat_},
                         MsrAreaEntry{ia32_star, 0, star_}};
    for (std::size_t n = 0; n < own.size(); ++n) {
        at<MsrAreaEntry>(exit_load_)[n] = own[n];
        at<MsrAreaEntry>(exit_store_)[n] = {own[n].index, 0, all};
    }
}

void Machine::write_state(const Trial& trial) const {
    constexpr std::uint64_t type_place = 10, type_mask = 3, control = 0, guest = 2;  // of an encoding (SDM table 27-22)
    recorded::Vmcs s = trial.recorded;
    s.control_msr_bitmap = raw(msr_bitmap_);
    s.control_virtual_apic = raw(virtual_apic_);
    s.control_apic_access = raw(apic_access_);
    s.control_entry_msr_load = raw(entry_load_);
    s.control_exit_msr_store = raw(exit_store_);
    s.control_exit_msr_load = raw(exit_load_);
    s.control_eptp = ept_.pointer();
    s.control_entry |= trial.entry_controls;
    s.control_entry_msr_load_count = trial.area.size();
    s.guest_efer = trial.guest_efer;
    s.guest_rip = recorded::before12.guest_rip + (trial.behind_mov_cr0 ? mov_cr0_length : 0);
    generated::each_vmcs12_field(s, [&](std::uint32_t number, const auto& value) {
        const std::uint64_t type = number >> type_place & type_mask;
        // A field that neither the recorded processor had nor this one has is 0 in the recording.
        const bool is_written = type == control || type == guest;
        if (is_written && runtime::vmwrite(number, value) != VmxOutcome::succeed && value != 0) {
            expect(trial.name, "a field that the processor does not have", value, 0);
        }
    });
    write_host(frame_, runtime::descriptor_tables, runtime::interrupt_table.base());
}

void Machine::judge(const Trial& trial) const {
    const std::string_view name = trial.name;
    const std::uint64_t begin = recorded::before12.guest_rip;
    const std::uint64_t reason = get(Field::exit_reason);
    expect(name, "the exit reason", reason, trial.exit_reason);
    expect(name, "the exit qualification", get(Field::exit_qualification), trial.exit_qualification);
    expect(name, "the guest's CR0", get(Field::guest_cr0), trial.recorded.guest_cr0);
    const bool fails = trial.exit_reason != vmcall && trial.exit_reason != control_register_access;
    expect(name, "the guest's RIP", get(Field::guest_rip),
           fails                         ? begin + mov_cr0_length
           : trial.exit_reason == vmcall ? begin + vmcall_place
                                         : begin);
    // L1's registers: from the VM-exit MSR-load area or, of what a VM exit does not load, L2's.
    const std::uint64_t efer2 = (efer_ & trial.efer.kept) | trial.efer.added;
    const bool efer_is_loaded = trial.exit_reason != vmcall || trial.recorded.control_exit_msr_load_count != 0;
    expect(name, "L1's IA32_EFER", read_msr(ia32_efer).value_or(0), efer_is_loaded ? efer_ : efer2 | lme | lma);
    expect(name, "L1's IA32_PAT", read_msr(ia32_pat).value_or(0), pat_);
    expect(name, "L1's IA32_STAR", read_msr(ia32_star).value_or(0), star_);
    const auto* const stored = at<const MsrAreaEntry>(exit_store_);
    if (trial.exit_reason == vmcall) {
        expect(name, "IA32_EFER as L2 reads it", frame_.rdx << 32 | frame_.rax, efer2);
        expect(name, "IA32_EFER in the VM-exit MSR-store area", stored[0].data,
               trial.recorded.control_exit_msr_store_count == 0 ? all : efer2);
    } else {
        expect(name, "L2's EAX", frame_.rax, new_cr0);
        expect(name, "the VM-exit MSR-store area", stored[0].data, all);
    }
}

void Machine::run(const Trial& trial) {
    efer_ = read_msr(ia32_efer).value_or(0);
    pat_ = read_msr(ia32_pat).value_or(0);
    star_ = read_msr(ia32_star).value_or(0);
    if (trial.instruction == launch) {
        make_vmcs(zeroed_page(pages_));
    }
    write_areas(trial);
    write_state(trial);
    frame_.rax = new_cr0;
    frame_.rdx = 0;
    if (runtime::vm_entry(frame_, trial.instruction) != VmxOutcome::succeed) {
        fail(trial.name);
    }
    judge(trial);
    if (!runtime::write_msr(ia32_efer, efer_)) {
        fail("WRMSR of IA32_EFER");
    }
}

}  // namespace

}  // namespace vmxspec::l1

void vmxspec::runtime::kernel_main(const BootInformation& /*boot*/, PageAllocator& pages) {
    if (const auto refusal = enter_vmx_operation(l1::zeroed_page(pages))) {
        refuse(sentence(*refusal));
    }
    l1::Machine machine{pages};
    constexpr std::uint64_t some_segments = 0x0028'0008'0000'0000;
    if (!write_msr(l1::ia32_star, some_segments)) {
        refuse("WRMSR of IA32_STAR has failed");
    }
    for (const auto& trial : l1::trials) {
        machine.run(trial);
    }
    l1::tally.close("replay");
}
