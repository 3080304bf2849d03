#include "proofs/state/live_processor.hpp"

#include "proofs/state/input_error.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <memory>

#include <cpuid.h>
#include <fcntl.h>
#include <unistd.h>

namespace vmxspec {

namespace {

constexpr std::uint32_t extended_leaves = 0x80000000;
constexpr std::uint32_t first_brand_leaf = 0x80000002;
constexpr std::uint32_t ia32_vmx_basic = 0x480;

/// /dev/cpu/N/msr (msr(4)): the 8 bytes at offset INDEX are the MSR.
class MsrFile {
public:
    explicit MsrFile(unsigned processor)
        : path_{fmt::format("/dev/cpu/{}/msr", processor)}, file_{::open(path_.c_str(), O_RDONLY | O_CLOEXEC)} {
        if (file_ >= 0) return;
        throw InputError(fmt::format(
            "{} can't be opened ({}): {}.", path_, std::strerror(errno),
            errno == EACCES || errno == EPERM ? "run this as root" : "load the kernel's module with modprobe msr"));
    }
    ~MsrFile() { ::close(file_); }
    MsrFile(const MsrFile&) = delete;
    MsrFile& operator=(const MsrFile&) = delete;

    [[nodiscard]] std::optional<std::uint64_t> read(std::uint32_t index) const {
        std::uint64_t value = 0;
        const ssize_t got = ::pread(file_, &value, sizeof value, index);
        if (got == static_cast<ssize_t>(sizeof value)) return value;
        if (errno == EIO) return std::nullopt;  // RDMSR faulted
        throw InputError(
            fmt::format("MSR {:X}H can't be read from {} ({}): run this as root.", index, path_, std::strerror(errno)));
    }

private:
    std::string path_;
    int file_;
};

std::array<std::uint32_t, 4> cpuid(std::uint32_t leaf, std::uint32_t subleaf) {
    std::array<std::uint32_t, 4> r{};
    __cpuid_count(leaf, subleaf, r[0], r[1], r[2], r[3]);
    return r;
}

/// A CPUID leaf that the processor does not have reads as 0; CPUID itself returns another leaf's data there.
std::array<std::uint32_t, 4> existing(const Machine& machine, std::uint32_t leaf, std::uint32_t subleaf) {
    const std::uint32_t last = machine.cpuid(leaf & extended_leaves, 0)[0];
    return leaf <= last ? machine.cpuid(leaf, subleaf) : std::array<std::uint32_t, 4>{};
}

std::string brand(const Machine& machine) {
    std::string text;
    for (std::uint32_t n = 0; n < 3; ++n) {
        const std::array<std::uint32_t, 4> part = existing(machine, first_brand_leaf + n, 0);
        std::array<char, sizeof part> bytes{};
        std::memcpy(bytes.data(), part.data(), sizeof part);
        text.append(bytes.data(), bytes.size());
    }
    text = text.c_str();
    text.erase(0, text.find_first_not_of(' '));
    text.erase(text.find_last_not_of(' ') + 1);
    return text;
}

}  // namespace

Machine this_machine() {
    Machine machine{cpuid, {}, {}};
    for (unsigned n = 0; std::filesystem::exists(fmt::format("/dev/cpu/{}", n)); ++n) machine.processors.push_back(n);
    if (machine.processors.empty()) machine.processors.push_back(0);  // its file's absence is the error
    auto files = std::make_shared<std::vector<std::unique_ptr<MsrFile>>>();
    for (const unsigned n : machine.processors) files->push_back(std::make_unique<MsrFile>(n));
    machine.msr = [files](unsigned n, std::uint32_t index) { return files->at(n)->read(index); };
    return machine;
}

std::pair<Profile, std::vector<std::string>> read_profile(const State& state, const Machine& machine) {
    constexpr std::uint32_t vmx = 1 << 5;
    if ((existing(machine, 1, 0)[2] & vmx) == 0)
        throw InputError("this processor has no VMX, or a hypervisor hides it: CPUID.1:ECX.VMX = 0.");
    if (!machine.msr(machine.processors.front(), ia32_vmx_basic))
        throw InputError("this processor's VMX capability MSRs can't be read: RDMSR of IA32_VMX_BASIC faults.");
    Profile profile{"this-machine", brand(machine), "read from the processor", ProfileKind::recorded, {}, {}};
    std::vector<std::string> differences;
    for (std::size_t n = 0; n < state.leaves().size(); ++n) {
        const Leaf& leaf = state.leaves()[n];
        if (leaf.source == Source::cpuid) {
            const auto registers = existing(machine, leaf.cpuid.leaf, leaf.cpuid.subleaf);
            const unsigned width = leaf.cpuid.high - leaf.cpuid.low + 1;
            profile.values.emplace_back(
                n, Known::exactly(registers.at(static_cast<std::size_t>(leaf.cpuid.reg)) >> leaf.cpuid.low, width));
        } else if (leaf.source == Source::msr) {
            const std::optional<std::uint64_t> value = machine.msr(machine.processors.front(), leaf.key);
            if (value) {
                profile.values.emplace_back(n, Known::exactly(*value, leaf.width));
            } else {
                profile.absent.push_back(n);
            }
            for (const unsigned other : machine.processors)
                if (machine.msr(other, leaf.key) != value)
                    differences.push_back(fmt::format("{} of logical processor {} differs from that of {}.",
                                                      leaf.manual_name, other, machine.processors.front()));
        }
    }
    return {profile, differences};
}

}  // namespace vmxspec
