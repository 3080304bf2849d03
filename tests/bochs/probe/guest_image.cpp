#include "tests/bochs/probe/guest_image.hpp"

#include "runtime/cpu/vmx_operation.hpp"
#include "tests/bochs/probe/memory.hpp"

extern "C" {
// guest_code.S
extern const char guest_reads_efer[];  // NOLINT(*-avoid-c-arrays)
extern const char guest_calls[];       // NOLINT(*-avoid-c-arrays)
}

namespace vmxspec::probe {

namespace {

using runtime::raw;

/// A segment register, as the VMCS holds it.
struct Segment {
    std::uint16_t selector;
    std::uint32_t limit;
    std::uint32_t access_rights;  // SDM table 27-2
};

constexpr std::uint32_t flat = 0xffff'ffff;
constexpr std::uint32_t code32 = 0xc09b;    // P, S, execute/read/accessed, D, G
constexpr std::uint32_t data32 = 0xc093;    // P, S, read/write/accessed, B, G
constexpr std::uint32_t busy_tss = 0x008b;  // P, busy 32-bit TSS
constexpr std::uint32_t unusable = 0x10000;

constexpr std::array segments{
    Segment{0x10, flat, data32},  // ES
    Segment{0x08, flat, code32},  // CS
    Segment{0x10, flat, data32},  // SS
    Segment{0x10, flat, data32},  // DS
    Segment{0x10, flat, data32},  // FS
    Segment{0x10, flat, data32},  // GS
    Segment{0x00, 0, unusable},   // LDTR
    Segment{0x18, 0x67, busy_tss},
};

constexpr std::uint64_t cr0_pe_et_ne_pg = 0x8000'0031;
constexpr std::uint64_t cr4_pse = 0x10;
constexpr std::uint64_t dr7_at_reset = 0x400;
constexpr std::uint64_t rflags_at_reset = 0x2;

}  // namespace

GuestImage::GuestImage(runtime::PageAllocator& pages) : page_directory_{zeroed_page(pages)} {
    constexpr std::uint32_t large_page = 0x83;  // present, writable, 4 MiB
    auto* entries = runtime::at<std::uint32_t>(page_directory_);
    for (std::uint32_t i = 0; i < 1024; ++i) {
        entries[i] = i << 22 | large_page;
    }
}

void GuestImage::describe(VmcsImage& image, bool reads_efer) const {
    for (unsigned n = 0; n < segments.size(); ++n) {
        image.set(of_segment(Field::guest_es_selector, n), segments[n].selector);
        image.set(of_segment(Field::guest_es_base, n), 0);
        image.set(of_segment(Field::guest_es_limit, n), segments[n].limit);
        image.set(of_segment(Field::guest_es_access_rights, n), segments[n].access_rights);
    }
    image.set(Field::guest_gdtr_base, 0);
    image.set(Field::guest_gdtr_limit, 0);
    image.set(Field::guest_idtr_base, 0);
    image.set(Field::guest_idtr_limit, 0);

    image.set(Field::guest_cr0, runtime::fixed_cr0(cr0_pe_et_ne_pg));
    image.set(Field::guest_cr3, raw(page_directory_));
    image.set(Field::guest_cr4, runtime::fixed_cr4(cr4_pse));
    image.set(Field::guest_dr7, dr7_at_reset);
    image.set(Field::guest_rsp, 0);
    image.set(Field::guest_rip, raw(runtime::address_of(reads_efer ? guest_reads_efer : guest_calls)));
    image.set(Field::guest_rflags, rflags_at_reset);
    image.set(Field::guest_pending_debug_exceptions, 0);
    image.set(Field::guest_ia32_sysenter_cs, 0);
    image.set(Field::guest_ia32_sysenter_esp, 0);
    image.set(Field::guest_ia32_sysenter_eip, 0);
    image.set(Field::guest_ia32_debugctl, 0);
    image.set(Field::guest_interruptibility_state, 0);
    image.set(Field::guest_activity_state, 0);
    image.set(Field::vmcs_link_pointer, ~std::uint64_t{0});
}

}  // namespace vmxspec::probe
