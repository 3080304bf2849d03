// Just a number, as hypervisors print it when nothing else is at hand: what it says, and which rules are in play.
#pragma once

#include "proofs/query/terminal.hpp"
#include "spec/specification.hpp"

#include <nlohmann/json.hpp>

#include <optional>
#include <span>
#include <string>
#include <vector>

namespace vmxspec::query {

/// An exit reason or a VM-instruction error, with the exit qualification if it is told.
struct FailureNumber {
    std::uint64_t number = 0;
    std::optional<std::uint64_t> qualification;
};

/// `0x80000021`, `7`, `80000022H qualification 3`: the number that the words are, or none if the first is no number.
/// Throws InputError when words follow that do not belong to one.
[[nodiscard]] std::optional<FailureNumber> failure_number(std::span<const std::string> words);

/// One thing that a number can mean.
struct Meaning {
    std::string space;  ///< "exit reason" or "VM-instruction error"
    std::string name;   ///< the manual's words
    Citation citation;
    bool fails = false;              ///< a VM entry failed
    std::string passed;              ///< what must have been in order for this failure to be reported; empty if nothing
    std::vector<const Rule*> rules;  ///< those that report this number, and qualification if it is told
};

/// All meanings, failures of VM entries first. Throws InputError when the number has none, or none with this
/// qualification.
[[nodiscard]] std::vector<Meaning> meanings(const Specification& spec, const FailureNumber& number);

/// Small numbers as the manual's tables count them, others in hexadecimal.
[[nodiscard]] std::string number_text(std::uint64_t number);

/// The meanings for a person; `explain` says what the processor does, what each section checks, and lists each rule.
[[nodiscard]] std::string number_report(const FailureNumber& number, const std::vector<Meaning>& meanings, bool explain,
                                        const Terminal& terminal);
/// {"format": "vmxspec-report", "version": 1, ..., "number": {...}}, by schemas/why.json.
[[nodiscard]] nlohmann::ordered_json number_json(const FailureNumber& number, const std::vector<Meaning>& meanings);

}  // namespace vmxspec::query
