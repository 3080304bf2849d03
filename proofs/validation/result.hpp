// What came of comparing VM entries that a machine made with the specification: numbers that can be added up, kept as
// JSON, and the few things that a person looks at.
#pragma once

#include "proofs/vectors/vector_set.hpp"

#include <nlohmann/json.hpp>

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace vmxspec::validation {

/// One check, over all VM entries that could be judged.
struct RuleTally {
    std::size_t broken = 0;  ///< entries that break it, and no rule of an earlier stage
    std::size_t kept = 0;    ///< entries that pass its stage, to which it applies
    std::size_t known = 0;   ///< of broken: a known divergence
    std::size_t open = 0;    ///< of broken: a difference that nothing explains
};

/// Differences of one kind that nothing explains.
struct OpenDifferences {
    std::string rule;  ///< the first that is broken; empty: none
    std::string seen;  ///< what the machine did and said
    std::string difference;
    std::size_t count = 0;
    std::vector<std::string> samples;  ///< ids of some of them
};

/// What became of a row of the file of divergences.
struct SeenDivergence {
    std::string rule;
    std::string manual;
    std::string machine;
    std::string evidence;
    bool concerns = false;  ///< the row is about this machine
    std::size_t count = 0;
    bool shown = false;  ///< the evidence is among what it explains
};

struct Result {
    std::string processor;  ///< as the machine names it
    std::string model;      ///< the emulator's; empty for hardware
    std::string version;
    std::string knowledge;   ///< digest of what was known: divergences and messages
    vectors::VectorSet set;  ///< what was tried; of no digest if that is not known
    std::size_t entries = 0, predicted = 0, agree = 0, known = 0, open = 0, undecided = 0, not_tried = 0;
    std::map<std::string, RuleTally> rules;  ///< every check
    std::vector<OpenDifferences> differences;
    std::vector<SeenDivergence> divergences;
};

[[nodiscard]] nlohmann::ordered_json to_json(const Result& result);
/// Throws InputError; `where` names the source in messages.
[[nodiscard]] Result parse_result(std::string_view json, const std::string& where);

/// One result of each machine of all of its shards, machines in the order in which they come. Throws InputError where
/// a shard is missing, or there twice, or made with another specification, other vectors or other known divergences.
[[nodiscard]] std::vector<Result> merge(const std::vector<Result>& results);

/// Ids that are told of differences of one kind.
inline constexpr std::size_t samples = 3;

}  // namespace vmxspec::validation
