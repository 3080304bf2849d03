/// Operands of VMX instructions, from the VM-exit instruction-information field (SDM tables 30-14 and 30-15).
#pragma once

#include <cstdint>
#include <optional>

#include "hv/l1/control_registers.hpp"
#include "hv/l1/instruction.hpp"
#include "hv/l1/linear_memory.hpp"
#include "hv/l1/processor.hpp"
#include "hv/nested/nested.hpp"

namespace vmxspec::hv {

/// An exception that an instruction of L1's raises instead of being done.
struct Fault {
    Exception exception;
    std::uint64_t error_code;
    std::uint64_t address;  ///< of a page fault
};

/// Injects it into L1.
void inject(const Fault& fault);

/// An instruction's operands as its VM exit describes them.
class Operands {
public:
    /// `read_mode` must have been done.
    Operands(Processor& processor, Registers& registers)
        : processor_{&processor},
          registers_{&registers},
          information_{read(Field::exit_instruction_information)},
          bits64_{(processor.nested->machine.before_efer & efer::lma) != 0 && processor.nested->machine.before_cs_l} {}

    [[nodiscard]] bool is_register() const { return (information_ >> 10 & 1) != 0; }
    /// The register that is the whole first operand (VMREAD, VMWRITE), and the second one.
    [[nodiscard]] std::uint64_t first() const { return general(information_ >> 3 & 0xf); }
    [[nodiscard]] std::uint64_t second() const { return general(information_ >> 28 & 0xf); }
    void set_first(std::uint64_t value);

    /// The memory operand. \return the fault that the access raises
    [[nodiscard]] std::optional<Fault> load(void* to, std::size_t size) const;
    [[nodiscard]] std::optional<Fault> store(const void* from, std::size_t size) const;

    /// L1 is in 64-bit mode.
    [[nodiscard]] bool bits64() const { return bits64_; }

private:
    [[nodiscard]] std::uint64_t general(std::uint64_t number) const {
        const std::uint64_t value = general_register(*registers_, number);
        return bits64_ ? value : value & 0xffff'ffff;
    }
    [[nodiscard]] std::optional<Fault> address(std::size_t size, bool is_write, std::uint64_t& linear) const;

    Processor* processor_;
    Registers* registers_;
    std::uint64_t information_;
    bool bits64_;
};

}  // namespace vmxspec::hv
