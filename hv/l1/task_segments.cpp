#include "hv/l1/task_segments.hpp"

namespace vmxspec::hv {

namespace {

constexpr unsigned es = 0, cs = 1, ss = 2, ldtr = 6;
constexpr std::uint16_t table_indicator = 4;  // of a selector: the LDT
constexpr std::uint32_t eflags_vm = 1U << 17;
constexpr std::uint32_t flat = 0xffff'ffff;

void write_segment(unsigned n, const SegmentRegister& segment) {
    write(nth(Field::guest_es_selector, n), segment.selector);
    write(nth(Field::guest_es_base, n), segment.base);
    write(nth(Field::guest_es_limit, n), segment.limit);
    write(nth(Field::guest_es_access_rights, n), segment.rights);
}

constexpr bool is_null(std::uint16_t selector) { return (selector & 0xfffc) == 0; }

/// What is judged of one register.
struct Loading {
    const PagingState* paging;
    unsigned cpl;
    std::uint32_t external;

    [[nodiscard]] Fault fault(Exception exception, std::uint16_t selector) const {
        return {exception, (selector & 0xfffcU) | external, 0};
    }

    /// Reads the descriptor. Not there: #TS.
    [[nodiscard]] std::optional<Fault> read_descriptor(std::uint16_t selector, SegmentRegister& segment,
                                                       DescriptorPlace& place) const {
        place = descriptor_place(selector);
        if (!place.exists) {
            return fault(Exception::invalid_tss, selector);
        }
        std::uint64_t descriptor = 0;
        if (const auto page_fault = read_linear(*paging, place.address, &descriptor, sizeof descriptor)) {
            return as_fault(*page_fault);
        }
        segment = decode(selector, descriptor);
        return std::nullopt;
    }

    /// Likewise, of a segment that may not be null.
    [[nodiscard]] std::optional<Fault> read_not_null(std::uint16_t selector, SegmentRegister& segment,
                                                     DescriptorPlace& place) const {
        return is_null(selector) ? fault(Exception::invalid_tss, selector) : read_descriptor(selector, segment, place);
    }

    /// The descriptor of a segment that is loaded is marked so, in the register and in memory, and is in the register
    /// of that number then.
    [[nodiscard]] std::optional<Fault> load(unsigned n, SegmentRegister segment, const DescriptorPlace& place) const {
        if ((segment.rights & rights::accessed) == 0) {
            segment.rights |= rights::accessed;
            const auto byte = static_cast<std::uint8_t>(segment.rights);
            if (const auto page_fault = write_linear(*paging, place.address + 5, &byte, sizeof byte)) {
                return as_fault(*page_fault);
            }
        }
        write_segment(n, segment);
        return std::nullopt;
    }

    [[nodiscard]] std::optional<Fault> load_ldtr(std::uint16_t selector) const {
        constexpr std::uint32_t ldt_type = 2;
        if (is_null(selector)) {
            return std::nullopt;
        }
        SegmentRegister segment{};
        DescriptorPlace place{};
        if ((selector & table_indicator) != 0) {
            return fault(Exception::invalid_tss, selector);
        }
        if (const auto found = read_descriptor(selector, segment, place)) {
            return found;
        }
        if ((segment.rights & (rights::code_or_data | rights::type)) != ldt_type ||
            (segment.rights & rights::present) == 0) {
            return fault(Exception::invalid_tss, selector);
        }
        write_segment(ldtr, segment);
        return std::nullopt;
    }

    [[nodiscard]] std::optional<Fault> load_cs(std::uint16_t selector) const {
        SegmentRegister segment{};
        DescriptorPlace place{};
        if (const auto found = read_not_null(selector, segment, place)) {
            return found;
        }
        constexpr std::uint32_t is_code = rights::code_or_data | rights::code;
        const bool conforming = (segment.rights & rights::conforming) != 0;
        const unsigned dpl = rights::dpl(segment.rights);
        if ((segment.rights & is_code) != is_code || (conforming ? dpl > cpl : dpl != cpl)) {
            return fault(Exception::invalid_tss, selector);
        }
        if ((segment.rights & rights::present) == 0) {
            return fault(Exception::segment_not_present, selector);
        }
        return load(cs, segment, place);
    }

    [[nodiscard]] std::optional<Fault> load_ss(std::uint16_t selector) const {
        SegmentRegister segment{};
        DescriptorPlace place{};
        if (const auto found = read_not_null(selector, segment, place)) {
            return found;
        }
        constexpr std::uint32_t looked_at = rights::code_or_data | rights::code | rights::readable_or_writable;
        constexpr std::uint32_t writable_data = rights::code_or_data | rights::readable_or_writable;
        if ((segment.rights & looked_at) != writable_data) {
            return fault(Exception::invalid_tss, selector);
        }
        if ((segment.rights & rights::present) == 0) {
            return fault(Exception::stack, selector);
        }
        if (rights::dpl(segment.rights) != cpl || (selector & 3U) != cpl) {
            return fault(Exception::invalid_tss, selector);
        }
        return load(ss, segment, place);
    }

    [[nodiscard]] std::optional<Fault> load_data(unsigned n, std::uint16_t selector) const {
        if (is_null(selector)) {
            return std::nullopt;
        }
        SegmentRegister segment{};
        DescriptorPlace place{};
        if (const auto found = read_descriptor(selector, segment, place)) {
            return found;
        }
        const bool is_code = (segment.rights & rights::code) != 0;
        const bool readable = !is_code || (segment.rights & rights::readable_or_writable) != 0;
        const bool free_of_rights = is_code && (segment.rights & rights::conforming) != 0;
        const unsigned rpl = selector & 3U;
        const unsigned dpl = rights::dpl(segment.rights);
        if ((segment.rights & rights::code_or_data) == 0 || !readable ||
            (!free_of_rights && (dpl < cpl || dpl < rpl))) {
            return fault(Exception::invalid_tss, selector);
        }
        if ((segment.rights & rights::present) == 0) {
            return fault(Exception::segment_not_present, selector);
        }
        return load(n, segment, place);
    }
};

/// Each selector, with nothing loaded yet. CS and SS are always usable for a VM entry (SDM 29.3.1.2): flat, of the
/// task's CPL.
void write_selectors(const TaskState& state, unsigned cpl) {
    constexpr std::uint32_t code = 0xc09b, data = 0xc093;
    for (unsigned n = 0; n < state.segments.size(); ++n) {
        write_segment(n, unusable(state.segments[n]));
    }
    write_segment(cs, {state.segments[cs], 0, flat, code | cpl << rights::dpl_place});
    write_segment(ss, {state.segments[ss], 0, flat, data | cpl << rights::dpl_place});
    write_segment(ldtr, unusable(state.ldt));
}

}  // namespace

Fault as_fault(const PageFault& fault) {
    return {Exception::page_fault, static_cast<std::uint32_t>(fault.error_code),
            static_cast<std::uint32_t>(fault.address)};
}

DescriptorPlace descriptor_place(std::uint16_t selector) {
    const bool local = (selector & table_indicator) != 0;
    if (local && (read(Field::guest_ldtr_access_rights) & rights::unusable) != 0) {
        return {false, 0};
    }
    const std::uint64_t base = read(local ? Field::guest_ldtr_base : Field::guest_gdtr_base);
    const std::uint64_t limit = read(local ? Field::guest_ldtr_limit : Field::guest_gdtr_limit);
    const std::uint64_t offset = selector & 0xfff8U;
    return {offset + 7 <= limit, static_cast<std::uint32_t>(base + offset)};
}

std::optional<Fault> load_task_segments(const PagingState& paging, const TaskState& state, std::uint32_t external) {
    const bool virtual_8086 = (state.flags & eflags_vm) != 0;
    const unsigned cpl = virtual_8086 ? 3 : state.segments[cs] & 3U;
    const Loading loading{&paging, cpl, external};
    write_selectors(state, cpl);
    if (virtual_8086) {
        constexpr std::uint32_t rights_8086 = 0xf3;  // SDM 29.3.1.2
        for (unsigned n = 0; n < state.segments.size(); ++n) {
            const std::uint16_t selector = state.segments[n];
            write_segment(n, {selector, std::uint32_t{selector} << 4, 0xffff, rights_8086});
        }
        return loading.load_ldtr(state.ldt);
    }
    if (const auto fault = loading.load_ldtr(state.ldt)) {
        return fault;
    }
    if (const auto fault = loading.load_cs(state.segments[cs])) {
        return fault;
    }
    if (const auto fault = loading.load_ss(state.segments[ss])) {
        return fault;
    }
    for (unsigned n = es; n < state.segments.size(); ++n) {
        if (n != cs && n != ss) {
            if (const auto fault = loading.load_data(n, state.segments[n])) {
                return fault;
            }
        }
    }
    return std::nullopt;
}

}  // namespace vmxspec::hv
