#include "hv/l1/boot_log.hpp"

#include <array>

#include "hv/l1/log.hpp"
#include "hv/l1/machine.hpp"
#include "runtime/boot/kernel.hpp"
#include "runtime/cpu/cpuid.hpp"
#include "runtime/cpu/time_stamp.hpp"
#include "runtime/cpu/vmx_operation.hpp"

namespace vmxspec::hv {

namespace {

using runtime::Decimal;
using runtime::Hex;
using runtime::Region;

constexpr std::uint64_t kib = 1024, mib = kib * 1024;

/// Text that CPUID has in registers, one after the other; leading blanks and the end are cut off.
template <std::size_t registers>
class CpuidText {
public:
    void add(std::uint32_t value) { words_[count_++] = value; }
    [[nodiscard]] std::string_view text() const {
        const auto* const begin = reinterpret_cast<const char*>(words_.data());
        std::string_view all{begin, count_ * sizeof(std::uint32_t)};
        while (!all.empty() && all.front() == ' ') {
            all.remove_prefix(1);
        }
        while (!all.empty() && (all.back() == ' ' || all.back() == '\0')) {
            all.remove_suffix(1);
        }
        return all;
    }

private:
    std::array<std::uint32_t, registers> words_{};
    std::size_t count_ = 0;
};

void log_firmware(const runtime::BootInformation& boot) {
    std::uint64_t size = 0, end = 0;
    for (const Region& region : boot.usable()) {
        size += region.end - region.begin;
        end = region.end > end ? region.end : end;
    }
    log(LogLevel::info, "firmware ", boot.has_efi() ? "UEFI" : "BIOS", ", boot loader ", boot.loader_name(), ", ",
        Decimal{size / mib}, " MiB of memory below ", Hex{end}, "H");
}

void log_processor() {
    constexpr std::uint32_t first_brand_leaf = 0x8000'0002, last_brand_leaf = 0x8000'0004;
    CpuidText<12> brand;
    if (runtime::cpuid_has(last_brand_leaf)) {
        for (std::uint32_t leaf = first_brand_leaf; leaf <= last_brand_leaf; ++leaf) {
            const auto [eax, ebx, ecx, edx] = runtime::cpuid(leaf);
            brand.add(eax);
            brand.add(ebx);
            brand.add(ecx);
            brand.add(edx);
        }
    }
    log(LogLevel::info, "processor ", brand.text(), ", signature ", Hex{runtime::cpuid(1).eax}, "H, VMCS revision ",
        Hex{runtime::vmcs_revision()}, "H");
}

[[nodiscard]] std::uint64_t size_of(const runtime::Module& module) { return module.region.end - module.region.begin; }

}  // namespace

void log_machine(const runtime::BootInformation& boot) {
    log_firmware(boot);
    log_processor();
    log(LogLevel::info, "hypervisor at ", Hex{machine.image.all.begin}, "H, ",
        Decimal{(machine.image.all.end - machine.image.all.begin) / mib}, " MiB with all its memory");
}

void log_guest(const runtime::BootInformation& boot) {
    for (std::size_t n = 0; n < boot.modules().size(); ++n) {
        const runtime::Module& module = boot.modules()[n];
        log(LogLevel::info, n == 0 ? "guest" : "module of the guest", ": ", Decimal{(size_of(module) + kib - 1) / kib},
            " KiB, command line \"", module.command_line, "\"");
    }
}

void log_controls(const Processor& processor) {
    const Controls& c = processor.controls;
    log(LogLevel::debug, "controls: pin-based ", Hex{c.pin}, "H, processor-based ", Hex{c.primary}, "H, secondary ",
        Hex{c.secondary}, "H, VM-exit ", Hex{c.exit}, "H, VM-entry ", Hex{c.entry}, "H");
    log(LogLevel::info, "EPT pages of 4 KiB", c.ept_pages.two_mib ? ", 2 MiB" : "",
        c.ept_pages.one_gib ? ", 1 GiB" : "", c.vpid ? ", VPID" : "", c.pat ? ", PAT" : "",
        c.xsaves() ? ", XSAVES" : "");
    log(LogLevel::debug, Decimal{machine.pool.left()}, " of the hypervisor's pages are left");
}

void log_start(const GuestStart& start) {
    const std::uint64_t ticks = runtime::read_time_stamp() - runtime::first_time_stamp();
    log(LogLevel::info, "the guest starts at ", Hex{start.rip}, "H, ", Decimal{ticks}, " ticks after the hypervisor");
}

}  // namespace vmxspec::hv
