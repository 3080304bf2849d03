#include "tests/bochs/hv/rounds_registers.hpp"

#include "runtime/cpu/control_register.hpp"
#include "runtime/cpu/descriptor_tables.hpp"
#include "runtime/cpu/msr.hpp"

namespace vmxspec::l1 {

namespace {

using runtime::TablePointer;

#define SELECTOR(name)                                     \
    [[nodiscard]] std::uint64_t read_##name() {            \
        std::uint32_t value = 0;                           \
        asm volatile("mov %%" #name ", %0" : "=r"(value)); \
        return value;                                      \
    }
SELECTOR(es)
SELECTOR(cs)
SELECTOR(ss)
SELECTOR(ds)
SELECTOR(fs)
SELECTOR(gs)
#undef SELECTOR

[[nodiscard]] std::uint64_t read_tr() {
    std::uint32_t value = 0;
    asm volatile("str %0" : "=r"(value));
    return value;
}
[[nodiscard]] std::uint64_t read_ldtr() {
    std::uint32_t value = 0;
    asm volatile("sldt %0" : "=r"(value));
    return value;
}
[[nodiscard]] TablePointer gdtr() {
    TablePointer pointer{};
    asm volatile("sgdt %0" : "=m"(pointer));
    return pointer;
}
[[nodiscard]] TablePointer idtr() {
    TablePointer pointer{};
    asm volatile("sidt %0" : "=m"(pointer));
    return pointer;
}

template <std::uint32_t Index>
[[nodiscard]] std::uint64_t msr() {
    return runtime::read_msr(Index).value_or(0);
}

constexpr std::uint32_t ia32_sysenter_cs = 0x174, ia32_sysenter_esp = 0x175, ia32_sysenter_eip = 0x176;
constexpr std::uint64_t table_limit = 0xffff, dr7_after_exit = 0x400;

}  // namespace

constinit const std::array<Register, register_count> registers_loaded{{
    {"CR0", runtime::read_cr0, {}},
    {"CR3", runtime::read_cr3, {}},
    {"CR4", runtime::read_cr4, {}},
    {"DR7", runtime::read_dr7, dr7_after_exit},
    {"IA32_SYSENTER_CS", msr<ia32_sysenter_cs>, sysenter_cs},
    {"IA32_SYSENTER_ESP", msr<ia32_sysenter_esp>, sysenter_esp},
    {"IA32_SYSENTER_EIP", msr<ia32_sysenter_eip>, sysenter_eip},
    {"IA32_EFER", msr<runtime::msr::ia32_efer>, {}},
    {"ES", read_es, {}},
    {"CS", read_cs, {}},
    {"SS", read_ss, {}},
    {"DS", read_ds, {}},
    {"FS", read_fs, {}},
    {"GS", read_gs, {}},
    {"TR", read_tr, {}},
    {"LDTR", read_ldtr, {}},
    {"GDTR", [] { return std::uint64_t{gdtr().base}; }, {}},
    {"GDTR's limit", [] { return std::uint64_t{gdtr().limit}; }, table_limit},
    {"IDTR", [] { return std::uint64_t{idtr().base}; }, {}},
    {"IDTR's limit", [] { return std::uint64_t{idtr().limit}; }, table_limit},
}};

RegisterValues read_registers() {
    RegisterValues values{};
    for (std::size_t n = 0; n < register_count; ++n) {
        values[n] = registers_loaded[n].read();
    }
    return values;
}

RegisterValues after_vm_exit(const RegisterValues& before) {
    RegisterValues values = before;
    for (std::size_t n = 0; n < register_count; ++n) {
        values[n] = registers_loaded[n].loaded.value_or(values[n]);
    }
    return values;
}

}  // namespace vmxspec::l1
