#include "tests/bochs/probe/host_registers.hpp"

#include "runtime/boot/kernel.hpp"
#include "runtime/cpu/control_register.hpp"
#include "runtime/cpu/msr.hpp"

namespace vmxspec::probe {

namespace {

/// The MSRs (SDM volume 4, table 2-2), from place 4 on in the order of the names.
constexpr std::size_t first_msr = 4;
constexpr std::array<std::uint32_t, host_register_names.size() - first_msr> msrs{
    0x174, 0x175, 0x176, 0x1d9, 0x277, 0xc000'0080, 0xc000'0100, 0xc000'0101};

}  // namespace

HostRegisters::HostRegisters() {
    values_[0] = runtime::read_cr0();
    values_[1] = runtime::read_cr3();
    values_[2] = runtime::read_cr4();
    values_[3] = runtime::read_dr7();
    for (std::size_t n = 0; n < msrs.size(); ++n) {
        values_[first_msr + n] = runtime::read_msr(msrs[n]);
    }
}

void HostRegisters::restore_to(const HostRegisters& before) const {
    if (values_[2] != before[2]) {
        runtime::write_cr4(*before[2]);
    }
    if (values_[0] != before[0]) {
        runtime::write_cr0(*before[0]);
    }
    if (values_[3] != before[3]) {
        runtime::write_dr7(*before[3]);
    }
    for (std::size_t n = first_msr; n < values_.size(); ++n) {
        if (before[n] && values_[n] != before[n] && !runtime::write_msr(msrs[n - first_msr], *before[n])) {
            runtime::refuse("an MSR does not take the value back that it had before a VM exit");
        }
    }
}

}  // namespace vmxspec::probe
