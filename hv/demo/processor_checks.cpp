/// All processors, started as an operating system does it: INIT, SIPI, SIPI.
#include <array>

#include "hv/demo/check.hpp"
#include "hv/demo/features.hpp"
#include "hv/demo/interrupts.hpp"
#include "hv/demo/legacy.hpp"
#include "runtime/boot/acpi.hpp"
#include "runtime/cpu/control_register.hpp"
#include "runtime/cpu/msr.hpp"

extern "C" {
// application_processor.S
extern const char vmxspec_demo_processor_begin[];  // NOLINT(*-avoid-c-arrays)
extern const char vmxspec_demo_processor_end[];    // NOLINT(*-avoid-c-arrays)
}

namespace vmxspec::demo {

namespace {

constexpr std::size_t started_offset = 0x800;

/// As application_processor.S knows it.
struct Started {
    std::uint32_t cr0, cr3, efer, count, ready;
    std::array<std::uint32_t, 3> unused;
    struct One {
        std::uint32_t apic_id, extended_features;
    };
    std::array<One, 64> processors;
};
static_assert(offsetof(Started, processors) == 32);

struct Processors {
    std::array<std::uint32_t, 64> apic_ids;
    std::size_t count;
};

/// Those that ACPI's MADT tells of; count 0: there is none.
[[nodiscard]] Processors processors_of(const runtime::BootInformation& boot) {
    constexpr std::uint64_t begin = 0x400;
    const runtime::ReadableMemory memory{
        begin, {runtime::at<const std::byte>(runtime::PhysicalAddress{begin}), runtime::mapped_end - begin}};
    const auto told = boot.rsdp();
    runtime::LocalApicEntries entries{find_acpi_table(memory, told.empty() ? find_rsdp(memory) : told, "APIC")};
    Processors processors{};
    runtime::LocalApicEntry entry{};
    while (entries.next(entry) && processors.count < processors.apic_ids.size()) {
        if (entry.enabled) {
            processors.apic_ids[processors.count++] = entry.id;
        }
    }
    return processors;
}

[[nodiscard]] Started& started() { return *reinterpret_cast<Started*>(LowMemory::low(started_offset)); }

[[nodiscard]] std::uint32_t ready() { return __atomic_load_n(&started().ready, __ATOMIC_ACQUIRE); }

void wait(unsigned milliseconds) {
    constexpr std::uint16_t ticks_a_millisecond = 1193;
    for (unsigned n = 0; n < milliseconds; ++n) {
        start_pit(ticks_a_millisecond);
        static_cast<void>(pit_waits());
        const std::uint64_t before = interrupts(pit_vector);
        static_cast<void>(wait_with_interrupts([&] { return interrupts(pit_vector) != before; }));
    }
    mask_all();
}

/// Starts one processor (SDM volume 3A, 11.4.4.1). \return whether it has come to 64-bit mode
[[nodiscard]] bool start(std::uint32_t id) {
    constexpr std::uint32_t init = 5U << 8 | 1U << 14, sipi = 6U << 8 | 1U << 14 | low_base >> 12;
    const std::uint32_t before = ready();
    send_ipi(id, init);
    wait(10);
    for (unsigned attempt = 0; attempt < 2 && ready() == before; ++attempt) {
        send_ipi(id, sipi);
        for (unsigned n = 0; n < 100 && ready() == before; ++n) {
            wait(1);
        }
    }
    return ready() == before + 1;
}

void check_all(Account& account) {
    if (!has(feature::apic)) {
        return account.skip("no local APIC");
    }
    const Processors processors = processors_of(*given.boot);
    if (processors.count == 0) {
        return account.skip("no MADT tells of processors");
    }
    const LowMemory low_memory;
    __builtin_memcpy(LowMemory::low(0), vmxspec_demo_processor_begin,
                     static_cast<std::size_t>(vmxspec_demo_processor_end - vmxspec_demo_processor_begin));
    started().cr0 = static_cast<std::uint32_t>(runtime::read_cr0());
    started().cr3 = static_cast<std::uint32_t>(runtime::read_cr3());
    started().efer = static_cast<std::uint32_t>(runtime::read_msr(msr::ia32_efer).value_or(0) & ~efer::lma);
    std::uint64_t own = 0, others = 0;
    // Twice: the second INIT meets processors that have stopped in 64-bit mode.
    for (unsigned round = 0; round < 2; ++round) {
        for (std::size_t n = 0; n < processors.count; ++n) {
            const std::uint32_t id = processors.apic_ids[n];
            if (id == own_apic_id()) {
                ++own;
                continue;
            }
            account.expect("a processor has started", start(id) ? id : none, id);
            const auto& last = started().processors[others % 64];
            account.expect("its APIC ID", last.apic_id, id & 0xff);
            account.expect("its CPUID shows 64-bit mode", last.extended_features >> feature::syscall.bit & 1, 1);
            ++others;
        }
    }
    account.expect("this processor is among them", own, 2);
    // They wait for SIPI again, away from memory that is somebody else's.
    for (std::size_t n = 0; n < processors.count; ++n) {
        if (processors.apic_ids[n] != own_apic_id()) {
            send_ipi(processors.apic_ids[n], 5U << 8 | 1U << 14);
        }
    }
    wait(10);
}

constexpr std::array checks{
    Check{"processors: each of them starts, twice", check_all},
};

}  // namespace

const std::span<const Check> processor_checks{checks};

}  // namespace vmxspec::demo
