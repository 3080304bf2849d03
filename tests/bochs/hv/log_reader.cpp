/// A guest that reads the hypervisor's log by CPUID, then reads where the hypervisor is, and finds that in the log.
#include <array>
#include <string_view>

#include "runtime/boot/kernel.hpp"
#include "runtime/cpu/cpuid.hpp"
#include "runtime/io/console.hpp"

namespace vmxspec::runtime {

namespace {

// hv/README.md, "The log".
constexpr std::uint32_t signature_leaf = 0x4000'0000, text_leaf = 0x4000'0001, extent_leaf = 0x4000'0002;

constinit std::array<char, 16384> text{};

[[nodiscard]] bool has_log() {
    constexpr std::uint32_t hypervisor = 1U << 31;  // leaf 1, ECX
    const CpuidResult r = cpuid(signature_leaf);
    return (cpuid(1).ecx & hypervisor) != 0 && r.eax >= extent_leaf && r.ebx == 0x7378'6d76 && r.ecx == 0x0063'6570 &&
           r.edx == 0;
}

[[nodiscard]] std::string_view read_log() {
    const CpuidResult extent = cpuid(extent_leaf);
    const std::uint64_t end = std::uint64_t{extent.ebx} << 32 | extent.eax;
    std::size_t length = 0;
    for (std::uint64_t piece = (end > extent.ecx ? end - extent.ecx : 0) / 16; piece * 16 < end; ++piece) {
        const CpuidResult r = cpuid(text_leaf, static_cast<std::uint32_t>(piece));
        for (const std::uint32_t word : {r.eax, r.ebx, r.ecx, r.edx}) {
            for (unsigned n = 0; n < 4; ++n) {
                const char character = static_cast<char>(word >> 8 * n & 0xff);
                if (character != '\0' && length < text.size()) {
                    text[length++] = character;
                }
            }
        }
    }
    return {text.data(), length};
}

/// What follows `words`; nothing if they are not there. (std::string_view::find wants memchr, which nobody has here.)
[[nodiscard]] std::string_view behind(std::string_view log, std::string_view words) {
    while (!log.empty() && !log.starts_with(words)) {
        log.remove_prefix(1);
    }
    log.remove_prefix(log.empty() ? 0 : words.size());
    return log;
}

/// The hexadecimal number with which a text begins; 0 if there is none.
[[nodiscard]] std::uint64_t number(std::string_view digits) {
    std::uint64_t number = 0;
    for (const char digit : digits) {
        if (digit >= '0' && digit <= '9') {
            number = number << 4 | static_cast<std::uint64_t>(digit - '0');
        } else if (digit >= 'a' && digit <= 'f') {
            number = number << 4 | static_cast<std::uint64_t>(digit - 'a' + 10);
        } else {
            break;
        }
    }
    return number;
}

}  // namespace

void kernel_main(const BootInformation& /*boot*/, PageAllocator& /*pages*/) {
    if (!has_log()) {
        print(console, "there is no log to read\n");
        return;
    }
    const std::string_view log = read_log();
    print(console, "the log is\n", log);
    const std::uint64_t hypervisor = number(behind(log, "\ninfo: hypervisor at "));
    if (hypervisor == 0) {
        print(console, "the log does not say where the hypervisor is\n");
        return;
    }
    const std::uint8_t byte = *at<volatile std::uint8_t>(PhysicalAddress{hypervisor});
    const bool told = !behind(read_log(), "\nwarning: the guest reads at ").empty();
    print(console,
          byte == 0xff && told ? "what the guest did is in the log\n" : "what the guest did is not in the log\n");
}

}  // namespace vmxspec::runtime
