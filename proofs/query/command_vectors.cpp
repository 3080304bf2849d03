#include "proofs/query/assumptions.hpp"
#include "proofs/query/command.hpp"
#include "proofs/query/trace.hpp"
#include "proofs/state/input_error.hpp"
#include "proofs/state/text_file.hpp"
#include "proofs/vectors/family.hpp"
#include "proofs/vectors/vector_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <memory>

namespace vmxspec::query {

namespace {

struct Options {
    std::string base;
    std::string output;
    std::uint64_t seed = 1;
    std::size_t walks = 1'000;
    std::size_t every = 1;
    std::vector<std::string> only;
    bool list = false;
};

/// The probe's base states, and where it puts operands.
vectors::Base base_of(const Trace& trace) {
    vectors::Base base{trace.entries.front().state, {}};
    assume_usual_entry(base.ia32e);
    if (trace.entries.size() > 1 && trace.entries[1].id == "base/legacy") {
        base.legacy = trace.entries[1].state;
        assume_usual_entry(*base.legacy);
    }
    const auto page = [&](const char* name, std::uint64_t& address) {
        const auto found = trace.pages.find(name);
        if (found != trace.pages.end()) address = found->second;
    };
    page("link", base.link);
    page("pdpt", base.pdpt);
    return base;
}

int run(const Options& options) {
    Specification spec;
    const Trace trace = read_trace(spec.state, read_text(options.base), options.base);
    if (trace.entries.empty() || trace.entries.front().id != "base")
        throw InputError(
            fmt::format("{} does not begin with the probe's base state: boot the probe with a file of "
                        "vectors, be it an empty one.",
                        options.base));
    vectors::Collection collection{spec, base_of(trace), options.every};
    const std::vector<vectors::Mode> modes = vectors::modes(collection);
    vectors::rule_examples(collection, spec);
    vectors::flips(collection, modes);
    vectors::edges(collection);
    vectors::events(collection);
    vectors::msr_areas(collection);
    vectors::memory(collection);
    vectors::circumstances(collection);
    vectors::legacy(collection);
    vectors::exit_areas(collection);
    vectors::walks(collection, modes, options.seed, options.walks);
    const auto wanted = [&](const std::string& id) {
        return options.only.empty() ||
               std::ranges::any_of(options.only, [&](const std::string& prefix) { return id.starts_with(prefix); });
    };
    std::vector<vectors::Vector> chosen;
    for (const vectors::Vector& one : collection.vectors())
        if (wanted(one.id)) chosen.push_back(one);
    if (options.list)
        for (const vectors::Vector& one : chosen) fmt::print("{}\n", one.id);
    std::ofstream stream{options.output, std::ios::binary};
    stream << vectors::file(spec.state, chosen);
    if (!stream.flush()) throw InputError(fmt::format("{} cannot be written.", options.output));
    fmt::print("{} vectors in {} guest modes.\n", chosen.size(), modes.size());
    for (const vectors::Exclusion& one : collection.exclusions())
        fmt::print("not tried: {} of {}/: {}\n", one.count, one.what, one.reason);
    return exit_yes;
}

}  // namespace

void add_vectors(CLI::App& app, int& exit_code) {
    auto options = std::make_shared<Options>();
    CLI::App* vectors = app.add_subcommand("vectors", "Make a file of VM entries for the probe to try on a machine");
    vectors->add_option("base", options->base, "Trace of the probe on that machine, for its base state")->required();
    vectors->add_option("output", options->output, "File to write")->required();
    vectors->add_option("--seed", options->seed, "Of the random walks");
    vectors->add_option("--walks", options->walks, "How many random walks");
    vectors->add_option("--every", options->every, "Take each n-th vector, and those of rules")
        ->check(CLI::PositiveNumber);
    vectors->add_option("--only", options->only, "Only vectors whose id begins so, such as rule/ or flip/real/");
    vectors->add_flag("--list", options->list, "Print the ids");
    vectors->callback([options, &exit_code] { exit_code = run(*options); });
}

}  // namespace vmxspec::query
