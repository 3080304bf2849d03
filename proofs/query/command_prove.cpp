#include "proofs/query/command.hpp"
#include "proofs/query/report.hpp"
#include "proofs/state/input_error.hpp"
#include "proofs/theorems/batch.hpp"
#include "proofs/theorems/proof_cache.hpp"
#include "proofs/theorems/second_opinion.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <memory>
#include <optional>
#include <thread>

namespace vmxspec::query {

namespace {

using proofs::Proof;

/// Families of which only what is not as expected is worth a line.
constexpr std::array<std::string_view, 9> families_of_hundreds{
    "rule", "generated", "generated-c", "machine", "translation", "soundness", "failure", "alone", "implied"};

struct Options {
    std::string only;
    std::string format = "text";
    std::string cache;
    std::string solver = "z3";
    unsigned limit = 20;
    unsigned jobs = std::max(1U, std::thread::hardware_concurrency());
};

/// The rules among the assumptions that exclude the state which a theorem asks for.
std::vector<std::string> excluding(const Specification& spec, const Proof& proof) {
    std::vector<std::string> ids;
    for (const RuleTable* table : spec.entry_tables())
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

/// How many theorems have each verdict.
struct Count {
    std::size_t proven = 0, refuted = 0, unknown = 0, unexpected = 0, cached = 0;

    void add(const Proof& proof) {
        ++(proof.verdict == proofs::Verdict::proven    ? proven
           : proof.verdict == proofs::Verdict::refuted ? refuted
                                                       : unknown);
        if (!proof.as_expected()) ++unexpected;
        if (proof.cached) ++cached;
    }
};

/// Proofs of all the theorems, in their order: those that an earlier run left, and new ones.
std::vector<Proof> prove(Specification& spec, const std::vector<proofs::Theorem>& theorems, const Options& options) {
    std::optional<proofs::ProofCache> cache;
    if (!options.cache.empty()) cache.emplace(spec, options.cache);
    std::vector<Proof> list(theorems.size());
    std::vector<std::size_t> open;
    for (std::size_t n = 0; n < theorems.size(); ++n) {
        if (!theorems[n].name.starts_with(options.only)) continue;
        const std::optional<Proof> known = cache ? cache->find(theorems[n]) : std::nullopt;
        if (known) list[n] = *known;
        if (!known) open.push_back(n);
    }
    const bool progress = isatty(STDERR_FILENO) != 0;
    std::size_t made = 0;
    proofs::prove_all(proofs::all_theorems, open, {options.limit * 1000, 7}, options.jobs,
                      [&](std::size_t n, Proof proof) {
                          if (progress && made++ % 16 == 0)
                              fmt::print(stderr, "\r{} of {} theorems ", made, open.size());
                          list[n] = std::move(proof);
                      });
    if (progress) fmt::print(stderr, "\r{:32}\r", "");
    for (const std::size_t n : open)
        if (cache) cache->add(theorems[n], list[n]);
    if (cache) cache->save(options.only.empty());
    std::erase_if(list, [](const Proof& proof) { return proof.name.empty(); });
    return list;
}

/// The same from another solver, which is asked about the rules unless told otherwise.
std::vector<Proof> ask_other(Specification& spec, std::vector<proofs::Theorem> theorems, const Options& options) {
    const std::string only = options.only.empty() ? "rule/" : options.only;
    std::erase_if(theorems, [&](const proofs::Theorem& one) { return !one.name.starts_with(only); });
    try {
        const smt::ExternalSolver solver{options.solver};
        fmt::print(stderr, "{}: {} theorems\n", solver.version(), theorems.size());
        return proofs::second_opinion(spec, theorems, solver, {options.limit * 1000, 7});
    } catch (const std::runtime_error& error) {
        throw InputError(fmt::format("{}.", error.what()));
    }
}

void show(const Specification& spec, const Proof& proof) {
    fmt::print("{:9}{} {:36} {}{}\n", proofs::to_text(proof.verdict), proof.as_expected() ? " " : "!", proof.name,
               proof.statement, proof.trouble.empty() ? "" : " (" + proof.trouble + ")");
    if (proof.verdict == proofs::Verdict::refuted) show_counterexample(spec, proof);
    if (!proof.contradiction.empty()) fmt::print("    excluded by {}\n", fmt::join(excluding(spec, proof), ", "));
}

int run(const Options& options) {
    const auto start = std::chrono::steady_clock::now();
    Specification spec;
    const std::vector<proofs::Theorem> theorems = proofs::all_theorems(spec);
    const std::vector<Proof> proven =
        options.solver == "z3" ? prove(spec, theorems, options) : ask_other(spec, theorems, options);
    if (proven.empty()) throw InputError(fmt::format("no theorem's name begins with {}.", options.only));
    Count count;
    nlohmann::ordered_json list = nlohmann::ordered_json::array();
    for (const Proof& proof : proven) {
        count.add(proof);
        if (options.format == "json") list.push_back(to_json(spec, proof));
        const std::string family = proof.name.substr(0, proof.name.find('/'));
        const bool of_hundreds = std::ranges::find(families_of_hundreds, family) != families_of_hundreds.end();
        const bool worth_a_line = !of_hundreds || !proof.as_expected();
        if (options.format == "text" && worth_a_line) show(spec, proof);
    }
    if (options.format == "json") {
        fmt::print("{}\n", list.dump(1));
    } else {
        const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
        fmt::print("{} theorems: {} proven, {} refuted, {} unknown; {} not as expected. {:.1f} s{}\n", proven.size(),
                   count.proven, count.refuted, count.unknown, count.unexpected, seconds.count(),
                   count.cached == 0 ? "" : fmt::format(", {} known from an earlier run", count.cached));
    }
    return count.unexpected == 0 ? exit_yes : exit_no;
}

}  // namespace

void add_prove(CLI::App& app, int& exit_code) {
    auto options = std::make_shared<Options>();
    CLI::App* prove = app.add_subcommand("prove", "Prove the theorems about the specification and the generated code");
    prove->add_option("--only", options->only, "Theorems whose name begins so, such as msr-load/ or rule/guest.cr0");
    prove->add_option("--format", options->format, "Output format")->check(CLI::IsMember({"text", "json"}));
    prove
        ->add_option("--solver", options->solver,
                     "z3, or cvc5 through SMT-LIB 2: rule/ if --only does not say otherwise")
        ->check(CLI::IsMember({"z3", "cvc5"}));
    prove->add_option("--cache", options->cache,
                      "File of verdicts, by digest: what has not changed is not proven again");
    prove->add_option("--limit", options->limit, "Seconds that one query may take")->check(CLI::Range(1U, 3600U));
    prove->add_option("--jobs", options->jobs, "Theorems at a time; as many as there are cores if not given")
        ->check(CLI::Range(1U, 1024U));
    prove->callback([options, &exit_code] { exit_code = run(*options); });
}

}  // namespace vmxspec::query
