// vmm IMAGE [apic]: runs IMAGE (l2.S) by Linux' KVM on a processor with 4 MiB of memory, and with KVM's interrupt
// controllers if `apic` is said. vmm KERNEL INITRD: runs a Linux kernel with 128 MiB. What either writes to port 3F8H
// goes to standard output, with "l2: " before each line. Exit code: 0 the image has ended itself; 1 it has not: one
// sentence says how it ended; 2 KVM refuses something.

#include "linux_l2.hpp"

#include <fcntl.h>
#include <linux/kvm.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>
#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string_view>

namespace {

constexpr std::size_t small_memory = 4UL << 20U, linux_memory = 128UL << 20U;
constexpr std::uint64_t initrd_address = 0x600'0000;
constexpr std::string_view linux_arguments =
    "earlyprintk=serial,0x3f8,115200 console=null loglevel=4 acpi=off pci=off nokaslr panic=-1 cryptomgr.notests "
    "initcall_blacklist=load_system_certificate_list";
constexpr std::uint64_t image_address = 0x1000;
constexpr std::uint16_t console = 0x3f8, end_port = 0xf4;

[[noreturn]] void refuse(const char* what) {
    std::printf("vmm: %s: %s.\n", what, std::strerror(errno));
    std::exit(2);
}

/// An ioctl of KVM that must succeed.
template <typename... Argument>
int ask(const char* name, int file, unsigned long request, Argument... argument) {
    const int answer = ioctl(file, request, argument...);
    if (answer < 0) {
        refuse(name);
    }
    return answer;
}

void* map(std::size_t size, int flags, int file) {
    void* const at = mmap(nullptr, size, PROT_READ | PROT_WRITE, flags, file, 0);
    if (at == MAP_FAILED) {
        refuse("mmap");
    }
    return at;
}

/// Memory for L2. What Linux gets begins at a large page, as other programs have it: L1 then maps it by large pages.
char* map_memory(std::size_t size, bool large) {
    constexpr std::size_t large_page = 2UL << 20U;
    if (!large) {
        return static_cast<char*>(map(size, MAP_SHARED | MAP_ANONYMOUS, -1));
    }
    auto* const begin = static_cast<char*>(map(size + large_page, MAP_PRIVATE | MAP_ANONYMOUS, -1));
    char* const memory = begin + (large_page - reinterpret_cast<std::uintptr_t>(begin) % large_page) % large_page;
    if (madvise(memory, size, MADV_HUGEPAGE) != 0) {
        refuse("madvise");
    }
    return memory;
}

std::size_t read_file(const char* path, char* to, std::size_t size) {
    const int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0) {
        refuse(path);
    }
    std::size_t done = 0;
    for (ssize_t part = 1; part > 0; done += static_cast<std::size_t>(part)) {
        part = read(file, to + done, size - done);
        if (part < 0) {
            refuse(path);
        }
    }
    close(file);
    return done;
}

/// kvm_cpuid2, which in C++ has 12 bytes before its entries, and so other numbers of its requests.
struct Cpuid {
    std::uint32_t count, padding;
    std::array<kvm_cpuid_entry2, 256> entries;
};
constexpr unsigned long get_supported_cpuid = _IOWR(KVMIO, 0x05, std::uint64_t);
constexpr unsigned long set_cpuid2 = _IOW(KVMIO, 0x90, std::uint64_t);

/// KVM's CPUID of this processor, as it is.
void set_cpuid(int kvm, int processor) {
    static Cpuid cpuid;
    cpuid.count = static_cast<std::uint32_t>(cpuid.entries.size());
    ask("KVM_GET_SUPPORTED_CPUID", kvm, get_supported_cpuid, &cpuid);
    ask("KVM_SET_CPUID2", processor, set_cpuid2, &cpuid);
}

/// How the processor begins.
struct Begin {
    std::uint64_t rip, rbx, rsi;
};

void set_registers(int processor, const Begin& begin, char* linux) {
    kvm_sregs special{};
    ask("KVM_GET_SREGS", processor, KVM_GET_SREGS, &special);
    special.cs.base = special.cs.selector = 0;
    if (linux != nullptr) {
        linux_l2::begin(special, linux);
    }
    ask("KVM_SET_SREGS", processor, KVM_SET_SREGS, &special);
    kvm_regs registers{};
    registers.rip = begin.rip;
    registers.rflags = 2;
    registers.rbx = begin.rbx;
    registers.rsi = begin.rsi;
    ask("KVM_SET_REGS", processor, KVM_SET_REGS, &registers);
}

void write(std::string_view text) {
    static bool line_begins = true;
    for (const char character : text) {
        if (line_begins) {
            std::fputs("l2: ", stdout);
        }
        std::fputc(character, stdout);
        line_begins = character == '\n';
    }
    std::fflush(stdout);
}

/// This thread goes on on L1's next processor: KVM takes the VMCS along (VMCLEAR here, VMPTRLD there).
void migrate() {
    static const auto processors = static_cast<std::size_t>(sysconf(_SC_NPROCESSORS_ONLN));
    static std::size_t last = 0;
    last = (last + 1) % processors;
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(last, &set);
    if (sched_setaffinity(0, sizeof(set), &set) != 0) {
        refuse("sched_setaffinity");
    }
}

/// Until the image ends; how often it executed HLT and KVM did not wait.
int run(int processor, kvm_run* state) {
    int halts = 0;
    for (;;) {
        migrate();
        if (ioctl(processor, KVM_RUN, 0) < 0) {
            if (errno == EINTR) {
                continue;
            }
            refuse("KVM_RUN");
        }
        switch (state->exit_reason) {
            case KVM_EXIT_IO: {
                char* const data = reinterpret_cast<char*>(state) + state->io.data_offset;
                const std::size_t size = std::size_t{state->io.count} * state->io.size;
                if (state->io.direction == KVM_EXIT_IO_IN) {
                    std::memset(data, state->io.port == console + 5 ? 0x60 : 0xff, size);  // the line status: ready
                } else if (state->io.port == console) {
                    write({data, size});
                } else if (state->io.port == end_port) {
                    return halts;
                }
                break;
            }
            case KVM_EXIT_MMIO: std::memset(state->mmio.data, 0xff, sizeof(state->mmio.data)); break;
            case KVM_EXIT_HLT: ++halts; break;
            case KVM_EXIT_INTERNAL_ERROR:
                std::printf("vmm: KVM gives up: suberror %u.\n", state->internal.suberror);
                std::exit(1);
            case KVM_EXIT_FAIL_ENTRY:
                std::printf("vmm: a VM entry fails: %llx.\n",
                            static_cast<unsigned long long>(state->fail_entry.hardware_entry_failure_reason));
                std::exit(1);
            default: std::printf("vmm: KVM's exit reason %u.\n", state->exit_reason); std::exit(1);
        }
    }
}

}  // namespace

int main(int count, char** arguments) {
    if (count < 2) {
        std::puts("usage: vmm IMAGE [apic] | vmm KERNEL INITRD");
        return 2;
    }
    const bool apic = count > 2;
    const bool linux = apic && std::string_view{arguments[2]} != "apic";
    const std::size_t memory_size = linux ? linux_memory : small_memory;
    const int kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);
    if (kvm < 0) {
        refuse("/dev/kvm");
    }
    const int machine = ask("KVM_CREATE_VM", kvm, KVM_CREATE_VM, 0UL);
    ask("KVM_SET_TSS_ADDR", machine, KVM_SET_TSS_ADDR, 0xfffbd000UL);
    std::uint64_t identity_map = 0xfffbc000;
    ask("KVM_SET_IDENTITY_MAP_ADDR", machine, KVM_SET_IDENTITY_MAP_ADDR, &identity_map);
    if (apic) {
        ask("KVM_CREATE_IRQCHIP", machine, KVM_CREATE_IRQCHIP, 0UL);
    }
    char* const memory = map_memory(memory_size, linux);
    Begin begin{image_address, apic ? 1U : 0U, 0};
    if (linux) {
        kvm_pit_config timer{};
        ask("KVM_CREATE_PIT2", machine, KVM_CREATE_PIT2, &timer);
        constexpr std::size_t most = 32UL << 20U;
        auto* const file = static_cast<char*>(map(most, MAP_PRIVATE | MAP_ANONYMOUS, -1));
        const std::size_t size = read_file(arguments[1], file, most);
        const std::size_t initrd = read_file(arguments[2], memory + initrd_address, memory_size - initrd_address);
        begin = {linux_l2::load(memory, memory_size, {file, size}, initrd_address, initrd, linux_arguments), 0,
                 linux_l2::zero_page};
        munmap(file, most);
    } else {
        read_file(arguments[1], memory + image_address, memory_size - image_address);
    }
    kvm_userspace_memory_region region{};
    region.memory_size = memory_size;
    region.userspace_addr = reinterpret_cast<std::uintptr_t>(memory);
    ask("KVM_SET_USER_MEMORY_REGION", machine, KVM_SET_USER_MEMORY_REGION, &region);

    const int processor = ask("KVM_CREATE_VCPU", machine, KVM_CREATE_VCPU, 0UL);
    const int size = ask("KVM_GET_VCPU_MMAP_SIZE", kvm, KVM_GET_VCPU_MMAP_SIZE, 0UL);
    auto* const state = static_cast<kvm_run*>(map(static_cast<std::size_t>(size), MAP_SHARED, processor));
    set_cpuid(kvm, processor);
    set_registers(processor, begin, linux ? memory : nullptr);
    std::printf("vmm: HLT came out of KVM %d times\n", run(processor, state));
    return 0;
}
