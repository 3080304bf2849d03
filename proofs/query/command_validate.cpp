#include "proofs/query/command.hpp"
#include "proofs/query/instruction_validation.hpp"
#include "proofs/state/input_error.hpp"
#include "proofs/state/text_file.hpp"
#include "proofs/validation/table.hpp"
#include "proofs/validation/validation.hpp"
#include "proofs/validation/verdict.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <fstream>
#include <memory>

namespace vmxspec::query {

namespace {

struct Options {
    std::vector<std::string> inputs;
    std::string divergences;
    std::string messages;
    std::string set;
    std::string result;
    std::string unexercised;
    std::string table;
    bool all = false;
    bool coverage = false;
    bool merge = false;
};

constexpr std::size_t readable = 60;  ///< of so many VM entries, each is told

void tell(const validation::Look& look) {
    const Comparison& comparison = look.comparison;
    std::vector<std::string> rules;
    for (const Finding& finding : comparison.judgement.violated) rules.push_back(finding.rule->id);
    const char* words[] = {"agrees", "DIFFERS", "undecided"};
    fmt::print("{:9} {:24} {}{}\n", look.known ? "known" : words[static_cast<std::size_t>(comparison.agreement)],
               look.entry.id, comparison.difference.empty() ? to_text(look.entry.observed) : comparison.difference,
               comparison.difference.empty() && !rules.empty() ? fmt::format(" by {}", fmt::join(rules, ", ")) : "");
}

void write(const std::string& path, const std::string& text) {
    std::ofstream stream{path};
    stream << text << '\n';
    if (!stream.flush()) throw InputError(fmt::format("{} cannot be written.", path));
}

/// The VMX instructions of a trace.
InstructionVerdict compare_instructions(Specification& spec, const Trace& trace, const Options& options) {
    if (options.divergences.empty()) return validate_instructions(spec, trace, nullptr, options.all);
    InstructionKnowledge known = parse_instruction_knowledge(spec, read_text(options.divergences), options.divergences);
    return validate_instructions(spec, trace, &known, options.all);
}

validation::Result compare_entries(Specification& spec, const Trace& trace, const Options& options) {
    validation::Knowledge known = validation::knowledge(spec, options.divergences, options.messages);
    vectors::VectorSet set;
    if (!options.set.empty()) set = vectors::parse_vector_set(read_text(options.set), options.set);
    const bool each = options.all || trace.entries.size() <= readable;
    validation::Result result = validation::validate(spec, trace, known, set, [&](const validation::Look& look) {
        if (each) tell(look);
    });
    if (!options.result.empty()) write(options.result, to_json(result).dump(1));
    return result;
}

int run(const Options& options) {
    Specification spec;
    std::vector<validation::Result> results;
    std::optional<Trace> trace;
    if (options.merge) {
        for (const std::string& path : options.inputs)
            results.push_back(validation::parse_result(read_text(path), path));
        results = validation::merge(results);
    } else {
        if (options.inputs.size() != 1)
            throw InputError("one trace is compared at a time; results of several are put together with --merge.");
        const std::string& path = options.inputs.front();
        trace = read_trace(spec, read_text(path), path == "-" ? "standard input" : path);
        results.push_back(compare_entries(spec, *trace, options));
    }
    std::optional<validation::Unexercised> coverage;
    if (!options.unexercised.empty())
        coverage.emplace(spec, read_text(options.unexercised), options.unexercised);
    else if (options.coverage)
        coverage.emplace();
    if (!options.table.empty())
        write(options.table, validation::table(spec, results, coverage.value_or(validation::Unexercised{})).dump(1));
    bool undecided = false;
    bool as_it_should = true;
    for (const validation::Result& one : results) {
        if (coverage && !one.set.digest.empty() && !one.set.whole)
            throw InputError("--coverage is of all vectors; these are some of them.");
        const validation::Verdict verdict = validation::verdict(one, coverage);
        fmt::print("{}", verdict.text);
        as_it_should = as_it_should && verdict.as_it_should;
        // Of a set of vectors, some that cannot be judged are as it should be.
        undecided = undecided || (one.set.digest.empty() && one.undecided != 0);
    }
    if (trace) {
        const InstructionVerdict instructions = compare_instructions(spec, *trace, options);
        as_it_should = as_it_should && !instructions.wrong;
        undecided = undecided || instructions.undecided;
    }
    return !as_it_should ? exit_no : undecided ? exit_undecided : exit_yes;
}

}  // namespace

void add_validate(CLI::App& app, int& exit_code) {
    auto options = std::make_shared<Options>();
    CLI::App* validate = app.add_subcommand(
        "validate",
        "Compare a trace of VM entries and VMX instructions that a machine executed with the specification");
    validate
        ->add_option("trace", options->inputs,
                     "Trace of the probe kernel, - is standard input; with --merge, files that --result wrote")
        ->required();
    validate->add_option("--divergences", options->divergences,
                         "File of known divergences of the machine: what they explain is no failure; a transition of a "
                         "VMX instruction that is neither taken nor named there is one");
    validate->add_option("--messages", options->messages,
                         "File of what an emulator's messages mean: they must name a rule that is broken");
    validate->add_option("--set", options->set,
                         "What the vectors are: the file that vmxspec vectors wrote beside them");
    validate->add_option("--result", options->result, "File to write with the result, as JSON");
    validate->add_option("--table", options->table,
                         "File to write with all checks on all machines side by side, as JSON");
    validate->add_flag("--merge", options->merge, "Put results of all shards of one machine or several together");
    validate->add_flag("--all", options->all, "Print each VM entry, however many there are");
    validate->add_flag("--coverage", options->coverage,
                       "The trace is of all vectors: checks that none of them breaks, or none keeps, are a failure "
                       "unless it is proven or listed why, and so is a known divergence that is not seen");
    validate->add_option("--unexercised", options->unexercised,
                         "File of checks that are not exercised, with reasons; means --coverage");
    validate->callback([options, &exit_code] { exit_code = run(*options); });
}

}  // namespace vmxspec::query
