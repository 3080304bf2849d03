#include "hv/l1/boot_log.hpp"

#include "hv/l1/log.hpp"
#include "hv/l1/machine.hpp"
#include "runtime/boot/kernel.hpp"
#include "runtime/cpu/processor_name.hpp"
#include "runtime/cpu/time_stamp.hpp"
#include "runtime/cpu/vmx_operation.hpp"

namespace vmxspec::hv {

namespace {

using runtime::Decimal;
using runtime::Hex;
using runtime::Region;

constexpr std::uint64_t kib = 1024, mib = kib * 1024;

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
    const runtime::ProcessorName processor;
    log(LogLevel::info, "processor ", processor.brand(), ", signature ", Hex{processor.signature()},
        "H, VMCS revision ", Hex{runtime::vmcs_revision()}, "H");
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
