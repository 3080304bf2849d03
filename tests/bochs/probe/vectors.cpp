#include "tests/bochs/probe/vector.hpp"

namespace vmxspec::probe {

namespace {

using enum Change::Kind;
namespace bit = control;

// What the outer hypervisor of the seed put into VMCS02's VM-entry MSR-load area. Its first entry is the
// mistake: LME=1 for an entry with CR0.PG=1 and "IA-32e mode guest"=0.
constexpr MsrEntry efer_d01{0xc000'0080, 0, 0xd01};  // IA32_EFER: SCE, LME, LMA, NXE
constexpr MsrEntry efer_801{0xc000'0080, 0, 0x801};  // IA32_EFER: SCE, NXE
constexpr MsrEntry pat{0x277, 0, 0x0407'0506'0007'0106};
constexpr MsrEntry star{0xc000'0081, 0, 0};

// Entries that VM entry refuses (SDM 29.4). The second one of their areas, so that the qualification tells
// that entries are counted.
constexpr MsrEntry reserved_not_zero{0xc000'0081, 1, 0};
constexpr MsrEntry x2apic_tpr{0x808, 0, 0};
constexpr MsrEntry fs_base{0xc000'0100, 0, 0};
constexpr MsrEntry pat_type_2{0x277, 0, 0x0407'0506'0007'0206};  // no memory type has the number 2

// Where the kernel begins, with its Multiboot2 header (kernel.ld): RAM that holds no VMCS.
constexpr std::uint64_t no_vmcs = 0x10'0000;

// clang-format off
constexpr std::array table{
    //     id                     what differs                                              VM-entry MSR-load area
    Vector{"seed.efer-d01",       {},                                                       {efer_d01, pat, star}},
    Vector{"seed.efer-801",       {},                                                       {efer_801, pat, star}},
    Vector{"seed.no-efer",        {},                                                       {pat, star}},
    Vector{"size.host64",
           {Change{clear_bits, Field::exit_controls, bit::host_address_space_size}},        {}},
    Vector{"guest.ia32e.pae",
           {Change{set_bits, Field::entry_controls, bit::ia32e_mode_guest}},                {}},
    // The guest's page directory, read as PDPTEs: its first entry has bit 1 set.
    Vector{"guest.pdpte.memory",
           {Change{set_bits, Field::guest_cr4, bit::cr4_pae}},                              {}},
    Vector{"guest.link.revision",
           {Change{set, Field::vmcs_link_pointer, no_vmcs}},                                {}},
    Vector{"ctl.entry.reserved",
           {Change{set_forbidden, Field::entry_controls}},                                  {}},
    Vector{"msr-load.reserved",   {},                                                       {efer_801, reserved_not_zero}},
    Vector{"msr-load.x2apic",     {},                                                       {efer_801, x2apic_tpr}},
    Vector{"msr-load.fs-gs-base", {},                                                       {efer_801, fs_base}},
    Vector{"msr-load.wrmsr-gp",   {},                                                       {efer_801, pat_type_2}},
};
// clang-format on

}  // namespace

std::span<const Vector> vectors() { return table; }

}  // namespace vmxspec::probe
