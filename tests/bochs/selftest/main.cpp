/// Shows that the runtime keeps its promises on a machine: one line each, and an exception report at the end.
#include <array>

#include "runtime/boot/kernel.hpp"
#include "runtime/cpu/msr.hpp"
#include "runtime/cpu/vmx.hpp"
#include "runtime/cpu/vmx_operation.hpp"
#include "runtime/io/console.hpp"
#include "runtime/memory/identity_map.hpp"

namespace vmxspec::runtime {

namespace {

void say(std::string_view what, std::string_view result) { print(console, what, ": ", result, "\n"); }

std::string_view name(VmxOutcome outcome) {
    switch (outcome) {
        case VmxOutcome::succeed: return "VMsucceed";
        case VmxOutcome::fail_invalid: return "VMfailInvalid";
        case VmxOutcome::fail_valid: break;
    }
    const auto error = vmread(vm_instruction_error_field);
    return error.outcome == VmxOutcome::succeed && error.value == 12 ? "VMfailValid 12" : "VMfailValid";
}

bool meet(Region left, Region right) { return left.begin < right.end && right.begin < left.end; }

/// Takes pages until none is left, and looks where they lie.
std::string_view take_all(const BootInformation& boot, PageAllocator& pages) {
    std::uint64_t last = 0;
    std::size_t taken = 0;
    const std::uint64_t kernel_data = raw(address_of(&boot));
    while (const auto page = pages.allocate()) {
        const Region region{raw(*page), raw(*page) + page_size};
        if (region.begin < last || meet(region, boot.region()) || meet(region, {kernel_data, kernel_data + 1})) {
            return "a page that is in use was handed out";
        }
        for (const Module& module : boot.modules()) {
            if (meet(region, module.region)) {
                return "a page of a module was handed out";
            }
        }
        last = region.end;
        ++taken;
    }
    return taken > 1000 ? "each free page once" : "too few pages";
}

/// Whether a row of the text screen begins with `text`.
bool shows(PhysicalAddress screen, unsigned row, std::string_view text) {
    const auto* cells = at<volatile VgaText::Cell>(screen) + row * VgaText::columns;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (static_cast<char>(cells[i] & 0xff) != text[i]) {
            return false;
        }
    }
    return true;
}

/// Fills the screen until it has moved up, and reads video memory back.
void try_screen(const BootInformation& boot) {
    const auto screen = boot.text_screen();
    if (!screen) {
        return say("text screen", "none");
    }
    console.screen().attach(at<volatile VgaText::Cell>(*screen));
    for (unsigned row = 0; row < 30; ++row) {
        print(console.screen(), "row ", Decimal{row}, "\n");
    }
    const bool moved = shows(*screen, 0, "row 6 ") && shows(*screen, 23, "row 29 ") && shows(*screen, 24, "   ");
    say("text screen", moved ? "shows the last rows" : "shows something else");
}

void try_msrs() {
    constexpr std::uint32_t no_such_msr = 0xdead;
    constexpr std::uint64_t efer_lme = 1U << 8;
    const std::uint64_t efer = read_msr(msr::ia32_efer).value_or(0);
    say("RDMSR of a register that does not exist", read_msr(no_such_msr) ? "a value" : "refused");
    say("WRMSR that clears LME with PG=1", write_msr(msr::ia32_efer, efer & ~efer_lme) ? "done" : "refused");
    say("WRMSR of what was there", write_msr(msr::ia32_efer, efer) ? "done" : "refused");
}

/// A region as that of a device above 4 GiB; nothing answers there, and no exception says that nothing is mapped.
void try_mapping(PageAllocator& pages) {
    constexpr std::uint64_t six_gib = std::uint64_t{6} << 30;
    constexpr Region device{six_gib + 0x1ff000, six_gib + 0x201000};  // in two large pages
    if (!map_region(device, pages)) {
        return say("region above 4 GiB", "not mapped");
    }
    std::uint64_t sum = 0;
    for (std::uint64_t address = device.begin; address < device.end; address += page_size) {
        sum += *at<volatile std::uint8_t>(PhysicalAddress{address});
    }
    say("region above 4 GiB", sum == 2 * 0xff ? "mapped" : "mapped elsewhere");
    say("region above 128 TiB", map_region({1ULL << 47, (1ULL << 47) + 1}, pages) ? "mapped" : "refused");
}

void try_vmx(PageAllocator& pages) {
    const auto vmxon_region = pages.allocate();
    const auto vmcs = pages.allocate();
    if (!vmxon_region || !vmcs) {
        return say("VMX", "no pages");
    }
    if (const auto refusal = enter_vmx_operation(*vmxon_region)) {
        return say("VMXON", sentence(*refusal));
    }
    say("VMREAD without a VMCS", name(vmread(0).outcome));
    say("VMPTRST without a VMCS", vmptrst().value == ~std::uint64_t{0} ? "all ones" : "a pointer");
    *at<std::uint32_t>(*vmcs) = vmcs_revision();
    say("VMCLEAR", name(vmclear(*vmcs)));
    say("VMPTRLD", name(vmptrld(*vmcs)));
    say("VMREAD of a field that does not exist", name(vmread(0x7ffe).outcome));
    say("INVEPT", name(invept(InveptType::global, 0)));
    say("INVVPID", name(invvpid(InvvpidType::all_contexts, 0, 0)));
    say("VMXOFF", name(vmxoff()));
}

}  // namespace

void kernel_main(const BootInformation& boot, PageAllocator& pages) {
    say("command line", boot.command_line());
    for (const Module& module : boot.modules()) {
        const auto size = static_cast<std::size_t>(module.region.end - module.region.begin);
        print(console, "module ", module.command_line, ": ",
              std::string_view{at<const char>(PhysicalAddress{module.region.begin}), size});
    }
    try_screen(boot);
    try_msrs();
    try_mapping(pages);
    try_vmx(pages);
    say("page allocator", take_all(boot, pages));

    // A page fault, with a value in a register by which the report can be checked.
    constexpr std::uint64_t not_mapped = std::uint64_t{5} << 30;
    asm volatile("movb (%[address]), %%al" : : [address] "r"(not_mapped), "d"(0x0123'4567'89ab'cdef) : "rax");
}

}  // namespace vmxspec::runtime
