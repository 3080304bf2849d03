#include "proofs/query/command.hpp"
#include "proofs/query/report.hpp"
#include "proofs/state/input_error.hpp"
#include "proofs/theorems/proof_cache.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <unistd.h>

#include <algorithm>
#include <array>
#include <memory>
#include <optional>

namespace vmxspec::query {

namespace {

using proofs::Proof;

/// Families of which only what is not as expected is worth a line.
constexpr std::array<std::string_view, 6> families_of_hundreds{"rule",    "generated", "soundness",
                                                               "failure", "alone",     "implied"};

struct Options {
    std::string only;
    std::string format = "text";
    std::string cache;
    unsigned limit = 20;
};

/// The rules among the assumptions that exclude the state which a theorem asks for.
std::vector<std::string> excluding(const Specification& spec, const Proof& proof) {
    std::vector<std::string> ids;
    for (const RuleTable* table : {&spec.rules, &spec.msr_load.rules})
        for (const Rule& rule : *table)
            if (std::ranges::find(proof.contradiction, rule.condition.id()) != proof.contradiction.end())
                ids.push_back(rule.id);
    return ids;
}

void show_counterexample(const Specification& spec, const Proof& proof) {
    for (std::size_t k = 0; k < proof.counterexample.size() && (proof.shown == 0 || k < proof.shown); ++k) {
        const Leaf& leaf = spec.state.leaves()[proof.counterexample[k].leaf];
        fmt::print("    {} = {}\n", leaf.manual_name, value_text(leaf, proof.counterexample[k].value));
    }
    if (!proof.consequence.empty()) fmt::print("    {}\n", proof.consequence);
}

nlohmann::ordered_json to_json(const Specification& spec, const Proof& proof) {
    nlohmann::ordered_json json{{"name", proof.name},
                                {"statement", proof.statement},
                                {"verdict", proofs::to_text(proof.verdict)},
                                {"expected", proofs::to_text(proof.expected)},
                                {"seconds", proof.seconds},
                                {"cached", proof.cached}};
    if (!proof.trouble.empty()) json["trouble"] = proof.trouble;
    if (!proof.contradiction.empty()) json["contradiction"] = excluding(spec, proof);
    if (!proof.counterexample.empty()) {
        json["counterexample"] = nlohmann::ordered_json::object();
        for (const proofs::LeafValue& one : proof.counterexample)
            json["counterexample"][spec.state.leaves()[one.leaf].name] = fmt::format("{:#x}", one.value);
    }
    return json;
}

/// The proof that an earlier run left, or a new one.
Proof found(proofs::Prover& prover, std::optional<proofs::ProofCache>& cache, const proofs::Theorem& theorem) {
    if (cache)
        if (const std::optional<Proof> known = cache->find(theorem)) return *known;
    Proof proof = prover.prove(theorem);
    if (cache) cache->add(theorem, proof);
    return proof;
}

int run(const Options& options) {
    Specification spec;
    std::vector<proofs::Theorem> theorems = proofs::all_theorems(spec);
    std::erase_if(theorems, [&](const proofs::Theorem& theorem) { return !theorem.name.starts_with(options.only); });
    if (theorems.empty()) throw InputError(fmt::format("no theorem's name begins with {}.", options.only));
    proofs::Prover prover{spec, {options.limit * 1000, 7}};
    std::optional<proofs::ProofCache> cache;
    if (!options.cache.empty()) cache.emplace(spec, options.cache);
    const bool progress = isatty(STDERR_FILENO) != 0;
    const bool text = options.format == "text";
    nlohmann::ordered_json list = nlohmann::ordered_json::array();
    std::size_t count[3]{};
    std::size_t unexpected = 0;
    std::size_t cached = 0;
    double seconds = 0;
    for (std::size_t n = 0; n < theorems.size(); ++n) {
        if (progress && n % 16 == 0) fmt::print(stderr, "\r{} of {} theorems ", n, theorems.size());
        const Proof proof = found(prover, cache, theorems[n]);
        ++count[static_cast<std::size_t>(proof.verdict)];
        seconds += proof.seconds;
        if (!proof.as_expected()) ++unexpected;
        if (proof.cached) ++cached;
        if (!text) list.push_back(to_json(spec, proof));
        const std::string family = proof.name.substr(0, proof.name.find('/'));
        const bool of_hundreds = std::ranges::find(families_of_hundreds, family) != families_of_hundreds.end();
        if (!text || (of_hundreds && proof.as_expected()))
            continue;  // hundreds alike: only what is not as it should be
        if (progress) fmt::print(stderr, "\r{:32}\r", "");
        fmt::print("{:9}{} {:36} {}{}\n", proofs::to_text(proof.verdict), proof.as_expected() ? " " : "!", proof.name,
                   proof.statement, proof.trouble.empty() ? "" : " (" + proof.trouble + ")");
        if (proof.verdict == proofs::Verdict::refuted) show_counterexample(spec, proof);
        if (!proof.contradiction.empty()) fmt::print("    excluded by {}\n", fmt::join(excluding(spec, proof), ", "));
    }
    if (progress) fmt::print(stderr, "\r{:32}\r", "");
    if (text) {
        fmt::print("{} theorems: {} proven, {} refuted, {} unknown; {} not as expected. {:.1f} s{}\n", theorems.size(),
                   count[0], count[1], count[2], unexpected, seconds,
                   cached == 0 ? "" : fmt::format(", {} known from an earlier run", cached));
    } else {
        fmt::print("{}\n", list.dump(1));
    }
    if (cache) cache->save(options.only.empty());
    return unexpected == 0 ? exit_yes : exit_no;
}

}  // namespace

void add_prove(CLI::App& app, int& exit_code) {
    auto options = std::make_shared<Options>();
    CLI::App* prove = app.add_subcommand("prove", "Prove the theorems about the specification and the generated code");
    prove->add_option("--only", options->only, "Theorems whose name begins so, such as msr-load/ or rule/guest.cr0");
    prove->add_option("--format", options->format, "Output format")->check(CLI::IsMember({"text", "json"}));
    prove->add_option("--cache", options->cache,
                      "File of verdicts, by digest: what has not changed is not proven again");
    prove->add_option("--limit", options->limit, "Seconds that one query may take")->check(CLI::Range(1U, 3600U));
    prove->callback([options, &exit_code] { exit_code = run(*options); });
}

}  // namespace vmxspec::query
