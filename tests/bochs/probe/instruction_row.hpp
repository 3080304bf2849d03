/// A row: one instruction in one situation. What should come of it is not said here.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

#include "tests/bochs/probe/instruction.hpp"
#include "tests/bochs/probe/list.hpp"
#include "tests/bochs/probe/vector.hpp"

namespace vmxspec::probe {

/// Where the instruction is executed.
enum class Place : std::uint8_t { outside, root, guest };

/// The mode of the processor. In VMX root operation and outside of VMX operation the probe does not leave IA-32e mode.
enum class Mode : std::uint8_t { bits64, compatibility, protected32, virtual8086, real };

/// The current VMCS.
enum class Current : std::uint8_t {
    none,
    clear,
    launched,
    shadow,
    stale,  ///< launched before VMXOFF and VMXON, and not cleared since
};

/// The operand of VMXON, VMCLEAR and VMPTRLD.
enum class Pointer : std::uint8_t {
    region,        ///< 4 KiB that are nothing else yet
    current,       ///< the region of the current VMCS
    vmxon_region,  ///< the VMXON pointer
    unaligned,     ///< 16 bytes into the region
    beyond_width,  ///< the first address that the physical-address width does not have
};

/// The first 4 bytes at the operand.
enum class Head : std::uint8_t { revision, wrong_revision, shadow };

/// What VMXON finds missing.
enum class Lack : std::uint8_t { nothing, vmxe, numeric_error };

/// What the guest's VMCS has beyond the base state's.
enum class Equipment : std::uint8_t {
    nothing,
    shadowing,           ///< "VMCS shadowing", bitmaps of zeros
    shadowing_bitmap,    ///< the field's bit in the bitmap is 1
    shadowing_unlinked,  ///< the VMCS link pointer is all ones
    functions,           ///< "enable VM functions", none of them enabled
    eptp_switching,      ///< with EPT and an EPTP list
};

struct InstructionRow {
    std::string_view id;  ///< behind the instruction's name and a slash
    Instruction instruction;
    Place place = Place::root;
    Mode mode = Mode::bits64;
    std::uint8_t cpl = 0;
    Current current = Current::clear;
    Pointer pointer = Pointer::region;
    Head head = Head::revision;
    bool operand_launched = false;  ///< the VMCS at the operand is
    bool behind_mov_ss = false;
    Lack lack = Lack::nothing;
    Equipment equipment = Equipment::nothing;
    std::uint64_t rax = 0;  ///< encoding of VMREAD and VMWRITE, type of INVEPT and INVVPID, EAX of VMFUNC
    std::uint64_t rcx = 0;  ///< what VMWRITE writes, ECX of VMFUNC
    std::array<std::uint64_t, 2> descriptor{};  ///< of INVEPT and INVVPID
    List<Change, 1> changes{};                  ///< of the current VMCS's fields
    List<MsrEntry, 1> entry_msr_load{};
};

/// Whether an encoding of VMREAD's and VMWRITE's rows is that of a field, which then every processor has (SDM appendix
/// B).
[[nodiscard]] bool is_field(std::uint64_t encoding);

/// The rows that every instruction has: `instruction` is to be filled in.
[[nodiscard]] std::span<const InstructionRow> situations();

/// The rows that are about one instruction.
[[nodiscard]] std::span<const InstructionRow> instruction_rows();

}  // namespace vmxspec::probe
