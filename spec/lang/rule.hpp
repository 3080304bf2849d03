// A rule is a value: id, place in the manual, condition. What happens when it does not hold is its section's outcome.
#pragma once

#include "spec/lang/bits.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace vmxspec {

/// The edition of the manual that every citation refers to.
struct Edition {
    std::string_view title;
    std::string_view order_number;
    std::string_view date;
};
inline constexpr Edition edition{"Intel 64 and IA-32 Architectures Software Developer's Manual, volume 3C",
                                 "326019-092US", "June 2026"};

/// A place in the manual. `volume` is 3C, the edition above, unless a row says otherwise.
struct Citation {
    std::string_view section;
    std::string_view title;
    std::string_view volume = "3C";

    friend bool operator==(const Citation&, const Citation&) = default;
};

/// How a failed check shows (SDM 29, steps 1 to 4).
enum class Channel : std::uint8_t {
    invalid_opcode,      ///< #UD
    general_protection,  ///< #GP(0)
    vm_exit,             ///< VM exit of the instruction, in VMX non-root operation
    vmfail_invalid,      ///< VMfailInvalid: CF = 1
    vmfail_valid,        ///< VMfailValid: ZF = 1, number in the VM-instruction error field
    entry_failure,       ///< VM exit with bit 31 of the exit reason set
    none,                ///< advice: the entry does not fail
    vmx_abort,           ///< VMX abort during a VM exit; number is the VMX-abort indicator
};

/// One outcome that the manual allows.
struct Outcome {
    Channel channel = Channel::none;
    std::uint32_t number = 0;         ///< VM-instruction error, basic exit reason, or VMX-abort indicator
    std::uint64_t qualification = 0;  ///< of an entry failure; for a failed MSR load the number of the entry, from 1

    friend auto operator<=>(const Outcome&, const Outcome&) = default;
};

/// Steps of a VM entry in the manual's order; within one step checks may be made in any order.
enum class Stage : std::uint8_t {
    basic,             ///< 29.1, in order
    control_and_host,  ///< 29.2, any order
    guest,             ///< 29.3, any order
    msr_load,          ///< 29.4, entry by entry
    vm_exit,           ///< 29.8 and chapter 30: no check of a VM entry
};

/// What kind of statement a rule makes.
enum class RuleKind : std::uint8_t {
    check,        ///< the condition must hold, or the entry fails with one of the outcomes
    advice,       ///< the condition should hold; the entry does not fail
    procedure,    ///< how checks are carried out; the condition is the constant true
    consequence,  ///< what a transition brings about; the condition holds whenever the checks before it were passed
};

/// As in JSON and in generated code: the enumerator's own name.
[[nodiscard]] const char* to_text(Stage stage);
[[nodiscard]] const char* to_text(RuleKind kind);

struct Rule {
    std::string id;
    Citation citation;
    Stage stage{};
    RuleKind kind = RuleKind::check;
    Bool condition;                 ///< true when the rule is kept
    std::vector<Outcome> outcomes;  ///< allowed when it is broken
    std::string_view note;          ///< what the condition alone does not tell: processor differences, decisions
};

/// The rules in the manual's order.
class RuleTable {
public:
    /// Rows that follow belong to this section.
    void section(Stage stage, Citation citation, std::vector<Outcome> outcomes);

    /// A check of the current section. Throws std::logic_error when the id is taken.
    void check(std::string id, Bool condition, std::string_view note = {});
    /// A check whose failure shows otherwise than its section's.
    void check(std::string id, Bool condition, std::vector<Outcome> outcomes, std::string_view note = {});
    /// A row that no entry fails by.
    void advice(std::string id, Bool condition, std::string_view note);
    /// A row that says how, not what.
    void procedure(std::string id, Graph& graph, std::string_view note);
    /// A row that says what a transition brings about.
    void consequence(std::string id, Bool condition, std::string_view note);

    [[nodiscard]] const std::vector<Rule>& rules() const { return rules_; }
    [[nodiscard]] auto begin() const { return rules_.begin(); }
    [[nodiscard]] auto end() const { return rules_.end(); }
    /// The rule of this id, or null.
    [[nodiscard]] const Rule* find(std::string_view id) const;

private:
    void add(Rule rule);

    Stage stage_{};
    Citation citation_{};
    std::vector<Outcome> outcomes_;
    std::vector<Rule> rules_;
};

namespace outcome {
inline const Outcome control_fields{Channel::vmfail_valid, 7, 0};
inline const Outcome host_state{Channel::vmfail_valid, 8, 0};
inline const Outcome guest_state{Channel::entry_failure, 33, 0};
inline const Outcome guest_pdpte{Channel::entry_failure, 33, 2};
inline const Outcome guest_nmi{Channel::entry_failure, 33, 3};
inline const Outcome guest_link_pointer{Channel::entry_failure, 33, 4};
/// Its qualification is the entry's number, which the fold over the area fills in.
inline const Outcome msr_load{Channel::entry_failure, 34, 0};
}  // namespace outcome

}  // namespace vmxspec
