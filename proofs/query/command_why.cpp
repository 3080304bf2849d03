#include "proofs/query/assumptions.hpp"
#include "proofs/query/command.hpp"
#include "proofs/query/dumps/reader.hpp"
#include "proofs/query/failure_number.hpp"
#include "proofs/query/name.hpp"
#include "proofs/query/repair.hpp"
#include "proofs/query/report.hpp"
#include "proofs/state/input_error.hpp"
#include "proofs/state/profile.hpp"
#include "proofs/state/text_file.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>
#include <memory>

namespace vmxspec::query {

namespace {

struct Options {
    std::vector<std::string> words;  ///< as given: a file, or a number and what belongs to it
    std::string file;
    std::string section;
    std::string cpu;
    std::string from;
    std::string format = "text";
    std::vector<std::string> assume;
    std::vector<std::string> may_change;
    std::string colour = "auto";
    bool no_repair = false;
    bool explain = false;
};

int code(Decision decision) {
    switch (decision) {
        case Decision::enters: return exit_yes;
        case Decision::fails: return exit_no;
        case Decision::undecided: return exit_undecided;
    }
    return exit_undecided;
}

std::vector<KnownState> chosen(std::vector<KnownState> states, const Options& options) {
    if (options.section.empty()) return states;
    std::vector<std::string> names;
    for (const KnownState& state : states) names.push_back(state.name);
    std::erase_if(states, [&](const KnownState& state) { return state.name != options.section; });
    if (states.empty())
        throw InputError(
            fmt::format("{} has no section {}; it has {}.", options.file, options.section, fmt::join(names, ", ")));
    return states;
}

/// Text that is no UTF-8 comes from a paste, and is no reason to say nothing.
void print(const nlohmann::ordered_json& json) {
    fmt::print("{}\n", json.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace));
}

/// Explains a number without a dump.
int run(const Options& options, const FailureNumber& number) {
    if (options.format == "sarif")
        throw InputError("a number is no dump, which SARIF tells of; take --format text or --format json.");
    const Specification spec;
    const std::vector<Meaning> list = meanings(spec, number);
    if (options.format == "json")
        print(number_json(number, list));
    else
        fmt::print("{}", number_report(number, list, options.explain, Terminal::standard_output(options.colour)));
    return list.front().fails ? exit_no : exit_yes;
}

JudgedDump judged(Specification& spec, KnownState state, const Options& options) {
    const std::string cpu = options.cpu.empty() ? state.processor : options.cpu;
    if (!cpu.empty()) apply(profile(spec.state, cpu), state);
    assume(state, options.assume);
    assume_usual_entry(state);
    Judgement judgement = judge(spec, state);
    RepairOptions wanted;
    for (const std::string& name : options.may_change) wanted.may_change.push_back(resolve(spec.state, name).leaf);
    std::vector<Repair> repair = options.no_repair ? std::vector<Repair>{} : repairs(spec, state, judgement, wanted);
    return {std::move(state), std::move(judgement), std::move(repair)};
}

/// Of all dumps: a failure says more than an open question, which says more than success.
int worst(int one, int other) {
    if (one == exit_no || other == exit_no) return exit_no;
    return std::max(one, other);
}

int run(Options options) {
    // A file that is named like a number is a file.
    if (!std::filesystem::exists(options.words.front()))
        if (const std::optional<FailureNumber> number = failure_number(options.words)) return run(options, *number);
    if (options.words.size() != 1)
        throw InputError(fmt::format("one dump at a time: {} of {} words is too many.", options.words.size() - 1,
                                     options.words.size()));
    options.file = options.words.front();
    const std::string where = options.file == "-" ? "standard input" : options.file;
    const TextOptions text{!options.no_repair, options.explain, Terminal::standard_output(options.colour)};
    Specification spec;
    std::vector<KnownState> states =
        chosen(read_dump(spec.state, read_text(options.file), where, options.from), options);
    std::vector<JudgedDump> dumps;
    int result = exit_yes;
    for (KnownState& state : states) {
        dumps.push_back(judged(spec, std::move(state), options));
        result = worst(result, code(dumps.back().judgement.decision));
        // Text at once, for the next one may take long; the others are one document.
        if (options.format == "text")
            fmt::print("{}{}", dumps.size() > 1 ? "\n" : "", text_report(spec, dumps.back(), text));
    }
    if (options.format == "json") print(json_report(spec, dumps));
    if (options.format == "sarif") print(sarif_report(spec, dumps, options.file, result));
    return result;
}

}  // namespace

void add_why(CLI::App& app, int& exit_code) {
    auto options = std::make_shared<Options>();
    CLI::App* why = app.add_subcommand(
        "why", "Every rule that a VMCS dump breaks, with its place in the manual, values and smallest repair");
    why->add_option("dump", options->words,
                    "Dump of a VMCS, - is standard input; or just a number, as in 0x80000022 qualification 3")
        ->required();
    why->add_option("--section", options->section, "Judge this section of the dump only, such as after02");
    why->add_option("--cpu", options->cpu,
                    "Processor profile by name, or a profile file; what the dump tells comes first");
    why->add_option("--from", options->from, "Format of the dump, if it is not to be recognised");
    why->add_option("--assume", options->assume, "A value that the dump does not show, such as before.efer.lma=1");
    why->add_option("--format", options->format, "Output format")->check(CLI::IsMember({"text", "json", "sarif"}));
    add_colour(*why, options->colour);
    why->add_option("--may-change", options->may_change,
                    "What a repair may change besides VMCS fields and the MSR-load area, such as capability.proc2");
    why->add_flag("--no-repair", options->no_repair, "Do not search for a repair");
    why->add_flag("--explain", options->explain, "Say what words mean, what is taken for granted, and what to do");
    why->callback([options, &exit_code] { exit_code = run(*options); });
}

}  // namespace vmxspec::query
