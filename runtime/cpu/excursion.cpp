#include "runtime/cpu/excursion.hpp"

#include <array>

#include "runtime/cpu/descriptor_tables.hpp"

extern "C" {
// excursion_entry.S
void vmxspec_excursion(vmxspec::runtime::Excursion* excursion);
extern const char vmxspec_excursion_exit[];     // NOLINT(*-avoid-c-arrays)
extern const char vmxspec_excursion_landing[];  // NOLINT(*-avoid-c-arrays)

/// The excursion that is on its way, or null.
constinit vmxspec::runtime::Excursion* vmxspec_open_excursion = nullptr;
}

namespace vmxspec::runtime {

namespace {

constexpr std::uint64_t rflags_at_reset = 2;

/// What a VM exit needs until the caller's stack is back.
alignas(16) constinit std::array<std::uint64_t, 16> exit_stack{};

}  // namespace

bool end_excursion(ExceptionFrame& frame) {
    Excursion* const excursion = vmxspec_open_excursion;
    if (excursion == nullptr || comes_from_elsewhere(frame.vector)) {
        return false;
    }
    excursion->rax = frame.rax;
    excursion->rcx = frame.rcx;
    excursion->rdx = frame.rdx;
    excursion->rdi = frame.rdi;
    excursion->end = ExcursionEnd::exception;
    excursion->vector = frame.vector;
    excursion->error_code = frame.error_code;
    excursion->end_rip = frame.rip;
    excursion->end_rflags = frame.rflags;
    frame.rip = reinterpret_cast<std::uint64_t>(vmxspec_excursion_landing);
    frame.cs = selector::code;
    frame.rflags = rflags_at_reset;
    frame.rsp = excursion->stack;
    frame.ss = selector::data;
    return true;
}

std::uint64_t excursion_host_rsp() { return reinterpret_cast<std::uint64_t>(exit_stack.data() + exit_stack.size()); }

std::uint64_t excursion_host_rip() { return reinterpret_cast<std::uint64_t>(vmxspec_excursion_exit); }

void run(Excursion& excursion) {
    excursion.end = ExcursionEnd::open;
    vmxspec_excursion(&excursion);
}

}  // namespace vmxspec::runtime
