// Judgements of one input in the manual's words: for a person, for a program, for what reads SARIF.
#pragma once

#include "proofs/query/judgement.hpp"
#include "proofs/query/repair.hpp"
#include "proofs/query/terminal.hpp"

#include <nlohmann/json.hpp>

#include <span>
#include <string>
#include <vector>

namespace vmxspec::query {

/// The condition of a rule as a sentence of the manual's names: `guest CR0.PG = 1 implies guest CR0.PE = 1`.
[[nodiscard]] std::string condition_text(const Specification& spec, Bool condition);

/// A leaf's value with the names of its set bits: `80010035H (PG, WP, NE, ET, EM, PE)`.
[[nodiscard]] std::string value_text(const Leaf& leaf, std::uint64_t value);

/// One dump of the input, judged.
struct JudgedDump {
    KnownState state;
    Judgement judgement;
    std::vector<Repair> repairs;  ///< alternatives, the smallest first
};

struct TextOptions {
    bool searched = true;  ///< a repair was looked for
    bool explain = false;  ///< for newcomers: what words mean, what is taken for granted, what to do
    Terminal terminal;
};

/// The verdict, each broken rule with its values and derivation, what could not be judged, and the repair if any.
[[nodiscard]] std::string text_report(const Specification& spec, const JudgedDump& dump, const TextOptions& options);

/// {"format": "vmxspec-report", "version": 1, ...}, by schemas/why.json: one document for all dumps of an input.
[[nodiscard]] nlohmann::ordered_json json_report(const Specification& spec, std::span<const JudgedDump> dumps);

/// The outcomes of one dump and what else is no rule's: a part of the document above, and of SARIF's properties.
[[nodiscard]] nlohmann::ordered_json json_outcomes(const Judgement& judgement);
[[nodiscard]] nlohmann::ordered_json json_repairs(const Specification& spec, const std::vector<Repair>& repairs);
/// The values that a rule reads, by leaf; with `values` false, the leaves that would decide it, each null.
[[nodiscard]] nlohmann::ordered_json json_fields(const Specification& spec, const KnownState& state,
                                                 const Finding& finding, bool values);

/// One SARIF 2.1.0 log with one run for all dumps of the input. `file` is the path as given, "-" for standard input;
/// `exit_code` is the command's.
[[nodiscard]] nlohmann::ordered_json sarif_report(const Specification& spec, std::span<const JudgedDump> dumps,
                                                  const std::string& file, int exit_code);

}  // namespace vmxspec::query
