// Registers of load tables that an MSR-load area writes.
#pragma once

#include <cstdint>

namespace vmxspec::load {

/// Registers of load tables that WRMSR writes whole, by the MSR's index (SDM volume 4, table 2-2). IA32_EFER, of which
/// it writes a part, is not among them.
struct MsrRegister {
    const char* name;
    std::uint32_t index;
};
inline constexpr MsrRegister msr_registers[] = {
    {"spec_ctrl", 0x48},     {"sysenter_cs", 0x174},  {"sysenter_esp", 0x175},
    {"sysenter_eip", 0x176}, {"fred_rsp1", 0x1cd},    {"fred_rsp2", 0x1ce},
    {"fred_rsp3", 0x1cf},    {"fred_stklvls", 0x1d0}, {"fred_ssp1", 0x1d1},
    {"fred_ssp2", 0x1d2},    {"fred_ssp3", 0x1d3},    {"fred_config", 0x1d4},
    {"debugctl", 0x1d9},     {"pat", 0x277},          {"perf_global_ctrl", 0x38f},
    {"rtit_ctl", 0x570},     {"s_cet", 0x6a2},        {"ssp_table", 0x6a8},
    {"pkrs", 0x6e1},         {"bndcfgs", 0xd90},      {"lbr_ctl", 0x14ce},
};
inline constexpr std::uint32_t uintr_misc = 0x988;  ///< UINV is bits 39:32 of it

}  // namespace vmxspec::load
