#include "runtime/cpu/exception.hpp"

#include <array>
#include <string_view>

#include "runtime/cpu/control_register.hpp"
#include "runtime/cpu/excursion.hpp"
#include "runtime/cpu/fixup.hpp"
#include "runtime/cpu/halt.hpp"
#include "runtime/io/console.hpp"

namespace vmxspec::runtime {

namespace {

/// Mnemonics by vector (SDM volume 3A, Table 7-1).
constexpr std::array<std::string_view, exception_vectors> mnemonics{
    "#DE", "#DB", "NMI", "#BP", "#OF", "#BR", "#UD", "#NM", "#DF", "",    "#TS",
    "#NP", "#SS", "#GP", "#PF", "",    "#MF", "#AC", "#MC", "#XM", "#VE", "#CP"};

struct Row {
    std::string_view name;
    std::uint64_t value;
};

void report(const ExceptionFrame& frame) {
    print(console, "vmxspec: exception ", Decimal{frame.vector}, " ", mnemonics[frame.vector % exception_vectors],
          " error code ", Hex{frame.error_code}, "\n");
    const std::array rows{
        Row{"rip", frame.rip},  Row{"cs ", frame.cs},   Row{"rfl", frame.rflags}, Row{"rsp", frame.rsp},
        Row{"ss ", frame.ss},   Row{"rax", frame.rax},  Row{"rbx", frame.rbx},    Row{"rcx", frame.rcx},
        Row{"rdx", frame.rdx},  Row{"rsi", frame.rsi},  Row{"rdi", frame.rdi},    Row{"rbp", frame.rbp},
        Row{"r8 ", frame.r8},   Row{"r9 ", frame.r9},   Row{"r10", frame.r10},    Row{"r11", frame.r11},
        Row{"r12", frame.r12},  Row{"r13", frame.r13},  Row{"r14", frame.r14},    Row{"r15", frame.r15},
        Row{"cr0", read_cr0()}, Row{"cr2", read_cr2()}, Row{"cr3", read_cr3()},   Row{"cr4", read_cr4()},
    };
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const bool last_in_line = i % 4 == 3;
        print(console, "  ", rows[i].name, " ", Hex{rows[i].value, 16}, last_in_line ? "\n" : "");
    }
}

}  // namespace

}  // namespace vmxspec::runtime

[[gnu::weak]] bool vmxspec_own_exception(vmxspec::runtime::ExceptionFrame& /*frame*/) { return false; }

void vmxspec_exception(vmxspec::runtime::ExceptionFrame& frame) {
    using namespace vmxspec::runtime;
    if (const auto recovery = recovery_of(frame.rip); recovery && !comes_from_elsewhere(frame.vector)) {
        frame.rip = *recovery;
        return;
    }
    if (end_excursion(frame) || vmxspec_own_exception(frame)) {
        return;
    }
    report(frame);
    halt();
}
