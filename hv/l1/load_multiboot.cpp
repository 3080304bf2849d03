#include "hv/l1/guest.hpp"
#include "hv/l1/multiboot_information.hpp"
#include "hv/l1/multiboot_kernel.hpp"
#include "runtime/boot/kernel.hpp"

namespace vmxspec::hv {

namespace {

using runtime::refuse;
using runtime::Region;

constinit MultibootKernel kernel{};
constinit std::array<runtime::Module, runtime::BootInformation::most_modules> modules{};

[[nodiscard]] GuestStart tell(GuestMemory& memory, const GuestBoot& boot) {
    const bool version2 = kernel.version == Multiboot::version2;
    const auto write_all = [&](Writer& writer, std::uint64_t address) {
        version2 ? write_multiboot2(writer, boot) : write_multiboot1(writer, boot, static_cast<std::uint32_t>(address));
    };
    Writer counter{{}};
    write_all(counter, 0);
    const Region region = memory.place(counter.size());
    Writer writer{bytes(region)};
    write_all(writer, region.begin);
    GuestStart start{};
    start.rip = kernel.entry;
    start.eax = version2 ? multiboot2_magic : multiboot1_magic;
    start.ebx = static_cast<std::uint32_t>(region.begin);
    return start;
}

void load_segments(std::span<const std::byte> file) {
    for (const Segment& segment : kernel.all_segments()) {
        const auto to = bytes(segment.memory);
        __builtin_memcpy(to.data(), file.data() + segment.offset, segment.file_size);
        __builtin_memset(to.data() + segment.file_size, 0, to.size() - segment.file_size);
    }
}

}  // namespace

GuestStart load_multiboot(GuestMemory& memory, const runtime::BootInformation& boot) {
    const runtime::Module& first = boot.modules().front();
    if (const auto refusal = kernel.read(bytes(first.region))) {
        refuse(sentence(*refusal));
    }
    for (const Segment& segment : kernel.all_segments()) {
        if (!memory.map().available(segment.memory)) {
            refuse(sentence(GuestRefusal::no_memory));
        }
        memory.claim(segment.memory);
    }
    const auto file = bytes(memory.out_of_the_way(first.region));
    std::size_t count = 0;
    for (const runtime::Module& module : boot.modules().subspan(1)) {
        modules[count++] = {memory.out_of_the_way(module.region), module.command_line};
    }
    const GuestStart start = tell(memory, {first.command_line, {modules.data(), count}, &memory.map(), &boot});
    load_segments(file);
    return start;
}

}  // namespace vmxspec::hv
