#include "proofs/query/command.hpp"
#include "proofs/query/processor_report.hpp"
#include "proofs/query/trace.hpp"
#include "proofs/state/input_error.hpp"
#include "proofs/state/live_processor.hpp"
#include "proofs/state/text_file.hpp"

#include <fmt/format.h>

#include <memory>

namespace vmxspec::query {

namespace {

struct Options {
    std::string processor;
    std::string trace;
    std::string name;
    std::string title;
    std::string origin;
    std::string kind;
    std::string format = "text";
    bool live = false;
};

int run(const Options& options) {
    Graph graph;
    const State state{graph};
    if (options.processor.empty() && options.trace.empty() && !options.live) {
        for (const std::string& name : profile_names()) {
            const Profile one = profile(state, name);
            fmt::print("{:26} {:9} {}\n", name, to_text(one.kind), one.title);
        }
        return exit_yes;
    }
    const bool made = options.live || !options.trace.empty();
    Profile one;
    if (options.live) {
        auto [read, differences] = read_profile(state, this_machine());
        one = std::move(read);
        for (const std::string& sentence : differences) fmt::print(stderr, "vmxspec: {}\n", sentence);
    } else if (!options.trace.empty()) {
        one = read_trace(Specification{}, read_text(options.trace), options.trace).machine;
    } else {
        one = profile(state, options.processor);
    }
    if (!options.name.empty()) one.name = options.name;
    if (!options.title.empty()) one.title = options.title;
    if (!options.origin.empty()) one.origin = options.origin;
    if (!options.kind.empty()) one.kind = profile_kind(options.kind);
    fmt::print("{}", made || options.format == "json" ? profile_json(state, one) : processor_report(state, one));
    return exit_yes;
}

}  // namespace

void add_cpu(CLI::App& app, int& exit_code) {
    auto options = std::make_shared<Options>();
    CLI::App* cpu = app.add_subcommand("cpu", "Processor profiles: list them, show one, make one of a processor");
    CLI::Option* shown = cpu->add_option("processor", options->processor, "Profile to show: its name, or a file");
    CLI::Option* live = cpu->add_flag("--live", options->live,
                                      "Print the profile of this machine's processor, from CPUID and /dev/cpu/*/msr");
    CLI::Option* trace =
        cpu->add_option("--trace", options->trace, "Print the profile of the processor that made a probe's trace");
    live->excludes(shown)->excludes(trace);
    trace->excludes(shown);
    cpu->add_option("--name", options->name, "Name of the profile that is printed");
    cpu->add_option("--title", options->title, "Title of the profile that is printed");
    cpu->add_option("--origin", options->origin, "Where its values come from");
    cpu->add_option("--kind", options->kind, "recorded, emulated or generic");
    cpu->add_option("--format", options->format, "Output format")->check(CLI::IsMember({"text", "json"}));
    cpu->callback([options, &exit_code] { exit_code = run(*options); });
}

}  // namespace vmxspec::query
