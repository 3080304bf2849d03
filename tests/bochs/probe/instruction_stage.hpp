/// The processor and a few VMCS regions, brought into the situation that a row wants.
#pragma once

#include <optional>
#include <string_view>

#include "runtime/cpu/excursion.hpp"
#include "tests/bochs/probe/experiment.hpp"
#include "tests/bochs/probe/guest_modes.hpp"
#include "tests/bochs/probe/instruction_row.hpp"

namespace vmxspec::probe {

/// How an instruction ended.
struct Ending {
    enum class Kind : std::uint8_t {
        completed,  ///< the next instruction was come to: RFLAGS in `number`
        exception,  ///< vector, error code
        exit,       ///< exit reason, qualification
    };
    Kind kind;
    std::uint64_t number;
    std::uint64_t detail = 0;
    std::uint64_t rcx = 0;  ///< at the end
};

/// VMsucceed: CF = 0 and ZF = 0.
[[nodiscard]] constexpr bool succeeds(const Ending& ending) {
    constexpr std::uint64_t cf_zf = 0x41;
    return ending.kind == Ending::Kind::completed && (ending.number & cf_zf) == 0;
}

/// RFLAGS when an instruction begins: all flags that VMsucceed and VMfail write are 1.
inline constexpr std::uint64_t rflags_before = 0x8d7;

class InstructionStage {
public:
    /// Takes the pages. The processor is in VMX root operation; from now on its VMXON region is one of these pages.
    InstructionStage(runtime::PageAllocator& pages, const Experiment& experiment);

    /// Brings the situation of the row about, whatever the last row left.
    /// \return nothing if it is there; why this processor does not have it otherwise, without blanks
    [[nodiscard]] std::optional<std::string_view> prepare(const InstructionRow& row);

    /// Executes the instruction of the row.
    [[nodiscard]] Ending execute(const InstructionRow& row);

    /// Executes an instruction in 64-bit mode at CPL 0, where the processor is now.
    Ending execute(Instruction instruction, std::uint64_t rax = 0, std::uint64_t rcx = 0);
    /// The same with an address as operand.
    Ending execute(Instruction instruction, runtime::PhysicalAddress operand);

    /// The field of the current VMCS; nothing without one, or if it has no such field.
    [[nodiscard]] std::optional<std::uint64_t> field(std::uint64_t encoding);
    /// The current-VMCS pointer; nothing outside VMX operation.
    [[nodiscard]] std::optional<std::uint64_t> current();
    /// The launch state of the current VMCS, found out by VMLAUNCH; nothing if that does not tell.
    [[nodiscard]] std::optional<bool> launched();

    /// The operand of VMXON, VMCLEAR and VMPTRLD in this row.
    [[nodiscard]] std::uint64_t address(const InstructionRow& row) const;
    /// What VMPTRST stored.
    [[nodiscard]] std::uint64_t stored() const { return operand()[0]; }
    [[nodiscard]] std::uint64_t vmxon_pointer() const { return raw(vmxon_region_); }
    /// The VMCS that the guest's VMREAD and VMWRITE access.
    [[nodiscard]] runtime::PhysicalAddress linked() const { return linked_; }
    [[nodiscard]] runtime::PhysicalAddress operand_region() const { return region_; }
    [[nodiscard]] const GuestProcessor& guest() const { return guest_; }
    [[nodiscard]] const VmcsImage& image() const { return image_; }
    [[nodiscard]] const GuestModes& modes() const { return modes_; }
    /// Entry n of the EPTP list.
    [[nodiscard]] std::uint64_t listed_eptp(std::uint64_t n) const { return runtime::at<std::uint64_t>(list_)[n]; }

private:
    [[nodiscard]] std::uint64_t* operand() const { return runtime::at<std::uint64_t>(operand_); }

    void leave();
    [[nodiscard]] bool enter();
    [[nodiscard]] bool make_current(runtime::PhysicalAddress region, std::uint32_t head);
    [[nodiscard]] bool launch();
    [[nodiscard]] std::optional<std::string_view> prepare_current(const InstructionRow& row);
    [[nodiscard]] std::optional<std::string_view> prepare_guest(const InstructionRow& row);
    [[nodiscard]] bool equip(const InstructionRow& row, std::uint64_t& secondary);
    void describe(const InstructionRow& row);
    [[nodiscard]] Ending run(const InstructionCode& code, runtime::Excursion& excursion);
    [[nodiscard]] Ending end_of_exit(const InstructionRow* guest, const runtime::Excursion& excursion);

    const Experiment& experiment_;
    GuestModes modes_;
    runtime::PhysicalAddress vmxon_region_, vmcs_, region_, linked_, operand_, stack_, area_, list_, read_bitmap_,
        write_bitmap_;
    VmcsImage image_;
    GuestProcessor guest_{};
};

}  // namespace vmxspec::probe
