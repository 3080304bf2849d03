// VM entries to try on a machine: what differs from the probe's base state.
#pragma once

#include "proofs/query/judgement.hpp"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace vmxspec::vectors {

struct Vector {
    std::string id;  ///< unique; at most 255 printable characters without blanks
    /// Leaf of a VMCS field, or one that a condition stands for (condition.hpp), and its value where it is not the
    /// base's.
    std::map<std::size_t, std::uint64_t> fields;
    std::vector<MsrAreaEntry> entry_msr_load{};  ///< the whole VM-entry MSR-load area
    std::vector<MsrAreaEntry> exit_msr_store{};  ///< the whole VM-exit MSR-store area
    std::vector<MsrAreaEntry> exit_msr_load{};   ///< the whole VM-exit MSR-load area
    bool legacy = false;                         ///< from legacy protected mode
    bool link_is_current = false;                ///< the VMCS link pointer is the current-VMCS pointer
};

/// The states that the vectors of a machine differ from, and what the probe has ready for them.
struct Base {
    KnownState ia32e;                  ///< the probe as it is: a host in 64-bit mode
    std::optional<KnownState> legacy;  ///< the same of a host in legacy protected mode
    /// Addresses of the pages at which operands in memory are put. Where they are not known, what the probe is likely
    /// to have: nothing but alignment and width of them matters.
    std::uint64_t link = 0x200000;
    std::uint64_t pdpt = 0x201000;
    std::uint64_t current = 0x202000;  ///< of the current VMCS
};

/// What a file of vectors cannot do, with the reason.
struct Exclusion {
    std::string what;
    std::string reason;
    std::size_t count = 0;
};

/// A rule that no vector is made for that breaks it and nothing else, or that keeps it, and all others, where it
/// applies.
struct LeftOut {
    enum class Kind : std::uint8_t {
        never,        ///< no VM entry of this machine does; the solver has proven it
        with_others,  ///< none does without breaking others, which are reported as well or instead; proven
        unsafe,       ///< the probe would not come back
    };

    std::string rule;
    bool keeping = false;  ///< it is about keeping the rule, not about breaking it
    Kind kind = Kind::never;
    bool by_probe = false;          ///< it is not the processor but what the probe sets up that makes it so
    std::vector<std::string> with;  ///< of with_others: those rules
    std::string reason;             ///< in one phrase
};

/// A set of vectors that grows: each that is offered is judged, and taken if a machine can be asked.
class Collection {
public:
    /// Of the offers each `every`-th is looked at, and those of rules and walks.
    Collection(const Specification& spec, Base base, std::size_t every = 1);

    /// Takes the vector unless it is the same VM entry as one before, or the machine would not come back from it: see
    /// safety.hpp. Values that are the base's are dropped. Tells why the machine would not; nothing otherwise.
    std::optional<std::string> offer(Vector vector);
    /// Remembers a rule that has no vector.
    void leave_out(LeftOut rule) { left_out_.push_back(std::move(rule)); }

    /// Of the offers some are not looked at: what is not in it may be possible all the same.
    [[nodiscard]] bool is_sample() const { return every_ != 1; }
    [[nodiscard]] std::size_t every() const { return every_; }
    [[nodiscard]] const Specification& specification() const { return spec_; }
    [[nodiscard]] const KnownState& base() const { return base_.ia32e; }
    [[nodiscard]] const Base& bases() const { return base_; }
    /// The base state of a vector.
    [[nodiscard]] const KnownState& base_of(const Vector& vector) const {
        return vector.legacy ? *base_.legacy : base_.ia32e;
    }
    [[nodiscard]] const std::vector<Vector>& vectors() const { return vectors_; }
    /// Offers that were not taken, by reason.
    [[nodiscard]] const std::vector<Exclusion>& exclusions() const { return exclusions_; }

    [[nodiscard]] const std::vector<LeftOut>& left_out() const { return left_out_; }

    /// The state of a vector, as it is judged.
    [[nodiscard]] KnownState state(const Vector& vector) const;
    /// Whether software can write this leaf and the machine's VMCS has it.
    [[nodiscard]] bool is_field(std::size_t leaf) const;
    /// All such leaves.
    [[nodiscard]] std::vector<std::size_t> fields() const;

private:
    void exclude(const std::string& id, const std::string& reason);

    const Specification& spec_;
    Base base_;
    std::size_t every_;
    std::size_t offers_ = 0;
    std::vector<Vector> vectors_;
    std::map<std::string, std::string> seen_;  ///< contents, and the id that has them
    std::vector<Exclusion> exclusions_;
    std::vector<LeftOut> left_out_;
};

}  // namespace vmxspec::vectors
