#include "hv/nested/operand.hpp"

#include <array>

#include "hv/l1/control_registers.hpp"
#include "hv/l1/event.hpp"
#include "hv/l1/vmcs.hpp"
#include "hv/nested/nested.hpp"

namespace vmxspec::hv {

namespace {

constexpr std::uint64_t ss_number = 2, fs_number = 4;

[[nodiscard]] bool canonical(std::uint64_t linear, std::uint64_t width) {
    const auto high = static_cast<std::int64_t>(linear) >> (width - 1);
    return high == 0 || high == -1;
}

/// Whether a segment takes the access (SDM volume 3, section 6.3 and 6.5; access rights as in table 27-2).
[[nodiscard]] bool segment_allows(std::uint64_t number, std::uint64_t offset, std::size_t size, bool is_write) {
    constexpr std::uint64_t unusable = 1U << 16, code = 1U << 3, writable_or_readable = 1U << 1;
    constexpr std::uint64_t expand_down = 1U << 2, big = 1U << 14;
    const std::uint64_t rights = read(nth(Field::guest_es_access_rights, static_cast<unsigned>(number)));
    const std::uint64_t limit = read(nth(Field::guest_es_limit, static_cast<unsigned>(number)));
    const bool is_code = (rights & code) != 0;
    if ((rights & unusable) != 0 || (is_write && is_code) ||
        ((is_write || is_code) && (rights & writable_or_readable) == 0)) {
        return false;
    }
    const std::uint64_t last = offset + size - 1;
    if (!is_code && (rights & expand_down) != 0) {
        const std::uint64_t top = (rights & big) != 0 ? 0xffff'ffff : 0xffff;
        return offset > limit && last <= top;
    }
    return last <= limit;
}

/// Of L1, from VMCS01, which is current.
[[nodiscard]] PagingState paging_state(const Processor& processor) {
    const std::uint64_t efer = read(Field::guest_ia32_efer);
    return {read(Field::guest_cr0),    read(Field::guest_cr3),
            read(Field::guest_cr4),    efer,
            read(Field::guest_rflags), static_cast<unsigned>(processor.nested->vmcs12.processor_maxphyaddr),
            (efer & (1U << 11)) != 0,  processor.nested->one_gib_pages};
}

}  // namespace

void inject(const Fault& fault) {
    if (fault.exception == Exception::page_fault) {
        asm volatile("movq %0, %%cr2" : : "r"(fault.address));
    }
    inject_fault(fault.exception, fault.error_code);
}

void Operands::set_first(std::uint64_t value) {
    set_general_register(*registers_, information_ >> 3, bits64_ ? value : value & 0xffff'ffff);
}

std::optional<Fault> Operands::address(std::size_t size, bool is_write, std::uint64_t& linear) const {
    constexpr std::array<std::uint64_t, 4> masks{0xffff, 0xffff'ffff, ~std::uint64_t{0}, ~std::uint64_t{0}};
    constexpr std::uint64_t no_index = 1U << 22, no_base = 1U << 27;
    std::uint64_t offset = read(Field::exit_qualification);
    if ((information_ & no_base) == 0) {
        offset += general(information_ >> 23 & 0xf);
    }
    if ((information_ & no_index) == 0) {
        offset += general(information_ >> 18 & 0xf) << (information_ & 3);
    }
    offset &= masks[information_ >> 7 & 3];
    const std::uint64_t segment = information_ >> 15 & 7;
    const Exception exception = segment == ss_number ? Exception::stack : Exception::general_protection;
    const auto base = [&] { return read(nth(Field::guest_es_base, static_cast<unsigned>(segment))); };
    if (bits64_) {
        linear = segment >= fs_number ? offset + base() : offset;
        // CR4.LA57 decides, not what the processor could.
        const std::uint64_t width = (read(Field::guest_cr4) >> 12 & 1) != 0 ? 57 : 48;
        return canonical(linear, width) && canonical(linear + size - 1, width) ? std::nullopt
                                                                               : std::optional{Fault{exception, 0, 0}};
    }
    linear = (base() + offset) & 0xffff'ffff;
    return segment_allows(segment, offset, size, is_write) ? std::nullopt : std::optional{Fault{exception, 0, 0}};
}

std::optional<Fault> Operands::load(void* to, std::size_t size) const {
    std::uint64_t linear = 0;
    if (const auto fault = address(size, false, linear)) {
        return fault;
    }
    const auto fault = read_linear(paging_state(*processor_), linear, to, size);
    return fault ? std::optional{Fault{Exception::page_fault, fault->error_code, fault->address}} : std::nullopt;
}

std::optional<Fault> Operands::store(const void* from, std::size_t size) const {
    std::uint64_t linear = 0;
    if (const auto fault = address(size, true, linear)) {
        return fault;
    }
    const auto fault = write_linear(paging_state(*processor_), linear, from, size);
    return fault ? std::optional{Fault{Exception::page_fault, fault->error_code, fault->address}} : std::nullopt;
}

}  // namespace vmxspec::hv
