// vmm IMAGE alone|apic: runs IMAGE (l2.S) by Linux' KVM on a processor with 4 MiB of memory, and with KVM's interrupt
// controllers if `apic` is said. What it writes to port 3F8H goes to standard output, with "l2: " before each line.
// Exit code: 0 the image has ended itself; 1 it has not: one sentence says how it ended; 2 KVM refuses something.

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

constexpr std::size_t memory_size = 4UL << 20U;
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

void read_file(const char* path, char* to, std::size_t size) {
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

/// The processor begins at the image's first byte, in real mode, with BX = 1 if KVM has its interrupt controllers.
void set_registers(int processor, bool apic) {
    kvm_sregs special{};
    ask("KVM_GET_SREGS", processor, KVM_GET_SREGS, &special);
    special.cs.base = special.cs.selector = 0;
    ask("KVM_SET_SREGS", processor, KVM_SET_SREGS, &special);
    kvm_regs registers{};
    registers.rip = image_address;
    registers.rflags = 2;
    registers.rbx = apic ? 1 : 0;
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

/// KVM's log of the pages that the guest has written (by EPT's dirty flags and the page-modification log, where it has
/// such) against what has changed in the memory.
void judge_dirty_log(int machine, const char* memory, const char* before) {
    constexpr std::size_t page_size = 4096, pages = memory_size / page_size;
    static std::array<unsigned char, pages / 8> bitmap;
    kvm_dirty_log log{};
    log.dirty_bitmap = bitmap.data();
    ask("KVM_GET_DIRTY_LOG", machine, KVM_GET_DIRTY_LOG, &log);
    std::size_t changed = 0, missing = 0, logged = 0;
    for (std::size_t page = 0; page < pages; ++page) {
        const bool is_changed = std::memcmp(memory + page * page_size, before + page * page_size, page_size) != 0;
        const bool is_logged = (bitmap[page / 8] >> (page % 8) & 1U) != 0;
        changed += is_changed ? 1 : 0;
        logged += is_logged ? 1 : 0;
        missing += is_changed && !is_logged ? 1 : 0;
    }
    if (changed == 0 || missing != 0 || logged == pages) {
        std::printf("vmm: of %zu pages %zu have changed and %zu are in the dirty log, which lacks %zu.\n", pages,
                    changed, logged, missing);
    } else {
        std::puts("vmm: the dirty log has each page that has changed, and not all");
    }
}

}  // namespace

int main(int count, char** arguments) {
    const std::string_view controllers = count == 3 ? arguments[2] : "";
    const bool apic = controllers == "apic";
    if (!apic && controllers != "alone") {
        std::puts("usage: vmm IMAGE alone|apic");
        return 2;
    }
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
    auto* const memory = static_cast<char*>(map(memory_size, MAP_SHARED | MAP_ANONYMOUS, -1));
    read_file(arguments[1], memory + image_address, memory_size - image_address);
    kvm_userspace_memory_region region{};
    region.flags = KVM_MEM_LOG_DIRTY_PAGES;
    region.memory_size = memory_size;
    region.userspace_addr = reinterpret_cast<std::uintptr_t>(memory);
    ask("KVM_SET_USER_MEMORY_REGION", machine, KVM_SET_USER_MEMORY_REGION, &region);

    const int processor = ask("KVM_CREATE_VCPU", machine, KVM_CREATE_VCPU, 0UL);
    const int size = ask("KVM_GET_VCPU_MMAP_SIZE", kvm, KVM_GET_VCPU_MMAP_SIZE, 0UL);
    auto* const state = static_cast<kvm_run*>(map(static_cast<std::size_t>(size), MAP_SHARED, processor));
    set_cpuid(kvm, processor);
    set_registers(processor, apic);
    auto* const before = static_cast<char*>(map(memory_size, MAP_PRIVATE | MAP_ANONYMOUS, -1));
    std::memcpy(before, memory, memory_size);
    std::printf("vmm: HLT came out of KVM %d times\n", run(processor, state));
    judge_dirty_log(machine, memory, before);
    return 0;
}
