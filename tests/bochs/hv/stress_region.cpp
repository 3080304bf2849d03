#include "tests/bochs/hv/stress_region.hpp"

#include "hv/demo/hypervisor_region.hpp"

namespace vmxspec::stress {

namespace {

/// The number behind `option`, if the word begins with that.
void read_number(std::string_view word, std::string_view option, std::uint64_t& number) {
    if (!word.starts_with(option)) {
        return;
    }
    number = 0;
    for (const char digit : std::string_view{word.data() + option.size(), word.size() - option.size()}) {
        number = number * 10 + static_cast<std::uint64_t>(digit - '0');
    }
}

void read_word(std::string_view word, Given& given) {
    given.under_hypervisor |= word == "hv";
    read_number(word, "count=", given.count);
    read_number(word, "nmi=", given.nmi_ticks);
}

}  // namespace

Given read_given(const runtime::BootInformation& boot) {
    Given given;
    const std::string_view line = boot.command_line();
    std::size_t begin = 0;
    for (std::size_t n = 0; n <= line.size(); ++n) {
        if (n == line.size() || line[n] == ' ') {
            read_word({line.data() + begin, n - begin}, given);
            begin = n + 1;
        }
    }
    given.hypervisor = given.under_hypervisor ? demo::hypervisor_region(boot) : runtime::Region{};
    return given;
}

void write_io_apic(std::uint32_t index, std::uint32_t value) {
    constexpr std::uint64_t base = 0xfec0'0000;
    auto* const select = runtime::at<volatile std::uint32_t>(runtime::PhysicalAddress{base});
    auto* const window = runtime::at<volatile std::uint32_t>(runtime::PhysicalAddress{base + 0x10});
    *select = index;
    *window = value;
}

}  // namespace vmxspec::stress
