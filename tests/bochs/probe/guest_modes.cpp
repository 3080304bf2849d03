#include "tests/bochs/probe/guest_modes.hpp"

#include <array>

#include "runtime/cpu/control_register.hpp"
#include "runtime/cpu/msr.hpp"
#include "runtime/cpu/vmx_operation.hpp"
#include "tests/bochs/probe/capabilities.hpp"
#include "tests/bochs/probe/memory.hpp"

namespace vmxspec::probe {

namespace {

using runtime::raw;

constexpr std::uint32_t ia32_vmx_procbased_ctls2 = 0x48b;

constexpr std::uint64_t cr0_pe = 1, cr0_pg = 1ULL << 31, cr0_pe_et_ne_pg = 0x8000'0031, cr0_et_ne = 0x30;
constexpr std::uint64_t cr4_pse = 1U << 4, cr4_pae = 1U << 5;
constexpr std::uint64_t efer_lme_lma = 0x500;
constexpr std::uint64_t rflags_vm = 1U << 17;

// Page-table entries: present, writable, user; a page of 2 or 4 MiB.
constexpr std::uint32_t table = 0x7;
constexpr std::uint32_t large_page = 0x87;
constexpr std::uint64_t ept_table = 0x7, ept_large_page = 0xb7;  // read, write, execute; write-back
constexpr std::uint64_t four_levels_write_back = 3 << 3 | 6;
constexpr std::uint64_t large = 2U << 20;
constexpr unsigned directories = 4;  // of 1 GiB each

/// Where the code is in virtual-8086 mode, whose addresses end at 1 MiB.
constexpr std::uint64_t code_8086 = 0x1'0000;

/// A segment register, as the VMCS holds it.
struct Segment {
    std::uint64_t selector, base, limit, access_rights;  // SDM Table 27-2
};

constexpr std::uint64_t flat = 0xffff'ffff;
constexpr std::uint64_t code_64 = 0xa09b, code_32 = 0xc09b, data_32 = 0xc093;  // P, S, type; G, and L or D
constexpr std::uint64_t code_16 = 0x9b, data_16 = 0x93, segment_8086 = 0xf3;
constexpr unsigned dpl = 5;  // place of the DPL
constexpr unsigned cs = 1, ldtr = 6;

void set_segment(VmcsImage& image, unsigned n, const Segment& segment) {
    image.set(of_segment(Field::guest_es_selector, n), segment.selector);
    image.set(of_segment(Field::guest_es_base, n), segment.base);
    image.set(of_segment(Field::guest_es_limit, n), segment.limit);
    image.set(of_segment(Field::guest_es_access_rights, n), segment.access_rights);
}

[[nodiscard]] Segment code_segment(Mode mode, std::uint64_t cpl) {
    const std::uint64_t privilege = cpl << dpl;
    switch (mode) {
        case Mode::bits64: return {0x08 | cpl, 0, flat, code_64 | privilege};
        case Mode::virtual8086: return {code_8086 >> 4, code_8086, 0xffff, segment_8086};
        case Mode::real: return {0, code_page(), 0xffff, code_16};
        default: return {0x08 | cpl, 0, flat, code_32 | privilege};
    }
}

[[nodiscard]] Segment data_segment(Mode mode, std::uint64_t cpl) {
    switch (mode) {
        case Mode::virtual8086: return {0, 0, 0xffff, segment_8086};
        case Mode::real: return {0, 0, 0xffff, data_16};
        default: return {0x10 | cpl, 0, flat, data_32 | cpl << dpl};
    }
}

/// 4 MiB pages, but for the first 4 MiB, of which page `code_8086` is the code's.
[[nodiscard]] runtime::PhysicalAddress legacy_tables(runtime::PageAllocator& pages) {
    const auto directory = zeroed_page(pages);
    const auto first = zeroed_page(pages);
    auto* entries = runtime::at<std::uint32_t>(first);
    for (std::uint32_t i = 0; i < 1024; ++i) {
        entries[i] = i << 12 | table;
    }
    entries[code_8086 >> 12] = static_cast<std::uint32_t>(code_page()) | table;
    auto* large_entries = runtime::at<std::uint32_t>(directory);
    large_entries[0] = static_cast<std::uint32_t>(raw(first)) | table;
    for (std::uint32_t i = 1; i < 1024; ++i) {
        large_entries[i] = i << 22 | large_page;
    }
    return directory;
}

[[nodiscard]] std::uint64_t ept_tables(runtime::PageAllocator& pages) {
    const auto map = zeroed_page(pages);
    const auto pointers = zeroed_page(pages);
    *runtime::at<std::uint64_t>(map) = raw(pointers) | ept_table;
    std::uint64_t address = 0;
    for (unsigned n = 0; n < directories; ++n) {
        const auto directory = zeroed_page(pages);
        runtime::at<std::uint64_t>(pointers)[n] = raw(directory) | ept_table;
        for (unsigned i = 0; i < 512; ++i, address += large) {
            runtime::at<std::uint64_t>(directory)[i] = address | ept_large_page;
        }
    }
    return raw(map) | four_levels_write_back;
}

/// Control registers and IA32_EFER: the mode and the host's IA32_EFER make the guest's (SDM 29.3.2.1).
[[nodiscard]] GuestProcessor processor(Mode mode) {
    const std::uint64_t efer = runtime::read_msr(runtime::msr::ia32_efer).value_or(0) & ~efer_lme_lma;
    switch (mode) {
        case Mode::bits64:
        case Mode::compatibility:
            return {runtime::fixed_cr0(cr0_pe_et_ne_pg), runtime::fixed_cr4(cr4_pae), efer | efer_lme_lma, 0,
                    mode == Mode::bits64};
        case Mode::virtual8086:
            return {runtime::fixed_cr0(cr0_pe_et_ne_pg), runtime::fixed_cr4(cr4_pse), efer, rflags_vm, false};
        case Mode::real:
            return {runtime::fixed_cr0(cr0_et_ne) & ~(cr0_pe | cr0_pg), runtime::fixed_cr4(0), efer, 0, false};
        case Mode::protected32: break;
    }
    return {runtime::fixed_cr0(cr0_pe_et_ne_pg), runtime::fixed_cr4(cr4_pse), efer, 0, false};
}

}  // namespace

GuestModes::GuestModes(runtime::PageAllocator& pages)
    : page_directory_{legacy_tables(pages)}, eptp_{ept_tables(pages)} {}

bool GuestModes::supports(std::uint64_t secondary_bits) {
    const std::uint64_t may_be_one = capability(ia32_vmx_procbased_ctls2).value_or(0) >> 32;
    return (secondary_bits & ~may_be_one) == 0;
}

std::uint64_t GuestModes::needs(Mode mode) {
    return mode == Mode::real ? secondary::enable_ept | secondary::unrestricted_guest : 0;
}

std::uint64_t GuestModes::rip(Mode mode, std::uint64_t address) {
    return mode == Mode::virtual8086 || mode == Mode::real ? address - code_page() : address;
}

GuestProcessor GuestModes::describe(VmcsImage& image, Mode mode, unsigned cpl, std::uint64_t code,
                                    std::uint64_t secondary) const {
    const GuestProcessor guest = processor(mode);
    const bool ia32e = mode == Mode::bits64 || mode == Mode::compatibility;
    for (unsigned n = 0; n < ldtr; ++n) {
        set_segment(image, n, n == cs ? code_segment(mode, cpl) : data_segment(mode, cpl));
    }
    image.set(Field::entry_controls,
              allowed_settings(Field::entry_controls).adjust(ia32e ? control::ia32e_mode_guest : 0));
    if (secondary != 0) {
        const std::uint64_t primary = image.value(Field::processor_based_controls);
        image.set(Field::processor_based_controls, primary | activate_secondary_controls);
        image.set(secondary_controls, secondary);
    }
    if ((secondary & secondary::enable_ept) != 0) {
        image.set(Field::eptp, eptp_);
    }
    image.set(Field::guest_cr0, guest.cr0);
    image.set(Field::guest_cr3, ia32e ? runtime::read_cr3() : raw(page_directory_));
    image.set(Field::guest_cr4, guest.cr4);
    image.set(Field::guest_rip, rip(mode, code));
    return guest;
}

}  // namespace vmxspec::probe
