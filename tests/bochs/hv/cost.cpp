/// A guest that counts what its VM exits cost. In Bochs the time-stamp counter counts instructions; bare, each figure
/// is 0.
#include <array>
#include <string_view>

#include "runtime/boot/kernel.hpp"
#include "runtime/cpu/control_register.hpp"
#include "runtime/cpu/cpuid.hpp"
#include "runtime/cpu/time_stamp.hpp"
#include "runtime/io/console.hpp"

namespace vmxspec::runtime {

namespace {

constexpr unsigned rounds = 10'000;

void execute_nothing() { asm volatile("nop"); }
void execute_cpuid() {
    std::uint32_t leaf = 0, subleaf = 0;
    asm volatile("cpuid" : "+a"(leaf), "+c"(subleaf) : : "ebx", "edx");
}
void execute_rdmsr() {
    constexpr std::uint32_t ia32_pat = 0x277;
    std::uint32_t low = 0, high = 0;
    asm volatile("rdmsr" : "=a"(low), "=d"(high) : "c"(ia32_pat));
}
void execute_xsetbv() {
    constexpr std::uint32_t x87 = 1;
    asm volatile("xsetbv" : : "a"(x87), "d"(0), "c"(0));
}

struct Row {
    std::string_view name;
    void (*execute)();
    std::uint64_t limit;  ///< instructions in VMX root operation
};

constexpr std::array rows{
    Row{"CPUID", execute_cpuid, 150},
    Row{"XSETBV", execute_xsetbv, 200},
    Row{"RDMSR of an MSR that is L1's", execute_rdmsr, 0},
};

/// Ticks of all rounds.
std::uint64_t ticks(void (*execute)()) {
    const std::uint64_t begin = read_time_stamp();
    for (unsigned n = 0; n < rounds; ++n) {
        execute();
    }
    return read_time_stamp() - begin;
}

}  // namespace

void kernel_main(const BootInformation& /*boot*/, PageAllocator& /*pages*/) {
    constexpr unsigned xsave_bit = 26;  // CPUID.1:ECX
    constexpr std::uint64_t cr4_osxsave = 1U << 18;
    const bool has_xsave = (cpuid(1).ecx >> xsave_bit & 1) != 0;
    if (has_xsave) {
        write_cr4(read_cr4() | cr4_osxsave);
    }
    // As many instructions as with one that causes no VM exit, but for what it takes to set up its operands.
    constexpr std::uint64_t operands = 8;
    const std::uint64_t nothing = ticks(execute_nothing);
    bool kept = true;
    for (const Row& row : rows) {
        if (row.execute == execute_xsetbv && !has_xsave) {
            continue;
        }
        const std::uint64_t more = (ticks(row.execute) - nothing) / rounds;
        const std::uint64_t cost = more < operands ? 0 : more;
        print(console, "VM exit of ", row.name, ": ", Decimal{cost}, " instructions of ", Decimal{row.limit}, "\n");
        kept = kept && cost <= row.limit;
    }
    print(console, kept ? "each VM exit is within its limit\n" : "a VM exit is beyond its limit\n");
}

}  // namespace vmxspec::runtime
