/// L2's code, a piece for each kind of VM exit, and the controls that change.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "tests/bochs/hv/rounds_mode.hpp"

// rounds_code.S
#define PIECES(X) X(cpuid) X(vmcall) X(hlt) X(rdmsr) X(reads_msr) X(out) X(sti) X(mov_ss) X(load) X(reads_memory) X(nmi)
#define DECLARE(name) void l2_##name(), l2_##name##_exit();
extern "C" {
PIECES(DECLARE)
}

namespace vmxspec::l1 {

namespace reason {
inline constexpr Word exception_or_nmi = 0, external_interrupt = 1, cpuid = 10, hlt = 12, vmcall = 18, io = 30,
                      rdmsr = 31, ept_violation = 48, count = 64;
}

// ---- What is tried

/// What a piece of code wants of the controls.
enum Need : std::uint8_t { nothing = 0, supervisor = 1, ept = 2, msr_bitmaps = 4, no_msr_bitmaps = 8 };

enum class Kind : std::uint8_t { cpuid, vmcall, hlt, rdmsr, reads_msr, out, sti, mov_ss, load, reads_memory, nmi };

struct Piece {
    Kind kind;
    void (*begin)();
    void (*exit)();
    Word exit_reason, length;
    std::uint8_t needs;
    bool privileged;  ///< #GP at CPL 3
};

inline constexpr std::array pieces{
    Piece{Kind::cpuid, l2_cpuid, l2_cpuid_exit, reason::cpuid, 2, nothing, false},
    Piece{Kind::vmcall, l2_vmcall, l2_vmcall_exit, reason::vmcall, 3, nothing, false},
    Piece{Kind::hlt, l2_hlt, l2_hlt_exit, reason::hlt, 1, nothing, true},
    Piece{Kind::rdmsr, l2_rdmsr, l2_rdmsr_exit, reason::rdmsr, 2, no_msr_bitmaps, true},
    Piece{Kind::reads_msr, l2_reads_msr, l2_reads_msr_exit, reason::vmcall, 3, supervisor | msr_bitmaps, false},
    Piece{Kind::out, l2_out, l2_out_exit, reason::io, 2, nothing, false},
    Piece{Kind::sti, l2_sti, l2_sti_exit, reason::vmcall, 3, nothing, false},
    Piece{Kind::mov_ss, l2_mov_ss, l2_mov_ss_exit, reason::vmcall, 3, nothing, false},
    Piece{Kind::load, l2_load, l2_load_exit, reason::ept_violation, 3, ept, false},
    Piece{Kind::reads_memory, l2_reads_memory, l2_reads_memory_exit, reason::vmcall, 3, nothing, false},
    Piece{Kind::nmi, l2_nmi, l2_nmi_exit, reason::vmcall, 3, nothing, false},
};

/// Controls that change; each is drawn by lot.
struct Choice {
    bool external_interrupt_exiting, acknowledge, nmi_exiting, virtual_nmis, ept, vpid, user, msr_areas, msr_bitmaps,
        io_bitmaps;
    std::size_t address_space;
};

inline constexpr std::uint64_t rflags_fixed = 2, rflags_if = 1U << 9, rflags_iopl = 3U << 12, rflags_arithmetic = 0x8d5;
/// Bits of the interruptibility state (SDM table 27-3).
inline constexpr std::uint64_t blocking_by_sti = 1, blocking_by_mov_ss = 2, blocking_by_nmi = 8;
inline constexpr std::uint64_t large = std::uint64_t{1} << 21;
inline constexpr std::uint64_t nothing_there = 0xd000'0000;  // where EPT maps nothing
inline constexpr std::uint32_t ia32_kernel_gs_base = 0xc000'0102, ia32_lstar = 0xc000'0082;
inline constexpr std::array area_msrs{ia32_kernel_gs_base, ia32_lstar};

}  // namespace vmxspec::l1
