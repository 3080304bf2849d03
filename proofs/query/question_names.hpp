// What a question can name:
//
//     guest.cr0, entry.load_efer, processor.intel64    leaves and their named bits, as `name.hpp` says; VMCS fields
//     also
//                                                      as hypervisors write them: GUEST_CS_AR_BYTES
//     before.R, after.R                                a register before a VM entry and after it
//     exiting.R, after_exit.R                          the same of a VM exit
//     after_failure.R                                  after a VM entry that fails in loading guest state or MSRs
//
// R is a row of the transition's load table (dr7, cs.access_rights, blocking.nmi, vmcs.exit_reason), with `_` for `.`
// if one likes and without `vmcs.` where no register is called so.
#pragma once

#include "proofs/query/landing.hpp"
#include "proofs/query/question_syntax.hpp"

#include <map>
#include <optional>
#include <set>

namespace vmxspec::query {

/// A value that a question names: bits of a word, zero-extended to 64.
struct Term {
    Bits<64> value;
    unsigned width = 64;
};

/// A register after a transition that a question names.
struct NamedRegister {
    std::string name;  ///< after.cs.access_rights
    Transition transition{};
    const load::LoadRow* row = nullptr;
    std::size_t format = 0;   ///< a leaf with the same named bits
    Bits<64> value;           ///< the whole register
    Bits<64> open;            ///< bits of it that the manual leaves undefined
    std::uint64_t asked = 0;  ///< bits that the question names
};

class Vocabulary {
public:
    explicit Vocabulary(Specification& spec) : spec_{spec} {}

    /// What the operand, which is a name, stands for. Throws InputError with its column, and the nearest name when
    /// there is none.
    [[nodiscard]] Term term(const Operand& operand);

    /// Registers after transitions that were named so far.
    [[nodiscard]] const std::vector<NamedRegister>& registers() const { return registers_; }
    /// A name of this transition was used, such as exiting.cr0 of a VM exit or exiting.failure_reason of a failed
    /// entry.
    [[nodiscard]] bool speaks_of(Transition transition) const { return spoken_of_.contains(transition); }
    /// The transition with its registers, built when it is first asked for.
    [[nodiscard]] const Landing& at(Transition transition);

private:
    /// A word with named bits: `format` is the leaf that has their names, if any has.
    struct Word {
        NodeId node = 0;
        std::optional<std::size_t> format;
        std::optional<std::size_t> reg;  ///< in registers_
    };
    [[nodiscard]] std::optional<Word> word(const std::string& name);
    [[nodiscard]] std::optional<Word> leaf(std::size_t n);
    [[nodiscard]] std::optional<Word> register_after(Transition transition, const std::string& name);
    [[nodiscard]] std::optional<std::size_t> format_of(std::string_view row) const;
    [[nodiscard]] std::string nearest(const std::string& name);

    Specification& spec_;
    std::map<Transition, Landing> landings_;
    std::vector<NamedRegister> registers_;
    std::set<Transition> spoken_of_;
};

}  // namespace vmxspec::query
