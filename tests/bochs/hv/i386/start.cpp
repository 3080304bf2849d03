/// From `entry.S` to the kernel's own `kernel_main`, which finds paging off, and turns it on as it likes.
#include "runtime/boot/kernel.hpp"
#include "runtime/cpu/descriptor_tables.hpp"
#include "runtime/cpu/halt.hpp"
#include "runtime/cpu/interrupt_table.hpp"
#include "runtime/io/console.hpp"

extern "C" {
// Set by kernel.ld.
extern const char kernel_begin[];  // NOLINT(*-avoid-c-arrays)
extern const char kernel_end[];    // NOLINT(*-avoid-c-arrays)

[[noreturn]] void vmxspec_start(std::uint32_t boot_information);
}

namespace vmxspec::runtime {

namespace {

constexpr Region handed_out{std::uint64_t{1} << 20, mapped_end};

constinit BootInformation boot;

[[nodiscard]] bool reserve_all(PageAllocator& pages) {
    const Region kernel{raw(address_of(kernel_begin)), raw(address_of(kernel_end))};
    bool fits = pages.reserve(kernel) && pages.reserve(boot.region());
    for (const Module& module : boot.modules()) {
        fits = fits && pages.reserve(module.region);
    }
    return fits;
}

}  // namespace

void refuse(std::string_view reason) {
    print(console, "vmxspec: ", reason, ".\n");
    halt();
}

}  // namespace vmxspec::runtime

void vmxspec_start(std::uint32_t boot_information) {
    using namespace vmxspec::runtime;
    console.initialise();
    descriptor_tables.load();
    interrupt_table.load();
    const auto refusal = boot.read({at<const std::byte>(PhysicalAddress{boot_information}), 0 - boot_information});
    if (refusal) {
        refuse(sentence(*refusal));
    }
    if (const auto screen = boot.text_screen()) {
        vmxspec::runtime::Console::screen().attach(at<volatile VgaText::Cell>(*screen));
    }
    PageAllocator pages{boot.usable(), handed_out};
    if (!reserve_all(pages)) {
        refuse(sentence(BootRefusal::too_many_modules));
    }
    kernel_main(boot, pages);
    halt();
}
