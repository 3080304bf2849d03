#include "hv/l1/linux_kernel.hpp"

#include "hv/l1/number.hpp"

namespace vmxspec::hv {

namespace {

using runtime::Region;

// Offsets of the real-mode kernel header's fields, in the file and in the zero page alike.
namespace field {
constexpr std::size_t setup_sects = 0x1f1, syssize = 0x1f4, jump_distance = 0x201, magic = 0x202, version = 0x206,
                      loadflags = 0x211, initrd_addr_max = 0x22c, kernel_alignment = 0x230, relocatable_kernel = 0x234,
                      xloadflags = 0x236, cmdline_size = 0x238, pref_address = 0x258, init_size = 0x260;
}  // namespace field

constexpr std::uint32_t magic = 0x5372'6448;  // "HdrS"
/// The first version whose kernels say where they want to be and how much memory they need: Linux 2.6.31.
constexpr std::uint16_t oldest_version = 0x20a;
constexpr std::uint8_t loaded_high = 1;      // loadflags
constexpr std::uint16_t kernel_64 = 1;       // xloadflags, since version 2.12
constexpr std::size_t header_limit = 0x290;  // of the zero page: what is behind the header
constexpr std::uint64_t one_mib = std::uint64_t{1} << 20;

constexpr bool is_power_of_two(std::uint64_t value) { return value != 0 && (value & (value - 1)) == 0; }

}  // namespace

std::string_view sentence(LinuxRefusal refusal) {
    switch (refusal) {
        case LinuxRefusal::too_old:
            return "the guest is not understood: its boot protocol is older than 2.10, with which Linux 2.6.31 came";
        case LinuxRefusal::not_high: return "the guest is not understood: it is a zImage, not a bzImage";
        case LinuxRefusal::truncated: return "the guest is not understood: its file ends before the kernel does";
        case LinuxRefusal::bad_header: return "the guest is not understood: its Linux header is damaged";
        case LinuxRefusal::no_memory: return "there is no memory where the guest's kernel may be";
        case LinuxRefusal::long_command_line: return "the guest's command line is longer than its kernel takes";
    }
    return "the guest is not understood";
}

bool LinuxKernel::recognises(std::span<const std::byte> file) {
    return number<std::uint32_t>(file, field::magic) == magic;
}

std::optional<LinuxRefusal> LinuxKernel::read(std::span<const std::byte> file) {
    *this = {};
    const auto get = [&]<class T>(T /*type*/, std::size_t at) { return number<T>(file, at).value_or(0); };
    if (get(std::uint16_t{}, field::version) < oldest_version) {
        return LinuxRefusal::too_old;
    }
    if ((get(std::uint8_t{}, field::loadflags) & loaded_high) == 0) {
        return LinuxRefusal::not_high;
    }
    constexpr std::uint64_t sector = 512, paragraph = 16, implied_sectors = 4;
    const std::uint64_t sectors = get(std::uint8_t{}, field::setup_sects);
    offset = ((sectors == 0 ? implied_sectors : sectors) + 1) * sector;
    file_size = get(std::uint32_t{}, field::syssize) * paragraph;
    if (file.size() < header_limit || file.size() < offset || file.size() - offset < file_size) {
        return LinuxRefusal::truncated;
    }
    const std::size_t end = field::magic + get(std::uint8_t{}, field::jump_distance);
    const std::uint64_t needed = get(std::uint32_t{}, field::init_size);
    memory_size = needed > file_size ? needed : file_size;
    preferred_address = get(std::uint64_t{}, field::pref_address);
    const bool relocatable = get(std::uint8_t{}, field::relocatable_kernel) != 0;
    alignment = relocatable ? get(std::uint32_t{}, field::kernel_alignment) : 0;
    if (end < field::init_size + sizeof(std::uint32_t) || end > header_limit || file_size == 0 ||
        (relocatable && !is_power_of_two(alignment))) {
        return LinuxRefusal::bad_header;
    }
    header = file.subspan(linux_header_begin, end - linux_header_begin);
    initrd_end = std::uint64_t{get(std::uint32_t{}, field::initrd_addr_max)} + 1;
    longest_command_line = get(std::uint32_t{}, field::cmdline_size);
    has_64_bit_entry = (get(std::uint16_t{}, field::xloadflags) & kernel_64) != 0;
    return std::nullopt;
}

std::optional<Region> LinuxKernel::place(const MemoryMap& memory) const {
    const auto fits = [&](std::uint64_t begin) {
        return begin >= one_mib && begin < runtime::mapped_end && memory_size <= runtime::mapped_end - begin &&
               memory.available({begin, begin + memory_size});
    };
    std::optional<std::uint64_t> best;
    if (fits(preferred_address)) {
        best = preferred_address;
    } else if (alignment != 0) {
        for (const MapEntry& entry : memory.entries()) {
            const std::uint64_t lowest = entry.region.begin > one_mib ? entry.region.begin : one_mib;
            const std::uint64_t begin = (lowest + alignment - 1) & ~(alignment - 1);
            if (fits(begin) && (!best || begin < *best)) {
                best = begin;
            }
        }
    }
    return best ? std::optional{Region{*best, *best + memory_size}} : std::nullopt;
}

}  // namespace vmxspec::hv
