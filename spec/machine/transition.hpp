// A transition is a row: instruction, guard, ending, what changes. The rows of one instruction are looked at in order;
// the first whose guard holds is taken, and everything that it does not name stays as it is.
#pragma once

#include "spec/lang/rule.hpp"
#include "spec/state/state.hpp"

#include <span>

namespace vmxspec::machine {

/// Instructions of SDM 33.3, and the VM exit that no instruction causes.
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
/// As ids write it: `vmptrld`.
[[nodiscard]] std::string_view name(Instruction instruction);
/// As the manual writes it: `VMPTRLD`.
[[nodiscard]] std::string_view manual_name(Instruction instruction);

/// How a transition ends (SDM 33.2).
enum class Ending : std::uint8_t {
    invalid_opcode,      ///< #UD
    general_protection,  ///< #GP(0)
    vmfail,              ///< VMfail(n): VMfailValid with a current VMCS, VMfailInvalid without one
    vmfail_invalid,      ///< VMfailInvalid
    vmfail_valid,        ///< VMfailValid(n)
    succeed,             ///< VMsucceed
    enter,               ///< the VM entry succeeds
    entry_failure,       ///< the VM entry fails and loads the host state; basic exit reason n (29.8)
    vm_exit,             ///< VM exit with basic exit reason n
    smm_exit,            ///< SMM VM exit (34.15.2)
    function,            ///< the VM function is performed; no flag changes (28.5.7)
};
[[nodiscard]] std::string_view name(Ending ending);
/// The instruction does nothing but fault.
[[nodiscard]] constexpr bool is_fault(Ending e) {
    return e == Ending::invalid_opcode || e == Ending::general_protection;
}
/// One of the three VMfail endings.
[[nodiscard]] constexpr bool is_vmfail(Ending e) {
    return e == Ending::vmfail || e == Ending::vmfail_invalid || e == Ending::vmfail_valid;
}
/// The instruction does what it is for.
[[nodiscard]] constexpr bool is_success(Ending e) {
    return e == Ending::succeed || e == Ending::enter || e == Ending::function || e == Ending::smm_exit;
}

/// The new value of one leaf, in terms of the old state.
struct Effect {
    std::size_t leaf;
    NodeId value;
};
/// `leaf` must be a leaf of the state; throws std::logic_error otherwise.
[[nodiscard]] Effect set(Bool leaf, Bool value);
[[nodiscard]] Effect set(Bool leaf, bool value);
template <unsigned W>
[[nodiscard]] Effect set(Bits<W> leaf, Bits<W> value);
template <unsigned W>
[[nodiscard]] Effect set(Bits<W> leaf, std::uint64_t value) {
    return set(leaf, leaf.same(value));
}

using Effects = std::vector<Effect>;
/// First those of `a`, then those of `b`.
[[nodiscard]] Effects operator+(Effects a, const Effects& b);

struct Transition {
    std::string id;  ///< `vmptrld.revision`
    Instruction instruction{};
    unsigned order = 0;  ///< from 1
    Citation citation;
    Bool guard;  ///< the manual's condition, as if no earlier row had held
    Ending ending{};
    std::uint32_t number = 0;  ///< VM-instruction error, or basic exit reason
    Effects effects;
    std::string_view note;
};

/// The rows, instruction by instruction, in order.
class TransitionTable {
public:
    /// Rows that follow are of this instruction.
    void instruction(Instruction instruction, Citation citation);
    /// The next row of the current instruction. Throws std::logic_error when its id is taken or a leaf is set twice.
    void row(std::string_view suffix, Bool guard, Ending ending, std::uint32_t number, Effects effects,
             std::string_view note = {});
    /// A row whose place in the manual is another one than its instruction's.
    void row_of(Citation citation, std::string_view suffix, Bool guard, Ending ending, std::uint32_t number,
                Effects effects, std::string_view note = {});

    [[nodiscard]] const std::vector<Transition>& rows() const { return rows_; }
    [[nodiscard]] auto begin() const { return rows_.begin(); }
    [[nodiscard]] auto end() const { return rows_.end(); }
    /// The rows of one instruction.
    [[nodiscard]] std::span<const Transition> rows(Instruction instruction) const;
    /// The row of this id, or null.
    [[nodiscard]] const Transition* find(std::string_view id) const;

private:
    Instruction instruction_{};
    Citation citation_;
    std::vector<Transition> rows_;
};

/// The row is the one that is taken: its guard holds and no earlier one's does.
[[nodiscard]] Bool taken(std::span<const Transition> rows, std::size_t k);

/// Leaves that some row changes, ascending: the state of VMX operation.
[[nodiscard]] std::vector<std::size_t> changing_leaves(const TransitionTable& table);

/// The value of a leaf after the instruction whose rows these are; the leaf itself where no row that is taken names it.
[[nodiscard]] NodeId next(std::span<const Transition> rows, Graph& graph, std::size_t leaf);

}  // namespace vmxspec::machine
