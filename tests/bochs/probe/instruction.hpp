/// The instructions that the probe tries, and where their code is.
#pragma once

#include <cstdint>
#include <string_view>

namespace vmxspec::probe {

/// The instructions of SDM 33.3, in the order of spec/machine; last an instruction that is none of them, CPUID, for the
/// VM exits that come about otherwise.
enum class Instruction : std::uint8_t {
    vmxon,
    vmxoff,
    vmclear,
    vmptrld,
    vmptrst,
    vmread,
    vmwrite,
    vmlaunch,
    vmresume,
    invept,
    invvpid,
    vmcall,
    vmfunc,
    vm_exit,
};
inline constexpr std::size_t instruction_count = 14;

/// As spec/machine names it: `vmptrld`.
[[nodiscard]] std::string_view name(Instruction instruction);

/// Where its code lies: physical addresses, which are linear ones too.
struct InstructionCode {
    std::uint64_t begin;
    std::uint64_t end;  ///< behind the instruction, where a UD2 is
};

/// The code that tries an instruction.
/// \param behind_mov_ss  behind a MOV to SS; for VMLAUNCH and VMRESUME
[[nodiscard]] InstructionCode code_of(Instruction instruction, bool behind_mov_ss);

/// The page that has all of the code.
[[nodiscard]] std::uint64_t code_page();

}  // namespace vmxspec::probe
