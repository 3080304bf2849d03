/// A guest that ends as its command line says: the ways in which `./run boot` may see one end.
#include "runtime/boot/kernel.hpp"
#include "runtime/io/console.hpp"
#include "runtime/io/port.hpp"

namespace vmxspec::runtime {

void kernel_main(const BootInformation& boot, PageAllocator& /*pages*/) {
    constexpr std::uint16_t reset_control = 0xcf9;
    constexpr std::uint8_t full_reset = 0x06;
    const std::string_view ending = boot.command_line();
    print(console, "ending: ", ending, "\n");
    if (ending == "off") {
        return;
    }
    if (ending == "reset") {
        console.drain();
        Ports::out8(reset_control, full_reset);
    } else if (ending == "panic") {
        print(console, "[    1.234567] Kernel panic - not syncing: as asked for\n");
    } else if (ending == "triple-fault") {
        constexpr struct [[gnu::packed]] {
            std::uint16_t limit = 0;
            std::uint64_t base = 0;
        } no_idt;
        asm volatile("lidt %0\n\tud2" : : "m"(no_idt));
    }
    for (;;) {
        asm volatile("cli\n\thlt");
    }
}

}  // namespace vmxspec::runtime
