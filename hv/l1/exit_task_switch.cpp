/// Task switches, which VMX non-root operation does not have (SDM 28.4.2): as the processor does them outside of it
/// (volume 3, section 10.3 Task Switching). The processor has checked the gate and the descriptor of the new TSS.
#include <array>

#include "hv/l1/control_registers.hpp"
#include "hv/l1/event.hpp"
#include "hv/l1/exit.hpp"
#include "hv/l1/pdptes.hpp"
#include "hv/l1/task_segments.hpp"
#include "hv/l1/translation.hpp"
#include "runtime/cpu/cpuid.hpp"

namespace vmxspec::hv {

namespace {

/// What has initiated it (exit qualification, SDM table 30-2).
enum class Source : std::uint8_t { call = 0, iret = 1, jump = 2, gate = 3 };

constexpr std::uint32_t eflags_nt = 1U << 14;
constexpr std::uint64_t efer_nxe = 1U << 11;

[[nodiscard]] PagingState paging_now() {
    const std::uint64_t efer = read(Field::guest_ia32_efer);
    return {read(Field::guest_cr0),    read(Field::guest_cr3),
            read(Field::guest_cr4),    efer,
            read(Field::guest_rflags), runtime::physical_address_width(),
            (efer & efer_nxe) != 0,    false};
}

/// The event whose delivery came to a task gate.
struct Delivered {
    std::uint64_t information = read(Field::idt_vectoring_information);

    [[nodiscard]] bool valid() const { return (information & event::valid) != 0; }
    [[nodiscard]] std::uint64_t type() const { return information >> event::type_place & event::type_mask; }
    [[nodiscard]] bool by_instruction() const {
        return type() == event::software_interrupt || type() == event::privileged_software_exception ||
               type() == event::software_exception;
    }
    [[nodiscard]] bool has_error_code() const { return valid() && (information & event::deliver_error_code) != 0; }
};

/// One switch.
struct Switch {
    Source source;
    std::uint16_t selector;
    Delivered delivered;
    PagingState paging;
    SegmentRegister old_task, new_task;
    DescriptorPlace old_place, new_place;

    [[nodiscard]] bool nests() const { return source == Source::call || source == Source::gate; }
    [[nodiscard]] std::uint32_t external() const {
        return source == Source::gate && delivered.valid() && !delivered.by_instruction() ? 1 : 0;
    }
    [[nodiscard]] bool points_behind() const { return source != Source::gate || delivered.by_instruction(); }
};

constexpr bool is_32(const SegmentRegister& task) { return (task.rights & 8) != 0; }

/// What can fail fails before anything is changed: the bytes are there, and may be written where they will be.
[[nodiscard]] std::optional<Fault> probe(const PagingState& paging, std::uint32_t begin, std::size_t size,
                                         bool is_write) {
    for (std::uint64_t page = begin & ~(runtime::page_size - 1); page < std::uint64_t{begin} + size;
         page += runtime::page_size) {
        const std::uint64_t linear = page < begin ? begin : page & 0xffff'ffff;
        if (const auto translated = translate(paging, linear, is_write); translated.fault) {
            return as_fault(*translated.fault);
        }
    }
    return std::nullopt;
}

/// Steps 1 to 4 of SDM volume 3, section 10.3, as far as the processor has not done them.
[[nodiscard]] std::optional<Fault> prepare(Switch& s) {
    constexpr std::uint32_t minimum_32 = 0x67, minimum_16 = 0x2b;
    s.old_task = {static_cast<std::uint16_t>(read(Field::guest_tr_selector)),
                  static_cast<std::uint32_t>(read(Field::guest_tr_base)),
                  static_cast<std::uint32_t>(read(Field::guest_tr_limit)),
                  static_cast<std::uint32_t>(read(Field::guest_tr_access_rights))};
    s.old_place = descriptor_place(s.old_task.selector);
    s.new_place = descriptor_place(s.selector);
    const Fault invalid{Exception::invalid_tss, (s.selector & 0xfffcU) | s.external(), 0};
    std::uint64_t descriptor = 0;
    if (!s.new_place.exists) {
        return invalid;
    }
    if (const auto fault = read_linear(s.paging, s.new_place.address, &descriptor, sizeof descriptor)) {
        return as_fault(*fault);
    }
    s.new_task = decode(s.selector, descriptor);
    const std::uint32_t old_minimum = is_32(s.old_task) ? minimum_32 : minimum_16;
    if (s.new_task.limit < (is_32(s.new_task) ? minimum_32 : minimum_16) || s.old_task.limit < old_minimum) {
        return invalid;
    }
    TaskImage shape{is_32(s.old_task)};
    std::optional<Fault> fault = probe(s.paging, s.old_task.base + static_cast<std::uint32_t>(shape.saved_begin()),
                                       shape.saved_end() - shape.saved_begin(), true);
    fault =
        fault ? fault : probe(s.paging, s.new_task.base, is_32(s.new_task) ? task_size_32 : task_size_16, s.nests());
    fault = fault || s.source == Source::iret ? fault : probe(s.paging, s.new_place.address, 8, true);
    return fault || s.nests() ? fault : probe(s.paging, s.old_place.address, 8, true);
}

/// Of pages that `probe` has found.
void read_found(const Switch& s, std::uint32_t linear, void* to, std::size_t size) {
    static_cast<void>(read_linear(s.paging, linear, to, size));
}
void write_found(const Switch& s, std::uint32_t linear, const void* from, std::size_t size) {
    static_cast<void>(write_linear(s.paging, linear, from, size));
}

void set_busy(const Switch& s, const DescriptorPlace& place, bool busy) {
    std::uint8_t byte = 0;
    read_found(s, place.address + 5, &byte, sizeof byte);
    byte = static_cast<std::uint8_t>(busy ? byte | rights::busy : byte & ~rights::busy);
    write_found(s, place.address + 5, &byte, sizeof byte);
}

/// The task that is left, into its TSS.
void save_old(const Switch& s, const Registers& registers) {
    TaskState state{};
    const std::uint64_t length = s.points_behind() ? read(Field::exit_instruction_length) : 0;
    state.ip = static_cast<std::uint32_t>(read(Field::guest_rip) + length);
    state.flags = static_cast<std::uint32_t>(read(Field::guest_rflags));
    if (s.source == Source::iret) {
        state.flags &= ~eflags_nt;
    }
    for (unsigned n = 0; n < state.general.size(); ++n) {
        state.general[n] = static_cast<std::uint32_t>(general_register(registers, n));
    }
    for (unsigned n = 0; n < state.segments.size(); ++n) {
        state.segments[n] = static_cast<std::uint16_t>(read(nth(Field::guest_es_selector, n)));
    }
    TaskImage image{is_32(s.old_task)};
    const std::size_t begin = image.saved_begin(), size = image.saved_end() - begin;
    const auto place = static_cast<std::uint32_t>(s.old_task.base + begin);
    read_found(s, place, image.bytes().data() + begin, size);
    image.save(state);
    write_found(s, place, image.bytes().data() + begin, size);
}

void change_tasks(const Switch& s) {
    if (!s.nests()) {
        set_busy(s, s.old_place, false);
    }
    if (s.source != Source::iret) {
        set_busy(s, s.new_place, true);
    }
    if (s.nests()) {
        write_found(s, s.new_task.base, &s.old_task.selector, sizeof s.old_task.selector);
    }
    write(Field::guest_tr_selector, s.new_task.selector);
    write(Field::guest_tr_base, s.new_task.base);
    write(Field::guest_tr_limit, s.new_task.limit);
    write(Field::guest_tr_access_rights, s.new_task.rights | rights::busy);
}

/// Everything but segments: from here on the new task is the one that faults.
[[nodiscard]] std::optional<Fault> load_new(Processor& processor, Registers& registers, Switch& s,
                                            const TaskState& state) {
    constexpr std::uint64_t local_breakpoints = 0x155;  // L0 to L3, LE
    write(Field::guest_rip, state.ip);
    write(Field::guest_rflags, state.flags | (s.nests() ? eflags_nt : 0));
    for (unsigned n = 0; n < state.general.size(); ++n) {
        set_general_register(registers, n, state.general[n]);
    }
    write(Field::guest_cr0, read(Field::guest_cr0) | cr0::ts);
    write(Field::cr0_read_shadow, read(Field::cr0_read_shadow) | cr0::ts);
    write(Field::guest_dr7, read(Field::guest_dr7) & ~local_breakpoints);
    write(Field::guest_interruptibility_state, read(Field::guest_interruptibility_state) & ~blocking_by_sti_or_mov_ss);
    write(Field::guest_pending_debug_exceptions, 0);
    bool pdptes_good = true;
    if (is_32(s.new_task) && (s.paging.cr0 & cr0::pg) != 0) {
        const bool pae = (s.paging.cr4 & cr4::pae) != 0;
        write(Field::guest_cr3, state.cr3);
        pdptes_good = !pae || load_pdptes();
        forget_linear(processor);
    }
    s.paging = paging_now();
    const auto fault = load_task_segments(s.paging, state, s.external());
    return pdptes_good ? fault : Fault{Exception::general_protection, 0, 0};
}

/// The error code of an exception that came by a task gate, onto the stack of its handler.
[[nodiscard]] std::optional<Fault> push_error_code(const Switch& s) {
    const auto code = static_cast<std::uint32_t>(read(Field::idt_vectoring_error_code));
    const std::uint32_t size = is_32(s.new_task) ? 4 : 2;
    const auto access = static_cast<std::uint32_t>(read(Field::guest_ss_access_rights));
    const std::uint32_t mask = (access & rights::big) != 0 ? 0xffff'ffff : 0xffff;
    const auto old = static_cast<std::uint32_t>(read(Field::guest_rsp));
    const std::uint32_t place = (old - size) & mask;
    const auto limit = static_cast<std::uint32_t>(read(Field::guest_ss_limit));
    constexpr std::uint32_t expands_down = 4;
    const std::uint32_t last = place + size - 1;
    const bool inside =
        (access & expands_down) != 0 ? place > limit && last <= mask && last >= place : last <= limit && last >= place;
    if (!inside) {
        return Fault{Exception::stack, s.external(), 0};
    }
    const auto linear = static_cast<std::uint32_t>(read(Field::guest_ss_base) + place);
    if (const auto fault = write_linear(s.paging, linear, &code, size)) {
        return as_fault(*fault);
    }
    write(Field::guest_rsp, (old & ~mask) | place);
    return std::nullopt;
}

/// Classes of exceptions (SDM volume 3, table 7-4).
enum class Severity : std::uint8_t { benign, contributory, page_fault, double_fault };
constexpr Severity severity(std::uint64_t vector) {
    constexpr std::uint64_t df = 8, pf = 14;
    return vector == df                                    ? Severity::double_fault
           : vector == pf                                  ? Severity::page_fault
           : vector == 0 || (vector >= 10 && vector <= 13) ? Severity::contributory
                                                           : Severity::benign;
}

/// A fault of the switch, or what it makes together with the exception whose delivery it ends (table 7-5).
void deliver(Processor& processor, Registers& registers, const Switch& s, const Fault& fault) {
    const bool second =
        s.source == Source::gate && s.delivered.valid() && s.delivered.type() == event::hardware_exception;
    const Severity first = second ? severity(s.delivered.information & 0xff) : Severity::benign;
    const Severity then = severity(static_cast<std::uint64_t>(fault.exception));
    if (first == Severity::double_fault) {
        return handle_triple_fault(processor, registers);
    }
    if ((first == Severity::contributory && then == Severity::contributory) || first == Severity::page_fault) {
        return inject_fault(Exception::double_fault);
    }
    if (fault.exception == Exception::page_fault) {
        asm volatile("movq %0, %%cr2" : : "r"(std::uint64_t{fault.cr2}));
    }
    inject_fault(fault.exception, fault.error_code);
}

/// The T flag of a TSS: #DB before the task's first instruction, with DR6.BT.
void trap_at_begin() {
    constexpr std::uint64_t debug_vector = 1, dr6_bt = 1U << 15;
    std::uint64_t dr6;
    asm volatile("mov %%dr6, %0" : "=r"(dr6));
    asm volatile("mov %0, %%dr6" : : "r"(dr6 | dr6_bt));
    write(Field::entry_interruption_information,
          event::valid | event::hardware_exception << event::type_place | debug_vector);
}

/// IRET ends blocking by NMI, even if it fails; an NMI begins it.
void update_nmi_blocking(const Switch& s) {
    const std::uint64_t state = read(Field::guest_interruptibility_state);
    if (s.source == Source::iret) {
        write(Field::guest_interruptibility_state, state & ~event::blocking_by_nmi);
    } else if (s.source == Source::gate && s.delivered.valid() && s.delivered.type() == event::nmi) {
        write(Field::guest_interruptibility_state, state | event::blocking_by_nmi);
    }
}

}  // namespace

void handle_task_switch(Processor& processor, Registers& registers) {
    const std::uint64_t qualification = read(Field::exit_qualification);
    Switch s{static_cast<Source>(qualification >> 30 & 3),
             static_cast<std::uint16_t>(qualification),
             {},
             paging_now(),
             {},
             {},
             {},
             {}};
    update_nmi_blocking(s);
    if (const auto fault = prepare(s)) {
        return deliver(processor, registers, s, *fault);
    }
    save_old(s, registers);
    TaskImage image{is_32(s.new_task)};
    read_found(s, s.new_task.base, image.bytes().data(), image.bytes().size());
    const TaskState state = image.load();
    change_tasks(s);
    if (const auto fault = load_new(processor, registers, s, state)) {
        return deliver(processor, registers, s, *fault);
    }
    if (s.delivered.has_error_code() && s.source == Source::gate) {
        if (const auto fault = push_error_code(s)) {
            return deliver(processor, registers, s, *fault);
        }
    }
    if (state.trap) {
        trap_at_begin();
    }
}

}  // namespace vmxspec::hv
