#include "proofs/query/assumptions.hpp"
#include "proofs/query/command.hpp"
#include "proofs/query/trace.hpp"
#include "proofs/state/input_error.hpp"
#include "proofs/state/text_file.hpp"
#include "proofs/vectors/generation.hpp"
#include "proofs/vectors/profile_base.hpp"
#include "proofs/vectors/vector_file.hpp"

#include <fmt/format.h>

#include <fstream>
#include <memory>

namespace vmxspec::query {

namespace {

struct Options {
    std::vector<std::string> files;  ///< base trace, unless a profile is named; output
    std::string cpu;
    vectors::Wish wish;
    std::string cache;
    std::string shard = "1/1";
    bool list = false;
};

/// The base states that the probe told, and where it puts operands.
vectors::Base base_of_trace(const Specification& spec, const std::string& path) {
    const Trace trace = read_trace(spec, read_text(path), path);
    if (trace.entries.empty() || trace.entries.front().id != "base")
        throw InputError(
            fmt::format("{} does not begin with the probe's base state: boot the probe with a file of "
                        "vectors, be it an empty one.",
                        path));
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

void write(const std::string& path, const std::string& content) {
    std::ofstream stream{path, std::ios::binary};
    stream << content;
    if (!stream.flush()) throw InputError(fmt::format("{} cannot be written.", path));
}

int run(const Options& options) {
    const vectors::Shard shard = vectors::parse_shard(options.shard);
    Specification spec;
    if (options.files.size() != (options.cpu.empty() ? 2 : 1))
        throw InputError("give the trace with the probe's base state and the file to write, or --cpu and the file.");
    const std::string& output = options.files.back();
    const vectors::Base base = options.cpu.empty()
                                   ? base_of_trace(spec, options.files.front())
                                   : vectors::base_of_profile(spec.state, profile(spec.state, options.cpu));
    const vectors::Generated whole = vectors::generate(spec, base, options.wish, options.cache);
    const vectors::Generated chosen = vectors::part(whole, shard);
    if (options.list)
        for (const std::string& id : vectors::ids(chosen.file)) fmt::print("{}\n", id);
    write(output, chosen.file);
    write(output + ".json", to_json(chosen.set).dump(1) + "\n");
    for (const std::string& note : chosen.set.notes) fmt::print("{}\n", note);
    for (const vectors::LeftOut& one : chosen.set.left_out)
        fmt::print("no vector that {} {}: {}\n", one.keeping ? "keeps" : "breaks", one.rule, one.reason);
    return exit_yes;
}

}  // namespace

void add_vectors(CLI::App& app, int& exit_code) {
    auto options = std::make_shared<Options>();
    CLI::App* vectors = app.add_subcommand("vectors", "Make a file of VM entries for the probe to try on a machine");
    vectors
        ->add_option("files", options->files,
                     "Trace of the probe on that machine, for its base state, unless --cpu is given; file to write: "
                     "FILE.json tells what is in it and what is not")
        ->required();
    vectors->add_option("--cpu", options->cpu, "Processor profile, by its name or as a file, instead of a trace");
    vectors->add_option("--seed", options->wish.seed, "Of the random walks");
    vectors->add_option("--walks", options->wish.walks, "How many random walks");
    vectors->add_option("--every", options->wish.every, "Take each n-th vector, and those of rules")
        ->check(CLI::PositiveNumber);
    vectors->add_option("--only", options->wish.only, "Only vectors whose id begins so, such as rule/ or flip/real/");
    vectors->add_option("--shard", options->shard, "Only this part of them: 2/8 is the 2nd of 8");
    vectors->add_option("--cache", options->cache, "Folder in which vectors are kept for the next time");
    vectors->add_flag("--list", options->list, "Print the ids");
    vectors->callback([options, &exit_code] { exit_code = run(*options); });
}

}  // namespace vmxspec::query
