#include "hv/l1/exit.hpp"
#include "hv/l1/instruction.hpp"
#include "hv/l1/ipi.hpp"
#include "hv/l1/log.hpp"
#include "hv/l1/machine.hpp"
#include "hv/l1/translation.hpp"
#include "hv/l1/vmcs_bits.hpp"

namespace vmxspec::hv {

namespace {

/// Once a processor: L1 has the hypervisor's memory in no memory map, and COM1 is L1's.
void tell(Processor& processor, std::uint64_t address, bool is_write) {
    if (processor.hole_was_accessed) {
        return;
    }
    processor.hole_was_accessed = true;
    log(LogLevel::warning, "the guest ", is_write ? "writes" : "reads", " at ", runtime::Hex{address},
        "H, where the hypervisor is, from RIP ", runtime::Hex{read(Field::guest_rip)},
        "H: reads give ones, writes are forgotten.");
}

}  // namespace

void forget_written(Processor& processor) {
    // An instruction that is on its way may write once more, or to more than one page.
    if (read(Field::exit_reason) == static_cast<std::uint64_t>(ExitReason::ept_violation)) {
        return;
    }
    __builtin_memset(runtime::at<void>(processor.ones), 0xff, runtime::page_size);
    processor.ept.open_hole(false);
    forget_ept(processor);
}

void handle_ept_violation(Processor& processor, Registers& registers) {
    const std::uint64_t qualification = read(Field::exit_qualification);
    const std::uint64_t address = read(Field::guest_physical_address);
    const bool is_write = (qualification & ept_violation::data_write) != 0;
    const bool hidden = processor.ept.in_hole(address);
    if (processor.ept.entry(address)) {
        if (is_write && processor.ept.is_watched(address) && !processor.ipis.steps) {
            repeat_instruction();
            return begin_apic_write(processor, address);
        }
        if (!hidden || !is_write || processor.ept.hole_is_open()) {
            return handle_unexpected(processor, registers);  // it would come again and again
        }
        processor.ept.open_hole(true);
        forget_ept(processor);
    } else if (processor.ept.map(address)) {
        forget_ept(processor);
    }
    if (hidden) {
        tell(processor, address, is_write);
    }
    repeat_behind_ept_violation(qualification);
}

/// An entry that the hypervisor itself has made: nothing can be mended.
void handle_ept_misconfiguration(Processor& processor, Registers& registers) {
    const std::uint64_t address = read(Field::guest_physical_address);
    log(LogLevel::error, "the EPT entry for ", runtime::Hex{address}, "H is ",
        runtime::Hex{processor.ept.entry(address).value_or(0)}, "H.");
    handle_unexpected(processor, registers);
}

}  // namespace vmxspec::hv
