#include "tests/bochs/probe/instruction.hpp"

#include <array>
#include <cstddef>

// instruction_code.S
// NOLINTBEGIN(*-avoid-c-arrays)
#define VMXSPEC_CODE(name) extern const char code_##name##_begin[], code_##name##_end[];
extern "C" {
extern const char instruction_code[];
VMXSPEC_CODE(vmxon)
VMXSPEC_CODE(vmxoff)
VMXSPEC_CODE(vmclear)
VMXSPEC_CODE(vmptrld)
VMXSPEC_CODE(vmptrst)
VMXSPEC_CODE(vmread)
VMXSPEC_CODE(vmwrite)
VMXSPEC_CODE(vmlaunch)
VMXSPEC_CODE(vmresume)
VMXSPEC_CODE(invept)
VMXSPEC_CODE(invvpid)
VMXSPEC_CODE(vmcall)
VMXSPEC_CODE(vmfunc)
VMXSPEC_CODE(vm_exit)
VMXSPEC_CODE(vmlaunch_blocked)
VMXSPEC_CODE(vmresume_blocked)
}
#undef VMXSPEC_CODE
// NOLINTEND(*-avoid-c-arrays)

namespace vmxspec::probe {

namespace {

struct Row {
    std::string_view name;
    const char* begin;
    const char* end;
};

constexpr std::array<Row, instruction_count> table{{
    {"vmxon", code_vmxon_begin, code_vmxon_end},
    {"vmxoff", code_vmxoff_begin, code_vmxoff_end},
    {"vmclear", code_vmclear_begin, code_vmclear_end},
    {"vmptrld", code_vmptrld_begin, code_vmptrld_end},
    {"vmptrst", code_vmptrst_begin, code_vmptrst_end},
    {"vmread", code_vmread_begin, code_vmread_end},
    {"vmwrite", code_vmwrite_begin, code_vmwrite_end},
    {"vmlaunch", code_vmlaunch_begin, code_vmlaunch_end},
    {"vmresume", code_vmresume_begin, code_vmresume_end},
    {"invept", code_invept_begin, code_invept_end},
    {"invvpid", code_invvpid_begin, code_invvpid_end},
    {"vmcall", code_vmcall_begin, code_vmcall_end},
    {"vmfunc", code_vmfunc_begin, code_vmfunc_end},
    {"vm-exit", code_vm_exit_begin, code_vm_exit_end},
}};

[[nodiscard]] InstructionCode code(const char* begin, const char* end) {
    return {reinterpret_cast<std::uint64_t>(begin), reinterpret_cast<std::uint64_t>(end)};
}

}  // namespace

std::string_view name(Instruction instruction) { return table[static_cast<std::size_t>(instruction)].name; }

InstructionCode code_of(Instruction instruction, bool behind_mov_ss) {
    if (behind_mov_ss) {
        return instruction == Instruction::vmresume ? code(code_vmresume_blocked_begin, code_vmresume_blocked_end)
                                                    : code(code_vmlaunch_blocked_begin, code_vmlaunch_blocked_end);
    }
    const Row& row = table[static_cast<std::size_t>(instruction)];
    return code(row.begin, row.end);
}

std::uint64_t code_page() { return reinterpret_cast<std::uint64_t>(instruction_code); }

}  // namespace vmxspec::probe
