/// Exceptions of the kernel: one may be expected by an instruction, or be the kernel's business
/// (`vmxspec_own_exception`); any other is reported.
#include "runtime/cpu/exception.hpp"

#include <array>
#include <string_view>

#include "runtime/cpu/control_register.hpp"
#include "runtime/cpu/fixup.hpp"
#include "runtime/cpu/halt.hpp"
#include "runtime/io/console.hpp"

namespace vmxspec::runtime {

namespace {

/// What exception_entry.S leaves on the stack.
struct Frame {
    std::uint32_t edi, esi, ebp, esp, ebx, edx, ecx, eax;
    std::uint32_t vector, error_code, eip, cs, eflags;
};

struct Row {
    std::string_view name;
    std::uint64_t value;
};

void report(const Frame& frame) {
    print(console, "vmxspec: exception ", Decimal{frame.vector}, " error code ", Hex{frame.error_code}, "\n");
    const std::array rows{
        Row{"eip", frame.eip},  Row{"cs ", frame.cs},   Row{"efl", frame.eflags}, Row{"esp", frame.esp},
        Row{"eax", frame.eax},  Row{"ebx", frame.ebx},  Row{"ecx", frame.ecx},    Row{"edx", frame.edx},
        Row{"esi", frame.esi},  Row{"edi", frame.edi},  Row{"ebp", frame.ebp},    Row{"cr0", read_cr0()},
        Row{"cr2", read_cr2()}, Row{"cr3", read_cr3()}, Row{"cr4", read_cr4()},
    };
    for (const Row& row : rows) {
        print(console, "  ", row.name, " ", Hex{row.value, 8}, "\n");
    }
}

}  // namespace

}  // namespace vmxspec::runtime

extern "C" void i386_exception(vmxspec::runtime::Frame& frame) {
    using namespace vmxspec::runtime;
    if (const auto recovery = recovery_of(frame.eip); recovery && !comes_from_elsewhere(frame.vector)) {
        frame.eip = static_cast<std::uint32_t>(*recovery);
        return;
    }
    ExceptionFrame told{};
    told.vector = frame.vector;
    told.error_code = frame.error_code;
    told.rip = frame.eip;
    if (vmxspec_own_exception(told)) {
        return;
    }
    report(frame);
    halt();
}
