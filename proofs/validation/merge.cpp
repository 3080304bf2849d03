#include "proofs/state/input_error.hpp"
#include "proofs/validation/result.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace vmxspec::validation {

namespace {

std::string name(const Result& result) { return result.model.empty() ? result.processor : result.model; }

/// One sentence why the two are not of one run; empty if they may be.
void demand_same(const Result& one, const Result& other) {
    const auto demand = [&](bool same, const char* what) {
        if (!same)
            throw InputError(fmt::format(
                "{}: the results of shards {}/{} and {}/{} are of different {}; run one of them again.", name(one),
                one.set.shard.number, one.set.shard.of, other.set.shard.number, other.set.shard.of, what));
    };
    demand(one.set.specification == other.set.specification, "specifications");
    demand(one.set.digest == other.set.digest, "sets of vectors");
    demand(one.knowledge == other.knowledge, "known divergences or messages");
    demand(one.version == other.version, "machines");
    demand(one.set.shard.of == other.set.shard.of, "numbers of shards");
}

void add(Result& sum, const Result& one) {
    for (std::size_t Result::*count : {&Result::entries, &Result::predicted, &Result::agree, &Result::known,
                                       &Result::open, &Result::undecided, &Result::not_tried})
        sum.*count += one.*count;
    for (const auto& [id, tally] : one.rules) {
        RuleTally& rule = sum.rules[id];
        rule.broken += tally.broken;
        rule.kept += tally.kept;
        rule.known += tally.known;
        rule.open += tally.open;
    }
    for (const OpenDifferences& group : one.differences) {
        const auto same = std::ranges::find_if(sum.differences, [&](const OpenDifferences& other) {
            return other.rule == group.rule && other.seen == group.seen;
        });
        if (same == sum.differences.end()) {
            sum.differences.push_back(group);
            continue;
        }
        same->count += group.count;
        for (const std::string& id : group.samples)
            if (same->samples.size() < samples) same->samples.push_back(id);
    }
    for (std::size_t n = 0; n < sum.divergences.size(); ++n) {
        sum.divergences[n].count += one.divergences.at(n).count;
        sum.divergences[n].shown = sum.divergences[n].shown || one.divergences[n].shown;
    }
}

}  // namespace

std::vector<Result> merge(const std::vector<Result>& results) {
    std::vector<std::vector<const Result*>> machines;
    for (const Result& one : results) {
        const auto same = std::ranges::find_if(
            machines, [&](const std::vector<const Result*>& shards) { return name(*shards.front()) == name(one); });
        if (same == machines.end()) {
            machines.push_back({&one});
        } else {
            demand_same(*same->front(), one);
            same->push_back(&one);
        }
    }
    std::vector<Result> merged;
    for (std::vector<const Result*>& shards : machines) {
        const auto number = [](const Result* one) { return one->set.shard.number; };
        std::ranges::sort(shards, {}, number);
        const std::string machine = name(*shards.front());
        std::vector<unsigned> missing;
        for (unsigned n = 1; n <= shards.front()->set.shard.of; ++n) {
            const auto there = std::ranges::count(shards, n, number);
            if (there > 1) throw InputError(fmt::format("{}: shard {} is there {} times.", machine, n, there));
            if (there == 0) missing.push_back(n);
        }
        if (!missing.empty())
            throw InputError(fmt::format("{}: of {} shards these are missing: {}.", machine,
                                         shards.front()->set.shard.of, fmt::join(missing, ", ")));
        Result sum = *shards.front();
        for (std::size_t n = 1; n < shards.size(); ++n) add(sum, *shards[n]);
        // The base state is tried in each shard, and counts once.
        sum.set.shard = {};
        merged.push_back(std::move(sum));
    }
    return merged;
}

}  // namespace vmxspec::validation
