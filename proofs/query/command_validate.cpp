#include "proofs/query/command.hpp"
#include "proofs/query/trace.hpp"
#include "proofs/state/text_file.hpp"

#include <fmt/format.h>

#include <memory>

namespace vmxspec::query {

namespace {

int run(const std::string& file) {
    const Specification spec;
    const Trace trace = read_trace(spec.state, read_text(file), file == "-" ? "standard input" : file);
    std::size_t count[3]{};
    std::size_t predictions = 0;
    for (const TraceEntry& entry : trace.entries) {
        const Comparison comparison = compare(spec, entry);
        ++count[static_cast<std::size_t>(comparison.agreement)];
        predictions += entry.predicted ? 1 : 0;
        const char* words[] = {"agrees", "DIFFERS", "undecided"};
        std::string rules;
        for (const Finding& finding : comparison.judgement.violated)
            rules += fmt::format("{}{}", rules.empty() ? " by " : ", ", finding.rule->id);
        fmt::print("{:9} {:24} {}\n", words[static_cast<std::size_t>(comparison.agreement)], entry.id,
                   comparison.difference.empty() ? to_text(entry.observed) + rules : comparison.difference);
    }
    fmt::print(
        "{}: {} VM entries, {} of them with the generated code's prediction: {} agree, {} differ, {} cannot be "
        "judged.\n",
        trace.processor, trace.entries.size(), predictions, count[0], count[1], count[2]);
    if (trace.not_tried != 0)
        fmt::print("{} more were not tried: the processor's VMCS lacks a field of them.\n", trace.not_tried);
    if (count[1] != 0) return exit_no;
    return count[2] != 0 ? exit_undecided : exit_yes;
}

}  // namespace

void add_validate(CLI::App& app, int& exit_code) {
    auto file = std::make_shared<std::string>();
    CLI::App* validate =
        app.add_subcommand("validate", "Compare a trace of VM entries that a machine made with the specification");
    validate->add_option("trace", *file, "Trace of the probe kernel; - is standard input")->required();
    validate->callback([file, &exit_code] { exit_code = run(*file); });
}

}  // namespace vmxspec::query
