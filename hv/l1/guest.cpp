#include "hv/l1/guest.hpp"

#include "hv/l1/multiboot_information.hpp"
#include "hv/l1/multiboot_kernel.hpp"
#include "runtime/boot/kernel.hpp"

namespace vmxspec::hv {

namespace {

using runtime::PhysicalAddress;
using runtime::refuse;
using runtime::Region;

/// What a guest needs at least, besides what it says of itself: 32 MiB.
constexpr std::uint64_t least_memory = std::uint64_t{32} << 20;

constinit MemoryMap memory;
constinit MultibootKernel kernel{};
constinit std::array<runtime::Module, runtime::BootInformation::most_modules> modules{};

[[nodiscard]] std::span<std::byte> bytes(Region region) {
    return {runtime::at<std::byte>(PhysicalAddress{region.begin}), region.end - region.begin};
}

void read_map(const runtime::BootInformation& boot, Region hidden) {
    bool fits = true;
    boot.each_memory_map_entry([&](Region region, std::uint32_t type) {
        fits = fits && memory.add({region, type}, hidden);
    });
    if (!fits) {
        refuse("the memory map has more than 250 entries");
    }
    if (memory.available_size() < least_memory) {
        refuse("too little memory: less than 32 MiB would be left for the guest");
    }
}

/// Where the segments go, and where everything is that is needed until the guest begins.
void take_known_places(Placement& placement, const runtime::BootInformation& boot) {
    bool fits = placement.take(boot.region()) && placement.take({0, std::uint64_t{1} << 20});
    for (const Segment& segment : kernel.all_segments()) {
        if (!memory.available(segment.memory)) {
            refuse(sentence(GuestRefusal::no_memory));
        }
        fits = fits && placement.take(segment.memory);
    }
    for (const runtime::Module& module : boot.modules()) {
        fits = fits && placement.take(module.region);
    }
    if (!fits) {
        refuse("the guest has too many modules and segments");
    }
}

[[nodiscard]] bool overwritten(Region region) {
    for (const Segment& segment : kernel.all_segments()) {
        if (segment.memory.begin < region.end && region.begin < segment.memory.end) {
            return true;
        }
    }
    return false;
}

[[nodiscard]] Region place(Placement& placement, std::uint64_t size) {
    const std::uint64_t begin = placement.place(size);
    if (begin == 0) {
        refuse("too little memory: there is no place for the guest's modules");
    }
    return {begin, begin + size};
}

/// Moves a module out of the way of the segments, if it is.
[[nodiscard]] Region out_of_the_way(Placement& placement, Region region) {
    if (!overwritten(region)) {
        return region;
    }
    const Region to = place(placement, region.end - region.begin);
    __builtin_memcpy(bytes(to).data(), bytes(region).data(), bytes(to).size());
    return to;
}

[[nodiscard]] GuestStart tell(Placement& placement, const GuestBoot& boot) {
    const bool version2 = kernel.version == Multiboot::version2;
    const auto write_all = [&](Writer& writer, std::uint64_t address) {
        version2 ? write_multiboot2(writer, boot) : write_multiboot1(writer, boot, static_cast<std::uint32_t>(address));
    };
    Writer counter{{}};
    write_all(counter, 0);
    const Region region = place(placement, counter.size());
    Writer writer{bytes(region)};
    write_all(writer, region.begin);
    return {kernel.entry, version2 ? multiboot2_magic : multiboot1_magic, static_cast<std::uint32_t>(region.begin), 0};
}

void load_segments(std::span<const std::byte> file) {
    for (const Segment& segment : kernel.all_segments()) {
        const auto to = bytes(segment.memory);
        __builtin_memcpy(to.data(), file.data() + segment.offset, segment.file_size);
        __builtin_memset(to.data() + segment.file_size, 0, to.size() - segment.file_size);
    }
}

}  // namespace

GuestStart load_guest(const runtime::BootInformation& boot, Region hidden) {
    if (boot.modules().empty()) {
        refuse("no guest is given: GRUB's command module2 names it");
    }
    read_map(boot, hidden);
    const runtime::Module& first = boot.modules().front();
    if (const auto refusal = kernel.read(bytes(first.region))) {
        refuse(sentence(*refusal));
    }
    Placement placement{memory, runtime::mapped_end};
    take_known_places(placement, boot);
    const auto file = bytes(out_of_the_way(placement, first.region));
    std::size_t count = 0;
    for (const runtime::Module& module : boot.modules().subspan(1)) {
        modules[count++] = {out_of_the_way(placement, module.region), module.command_line};
    }
    const GuestStart start = tell(placement, {first.command_line, {modules.data(), count}, &memory, &boot});
    load_segments(file);
    return start;
}

}  // namespace vmxspec::hv
