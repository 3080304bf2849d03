/// A guest that starts the machine's other processors itself, in both APIC modes, and sends them NMIs and INITs. It
/// does not know whether there is a hypervisor, and says what is not as the manual has it. Command line: how many
/// processors there are, for a machine without ACPI tables.
#include <array>
#include <string_view>

#include "runtime/boot/acpi.hpp"
#include "runtime/boot/kernel.hpp"
#include "runtime/cpu/control_register.hpp"
#include "runtime/cpu/cpuid.hpp"
#include "runtime/cpu/descriptor_tables.hpp"
#include "runtime/cpu/exception.hpp"
#include "runtime/cpu/interrupt_table.hpp"
#include "runtime/cpu/local_apic.hpp"
#include "runtime/cpu/start_up.hpp"
#include "runtime/io/console.hpp"

extern "C" {
// processors_entry.S
extern const char start_record_code[];   // NOLINT(*-avoid-c-arrays)
extern const char start_record_nmi[];    // NOLINT(*-avoid-c-arrays)
extern const char start_record_state[];  // NOLINT(*-avoid-c-arrays)
extern const char start_record_end[];    // NOLINT(*-avoid-c-arrays)
}

namespace vmxspec::runtime {

namespace {

constexpr std::size_t most_processors = 8;
constexpr std::uint64_t efer_lma = 1U << 10;

/// As processors_entry.S notes it down.
struct [[gnu::packed]] StartState {
    std::uint32_t eax, ebx, ecx, edx, esi, edi, ebp, esp, cr0, cr2, cr3, cr4, dr0, dr6, dr7, efer, eflags, nmis;
    std::uint16_t cs, ds, ss;
    std::uint16_t gdt_limit;
    std::uint32_t gdt_base;
    std::uint16_t idt_limit;
    std::uint32_t idt_base;
};

/// What a processor does when it has arrived.
enum class Work : std::uint32_t { count, halt };

/// One processor, the first included; all words are read and written by several.
struct Cpu {
    alignas(16) std::array<std::byte, 16384> stack;
    DescriptorTables tables;
    Errand errand;
    std::uint32_t id;
    Work work;
    bool x2apic;
    std::uint64_t begun, counted, wrong_cpuid, wrong_id;
    std::uint64_t nmis, nested_nmis, nmi_depth;
    bool nmi_again;  ///< the next NMI's handler sends another
};

constinit std::array<Cpu, most_processors> cpus{};
constinit std::size_t cpu_count = 1;
constinit unsigned complaints = 0;

void expect(bool holds, std::string_view what, std::uint64_t seen = 0) {
    constexpr unsigned most_complaints = 20;
    if (!holds && ++complaints <= most_complaints) {
        print(console, "not so: ", what, " (", Hex{seen}, "H)\n");
    }
}

std::uint64_t load(const std::uint64_t& word) { return __atomic_load_n(&word, __ATOMIC_SEQ_CST); }
void add(std::uint64_t& word) { __atomic_add_fetch(&word, 1, __ATOMIC_SEQ_CST); }

/// Waits until a word has another value than `old`. \return whether it has
bool changes(const std::uint64_t& word, std::uint64_t old, unsigned microseconds = 100'000) {
    for (unsigned n = 0; n < microseconds && load(word) == old; ++n) {
        wait_microseconds(1);
    }
    return load(word) != old;
}

LocalApic apic() {
    const auto found = LocalApic::current();
    if (!found) {
        refuse("the local APIC is off");
    }
    return *found;
}

void turn_x2apic_on() {
    const std::uint64_t base = read_msr(LocalApic::ia32_apic_base).value_or(0);
    static_cast<void>(write_msr(LocalApic::ia32_apic_base, base | LocalApic::x2apic_mode));
}

/// CPUID a few hundred times a millisecond, with registers that must stay as they are.
void count(Cpu& cpu) {
    for (;;) {
        constexpr std::uint64_t pattern = 0x0123'4567'89ab'cdef;
        std::uint64_t kept = pattern;
        std::uint32_t eax = 1, ebx = 0, ecx = 0, edx = 0;
        asm volatile("cpuid" : "+a"(eax), "=b"(ebx), "+c"(ecx), "=d"(edx), "+r"(kept));
        if (kept != pattern || ebx >> 24 != cpu.id) {
            add(cpu.wrong_cpuid);
        }
        for (unsigned n = 0; n < 200; ++n) {
            asm volatile("pause");
        }
        add(cpu.counted);
    }
}

void arrive(void* argument) {
    Cpu& cpu = *static_cast<Cpu*>(argument);
    cpu.tables.load();
    interrupt_table.load();
    if (cpu.x2apic) {
        turn_x2apic_on();
    }
    cpu.wrong_id += apic().id() == cpu.id ? 0 : 1;
    add(cpu.begun);
    if (cpu.work == Work::count) {
        count(cpu);
    }
    for (;;) {
        asm volatile("cli\n\thlt");
    }
}

Cpu* this_cpu() {
    const std::uint32_t id = apic().id();
    for (std::size_t n = 0; n < cpu_count; ++n) {
        if (cpus[n].id == id) {
            return &cpus[n];
        }
    }
    return nullptr;
}

// ---- Where processors begin

/// Two pages: the note of the state, and before it the runtime's start-up code.
class Beginning {
public:
    explicit Beginning(PhysicalAddress high)
        : record_{high},
          page_{PhysicalAddress{raw(high) - page_size}, read_cr3(), read_msr(msr::ia32_efer).value_or(0) & ~efer_lma} {
        __builtin_memset(at<void>(record_), 0, page_size);
        __builtin_memcpy(at<void>(record_), start_record_code,
                         static_cast<std::size_t>(start_record_end - start_record_code));
        // The real-mode interrupt table's entry for NMIs: offset and segment.
        std::uint64_t nmi_entry = 8;
        asm("" : "+r"(nmi_entry));  // no object lies there, thinks the compiler
        *at<volatile std::uint32_t>(PhysicalAddress{nmi_entry}) = static_cast<std::uint32_t>(
            raw(record_) >> 4 << 16 | static_cast<std::uint64_t>(start_record_nmi - start_record_code));
    }

    [[nodiscard]] const volatile StartState& state() const {
        return *at<const volatile StartState>(
            PhysicalAddress{raw(record_) + static_cast<std::uint64_t>(start_record_state - start_record_code)});
    }
    [[nodiscard]] std::uint32_t vector() const { return static_cast<std::uint32_t>(raw(record_) / page_size); }

private:
    PhysicalAddress record_;
    StartUpPage page_;
};

void send_init(const Cpu& cpu) { apic().send(ipi::init | ipi::assert_level, cpu.id); }
void send_sipi(const Cpu& cpu, std::uint32_t vector) {
    apic().send(ipi::start_up | ipi::assert_level | vector, cpu.id);
}

/// Waits for the processor that was sent a SIPI, and gives it its work. \return whether it has come
bool receive(Cpu& cpu, Work work, unsigned microseconds = 100'000) {
    for (unsigned n = 0; n < microseconds && arrivals() == 0; ++n) {
        wait_microseconds(1);
    }
    if (arrivals() == 0) {
        return false;
    }
    const std::uint64_t begun = load(cpu.begun);
    cpu.work = work;
    cpu.errand = {cpu.stack.data() + cpu.stack.size(), arrive, &cpu};
    send_on(0, cpu.errand);
    const bool has_begun = changes(cpu.begun, begun);
    forget_arrivals();
    return has_begun;
}

/// SDM table 12-1, and what SDM 11.4.4 says of a SIPI.
void judge_start_state(const volatile StartState& s, std::uint32_t vector) {
    constexpr std::uint32_t cache_bits = 0x6000'0000;
    expect(s.nmis == 0, "no NMI comes before it is sent", s.nmis);
    expect(s.cs == vector << 8, "CS after SIPI", s.cs);
    expect(s.ds == 0 && s.ss == 0, "DS and SS after INIT", s.ds);
    expect((s.cr0 & ~cache_bits) == 0x10, "CR0 after INIT", s.cr0);
    expect(s.cr2 == 0, "CR2 after INIT", s.cr2);
    expect(s.cr3 == 0, "CR3 after INIT", s.cr3);
    expect(s.cr4 == 0, "CR4 after INIT", s.cr4);
    expect(s.efer == 0, "IA32_EFER after INIT", s.efer);
    expect(s.eflags == 2, "EFLAGS after INIT", s.eflags);
    expect(s.dr0 == 0, "DR0 after INIT", s.dr0);
    expect(s.dr6 == 0xffff'0ff0, "DR6 after INIT", s.dr6);
    expect(s.dr7 == 0x400, "DR7 after INIT", s.dr7);
    expect(s.eax == 0 && s.ebx == 0 && s.ecx == 0 && s.esi == 0 && s.edi == 0 && s.ebp == 0 && s.esp == 0,
           "general registers after INIT", s.eax | s.ebx | s.ecx | s.esi | s.edi | s.ebp | s.esp);
    // Bochs leaves 0 there.
    expect(s.edx == cpuid(1).eax || s.edx == 0, "EDX after INIT", s.edx);
    expect(s.gdt_base == 0 && s.gdt_limit == 0xffff, "GDTR after INIT", s.gdt_base);
    expect(s.idt_base == 0 && s.idt_limit == 0xffff, "IDTR after INIT", s.idt_base);
}

bool start(Cpu& cpu, const Beginning& beginning, Work work) {
    send_init(cpu);
    wait_microseconds(10'000);
    send_sipi(cpu, beginning.vector());
    if (receive(cpu, work, 1'000)) {
        return true;
    }
    send_sipi(cpu, beginning.vector());
    return receive(cpu, work);
}

// ---- What is tried with one processor

/// An NMI comes; one that comes in its handler waits for the IRET.
void try_nmi(Cpu& cpu) {
    for (unsigned n = 0; n < 100; ++n) {
        const std::uint64_t before = load(cpu.nmis);
        const bool again = n % 2 != 0;
        __atomic_store_n(&cpu.nmi_again, again, __ATOMIC_SEQ_CST);
        apic().send(ipi::nmi | ipi::assert_level, cpu.id);
        if (!changes(cpu.nmis, before) || (again && !changes(cpu.nmis, before + 1))) {
            return expect(false, "an NMI comes", n);
        }
        wait_microseconds(100);
        const std::uint64_t come = load(cpu.nmis) - before;
        if (come != (again ? 2 : 1)) {
            return expect(false, "one NMI comes for one that is sent", come);
        }
    }
    expect(load(cpu.nested_nmis) == 0, "no NMI comes in the handler of another", cpu.nested_nmis);
}

/// INIT at any moment, and INIT once more in the wait-for-SIPI state. Some attempts may be lost.
void try_inits(Cpu& cpu, const Beginning& beginning) {
    constexpr unsigned all_rounds = 200, most_attempts = 100;
    const auto rounds = all_rounds / static_cast<unsigned>(cpu_count - 1);
    unsigned lost = 0;
    for (unsigned n = 0; n < rounds; ++n) {
        unsigned attempt = 0;
        for (; attempt < most_attempts; ++attempt) {
            wait_microseconds(50 + 7 * n + attempt);
            send_init(cpu);
            if (n % 3 == 0) {
                send_init(cpu);  // stays in the wait-for-SIPI state
            }
            wait_microseconds(200);
            send_sipi(cpu, beginning.vector());
            if (receive(cpu, Work::count, 2'000)) {
                break;
            }
            send_sipi(cpu, beginning.vector());
            if (receive(cpu, Work::count, 2'000)) {
                break;
            }
        }
        lost += attempt;
        if (attempt == most_attempts) {
            return expect(false, "a processor obeys INIT", n);
        }
        judge_start_state(beginning.state(), beginning.vector());
    }
    print(console, "processor ", Decimal{cpu.id}, ": ", Decimal{rounds}, " times INIT and SIPI, ", Decimal{lost},
          " times INIT more than once\n");
}

void try_processor(Cpu& cpu, const Beginning& beginning) {
    if (!start(cpu, beginning, Work::count)) {
        return expect(false, "a processor starts", cpu.id);
    }
    judge_start_state(beginning.state(), beginning.vector());
    const std::uint64_t counted = load(cpu.counted);
    expect(changes(cpu.counted, counted), "a processor counts", cpu.id);
    try_nmi(cpu);
    try_inits(cpu, beginning);
    try_nmi(cpu);
    // INIT wakes from HLT, too.
    expect(start(cpu, beginning, Work::halt) && start(cpu, beginning, Work::count), "a processor starts from HLT",
           cpu.id);
    expect(load(cpu.wrong_cpuid) == 0, "CPUID is the processor's own", cpu.wrong_cpuid);
    expect(load(cpu.wrong_id) == 0, "the APIC ID is the processor's own", cpu.wrong_id);
}

/// All count at once, and the first sends each an NMI.
void try_all() {
    std::array<std::uint64_t, most_processors> counted{}, nmis{};
    for (std::size_t n = 1; n < cpu_count; ++n) {
        counted[n] = load(cpus[n].counted);
        nmis[n] = load(cpus[n].nmis);
    }
    if (cpu_count > 1) {
        apic().send(ipi::to_all_others | ipi::nmi | ipi::assert_level);
    }
    for (std::size_t n = 1; n < cpu_count; ++n) {
        expect(changes(cpus[n].counted, counted[n]), "all processors count", n);
        expect(changes(cpus[n].nmis, nmis[n]), "an NMI comes to all", n);
    }
    try_nmi(cpus[0]);
}

void try_mode(std::string_view mode, const Beginning& beginning) {
    for (std::size_t n = 1; n < cpu_count; ++n) {
        cpus[n].x2apic = mode == "x2APIC";
        try_processor(cpus[n], beginning);
    }
    try_all();
    print(console, Decimal{cpu_count}, " processors in ", mode,
          " mode: ", complaints == 0 ? "as in the manual" : "not so", "\n");
}

// ---- Which processors there are

void find_processors(const BootInformation& boot) {
    constexpr std::uint64_t begin = 0x400;
    const ReadableMemory memory{begin, {at<const std::byte>(PhysicalAddress{begin}), mapped_end - begin}};
    const auto rsdp = boot.rsdp();
    LocalApicEntries entries{find_acpi_table(memory, rsdp.empty() ? find_rsdp(memory) : rsdp, "APIC")};
    LocalApicEntry entry{};
    cpus[0].id = apic().id();
    while (entries.next(entry)) {
        if (entry.enabled && entry.id != cpus[0].id && cpu_count < most_processors) {
            cpus[cpu_count++].id = entry.id;
        }
    }
    // Where there are no tables, they have told how many there are.
    const std::size_t told = boot.command_line().empty() ? 0 : static_cast<std::size_t>(boot.command_line()[0] - '0');
    for (std::uint32_t id = 1; cpu_count < told && cpu_count < most_processors; ++id) {
        cpus[cpu_count++].id = id;
    }
}

}  // namespace

void kernel_main(const BootInformation& boot, PageAllocator& /*pages*/) {
    constexpr std::uint32_t cpuid_x2apic = 1U << 21;  // leaf 1, ECX
    find_processors(boot);
    const auto page = start_up_page(boot.usable());
    if (!page) {
        refuse("no page below 640 KiB");
    }
    const Beginning beginning{*page};
    if (!apic().in_x2apic_mode()) {
        try_mode("xAPIC", beginning);
    }
    if ((cpuid(1).ecx & cpuid_x2apic) != 0) {
        turn_x2apic_on();
        try_mode("x2APIC", beginning);
    }
    print(console, "the end\n");
}

}  // namespace vmxspec::runtime

bool vmxspec_own_exception(vmxspec::runtime::ExceptionFrame& frame) {
    using namespace vmxspec::runtime;
    constexpr std::uint64_t nmi = 2;
    Cpu* const cpu = frame.vector == nmi ? this_cpu() : nullptr;
    if (cpu == nullptr) {
        return false;
    }
    if (cpu->nmi_depth++ != 0) {
        add(cpu->nested_nmis);
    }
    if (__atomic_exchange_n(&cpu->nmi_again, false, __ATOMIC_SEQ_CST)) {
        apic().send(ipi::nmi | ipi::assert_level, cpu->id);
        static_cast<void>(cpuid(0));  // a VM exit, where there is a hypervisor
        wait_microseconds(50);
    }
    cpu->nmi_depth--;
    add(cpu->nmis);
    return true;
}
