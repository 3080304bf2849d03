/// Fields of the current VMCS, for code that knows that it has them. Their values are in registers: a memory operand
/// takes an instruction less, but where this is a guest, the hypervisor below has to find it by paging structures.
#pragma once

#include "hv/l1/vmcs_field.hpp"

extern "C" {
/// Where a VMREAD or VMWRITE that failed ends: the report says where, and the processor stops.
[[noreturn]] void vmxspec_vmcs_access_failed();
}

namespace vmxspec::hv {

/// VMREAD. Its failure would be the hypervisor's own: it is reported, and does not return.
[[nodiscard]] inline std::uint64_t read(Field field) {
    std::uint64_t value;
    asm volatile(
        "vmread %[encoding], %[value]\n\t"
        "jbe 1f\n\t"
        ".pushsection .text.unlikely, \"ax\"\n"
        "1:\tcall vmxspec_vmcs_access_failed\n\t"
        ".popsection"
        : [value] "=r"(value)
        : [encoding] "r"(encoding(field))
        : "cc");
    return value;
}

/// VMWRITE, likewise.
inline void write(Field field, std::uint64_t value) {
    asm volatile(
        "vmwrite %[value], %[encoding]\n\t"
        "jbe 1f\n\t"
        ".pushsection .text.unlikely, \"ax\"\n"
        "1:\tcall vmxspec_vmcs_access_failed\n\t"
        ".popsection"
        :
        : [encoding] "r"(encoding(field)), [value] "r"(value)
        : "cc", "memory");
}

}  // namespace vmxspec::hv
