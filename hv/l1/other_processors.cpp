#include "hv/l1/other_processors.hpp"

#include "hv/l1/ipi.hpp"
#include "hv/l1/log.hpp"
#include "hv/l1/machine.hpp"
#include "hv/l1/start_processor.hpp"
#include "runtime/boot/acpi.hpp"
#include "runtime/boot/kernel.hpp"

namespace vmxspec::hv {

namespace {

using runtime::Decimal;
using runtime::LocalApic;
using runtime::refuse;

/// All below 4 GiB but the real-mode interrupt table, which is no place for tables and would begin at a null pointer.
[[nodiscard]] runtime::ReadableMemory readable_memory() {
    constexpr std::uint64_t begin = 0x400;
    return {begin, {runtime::at<const std::byte>(runtime::PhysicalAddress{begin}), runtime::mapped_end - begin}};
}

/// APIC IDs of processors that are to be started.
struct Ids {
    std::array<std::uint32_t, runtime::most_arrivals> ids;
    std::size_t count;

    void add(std::uint32_t id) {
        for (std::size_t n = 0; n < count; ++n) {
            if (ids[n] == id) {
                return;
            }
        }
        if (count == ids.size()) {
            refuse("the machine has more than 64 processors");
        }
        ids[count++] = id;
    }
};

/// Adds the processors of a MADT to `others`, but for this one.
void read_madt(std::span<const std::byte> madt, const LocalApic& apic, Ids& others) {
    runtime::LocalApicEntries entries{madt};
    runtime::LocalApicEntry entry{};
    const std::uint32_t own = apic.id();
    while (entries.next(entry)) {
        if (!entry.enabled || entry.id == own) {
            continue;
        }
        if (apic.reaches(entry.id)) {
            others.add(entry.id);
        } else {
            log(LogLevel::warning, "processor with APIC ID ", Decimal{entry.id},
                " is left as it is: the firmware has not turned x2APIC mode on.");
        }
    }
}

/// Starts the others. \return how many have come
[[nodiscard]] std::size_t start(const LocalApic& apic, std::span<const std::byte> madt,
                                const runtime::StartUpPage& page) {
    if (madt.empty()) {
        return page.start_all_others(apic);
    }
    Ids others{};
    read_madt(madt, apic, others);
    const std::size_t count = page.start(apic, {others.ids.data(), others.count});
    if (count < others.count) {
        log(LogLevel::warning, Decimal{others.count - count}, " of ", Decimal{others.count + 1},
            " processors of which ACPI tells do not answer, and are left as they are.");
    }
    return count;
}

/// Waits until a processor has set its flag, and does something again and again.
template <class Act>
void await(const bool& flag, Act act) {
    constexpr unsigned rounds = 10'000, round_microseconds = 1'000;
    for (unsigned n = 0; n < rounds; ++n) {
        act();
        for (unsigned waited = 0; waited < round_microseconds; ++waited) {
            if (__atomic_load_n(&flag, __ATOMIC_ACQUIRE)) {
                return;
            }
            runtime::wait_microseconds(1);
        }
    }
    refuse("a processor does not come into VMX operation, or not into the wait-for-SIPI state");
}

void begin(void* argument) {
    auto& processor = *static_cast<Processor*>(argument);
    begin_vmx(processor);
    run_guest(processor);
}

}  // namespace

void gather_processors(const runtime::BootInformation& boot, std::size_t pages_each) {
    const auto apic = LocalApic::current();
    if (!apic) {
        return;  // without it no processor can start another, nor can L1
    }
    const auto where = runtime::start_up_page(boot.usable());
    if (!where) {
        refuse("there is no free page below 640 KiB to start processors in");
    }
    const auto memory = readable_memory();
    const auto told = boot.rsdp();
    const auto madt = find_acpi_table(memory, told.empty() ? find_rsdp(memory) : told, "APIC");

    machine.paging.let_low_memory_execute(true);
    std::size_t count = 0;
    {
        constexpr std::uint64_t lma = 1U << 10;
        const std::uint64_t efer = runtime::read_msr(runtime::msr::ia32_efer).value_or(0) & ~lma;
        const runtime::StartUpPage page{*where, machine.paging.root(), efer};
        count = start(*apic, madt, page);
    }
    machine.paging.let_low_memory_execute(false);

    if (machine.options.nested && count * pages_each > machine.pool.left()) {
        log(LogLevel::warning, Decimal{count + 1},
            " processors are more than the hypervisor has memory for, if each is to have VMX for the guest: it has "
            "none.");
        machine.options.nested = false;
        machine.processors.front()->nested = nullptr;
    }
    for (std::size_t n = 0; n < count; ++n) {
        Processor& processor = new_processor();
        processor.errand = {&processor.registers, begin, &processor};
    }
}

void run_other_processors() {
    constexpr std::uint32_t ia32_vmx_misc = 0x485;
    constexpr std::uint64_t wait_for_sipi_supported = 1U << 8;  // SDM appendix A.6
    constexpr std::uint32_t sipi = runtime::ipi::start_up | runtime::ipi::assert_level;
    Processor& first = *machine.processors.front();
    if (machine.processor_count > 1 && (runtime::read_msr(ia32_vmx_misc).value_or(0) & wait_for_sipi_supported) == 0) {
        refuse(
            "this processor's VMX has no wait-for-SIPI state (IA32_VMX_MISC[8] is 0), and there are several "
            "processors");
    }
    for (std::size_t n = 1; n < machine.processor_count; ++n) {
        Processor& processor = *machine.processors[n];
        send_on(n - 1, processor.errand);
        await(processor.ready, [] {});
        // A SIPI that comes too early is lost.
        await(processor.sipi_tried, [&] { LocalApic::current()->send(sipi, processor.apic_id); });
        if (processor.ipis.intercepted && !first.ipis.intercepted) {
            intercept_ipis(first);
        }
        processor.errand = {};  // no pointer to code stays where it can be written
    }
    runtime::forget_arrivals();
}

}  // namespace vmxspec::hv
