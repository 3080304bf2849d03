#include "hv/l1/physical_memory.hpp"

#include "hv/l1/machine.hpp"
#include "hv/l1/processor.hpp"

namespace vmxspec::hv {

namespace {

/// Bytes from `address` on that lie in one page.
[[nodiscard]] std::size_t in_page(std::uint64_t address, std::size_t size) {
    const std::uint64_t rest = runtime::page_size - address % runtime::page_size;
    return size < rest ? size : rest;
}

/// Where the hypervisor reaches the byte at that address, until it is called again.
[[nodiscard]] std::byte* reach(std::uint64_t address) {
    if (address < runtime::mapped_end) {
        return runtime::at<std::byte>(runtime::PhysicalAddress{address});
    }
    const Processor* processor = nullptr;
    asm("movq %%gs:0, %0" : "=r"(processor));  // Processor::self
    return machine.paging.window(processor->number, address);
}

}  // namespace

bool is_hidden(std::uint64_t page) {
    return (page >= machine.image.all.begin && page < machine.image.all.end) || page >= machine.address_end;
}

void read_guest(std::uint64_t address, void* to, std::size_t size) {
    auto* bytes = static_cast<std::byte*>(to);
    while (size != 0) {
        const std::size_t part = in_page(address, size);
        if (is_hidden(address)) {
            __builtin_memset(bytes, 0xff, part);
        } else {
            __builtin_memcpy(bytes, reach(address), part);
        }
        address += part;
        bytes += part;
        size -= part;
    }
}

std::uint64_t* guest_page(std::uint64_t address) {
    return is_hidden(address) ? nullptr : reinterpret_cast<std::uint64_t*>(reach(address));
}

void read_guest_page(std::uint64_t address, std::uint64_t* to) {
    if (is_hidden(address)) {
        __builtin_memset(to, 0xff, runtime::page_size);
        return;
    }
    const std::byte* from = reach(address);
    std::uint64_t words = runtime::page_size / sizeof *to;
    asm volatile("rep movsq" : "+D"(to), "+S"(from), "+c"(words) : : "memory");
}

void write_guest(std::uint64_t address, const void* from, std::size_t size) {
    const auto* bytes = static_cast<const std::byte*>(from);
    while (size != 0) {
        const std::size_t part = in_page(address, size);
        if (!is_hidden(address)) {
            __builtin_memcpy(reach(address), bytes, part);
        }
        address += part;
        bytes += part;
        size -= part;
    }
}

bool set_guest_bits(std::uint64_t address, std::uint64_t seen, std::uint64_t bits, bool word_is_64_bits) {
    if ((seen & bits) == bits || is_hidden(address)) {
        return true;
    }
    std::byte* const word = reach(address);
    const auto replace = [&]<class Word>(Word expected) {
        return __atomic_compare_exchange_n(reinterpret_cast<Word*>(word), &expected, static_cast<Word>(expected | bits),
                                           false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
    };
    return word_is_64_bits ? replace(seen) : replace(static_cast<std::uint32_t>(seen));
}

}  // namespace vmxspec::hv
