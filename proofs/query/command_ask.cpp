#include "proofs/query/command.hpp"
#include "proofs/query/question.hpp"
#include "proofs/query/report.hpp"
#include "proofs/query/terminal.hpp"

#include <fmt/format.h>

#include <memory>

namespace vmxspec::query {

namespace {

struct Options {
    std::string given;
    std::string then;
    std::string cpu;
    std::string colour = "auto";
    bool all = false;
};

int run(const Options& options) {
    Specification spec;
    const Terminal terminal = Terminal::standard_output(options.colour);
    const auto line = [&](const std::string& content) { fmt::print("{}\n", terminal.wrapped(content)); };
    const proofs::Theorem theorem = question(spec, options.given, options.then, options.cpu);
    const proofs::Proof proof = proofs::Prover{spec}.prove(theorem);
    const std::string condition = options.given.empty() ? "" : fmt::format(" with {}", options.given);
    const std::string scope = fmt::format("on {}, MSR-load area of at most {} entries",
                                          options.cpu.empty() ? "every processor" : options.cpu, most_msr_entries);
    switch (proof.verdict) {
        case proofs::Verdict::proven:
            line(fmt::format("{} every VM entry{} that succeeds establishes {}",
                             terminal.styled(Tone::success, "proven:"), condition, options.then));
            line(fmt::format("  ({}; {:.1f} s)", scope, proof.seconds));
            return exit_yes;
        case proofs::Verdict::refuted:
            line(fmt::format("{} a VM entry{} can succeed without {}, for example with",
                             terminal.styled(Tone::failure, "refuted:"), condition, options.then));
            for (std::size_t k = 0; k < proof.counterexample.size(); ++k) {
                const Leaf& leaf = spec.state.leaves()[proof.counterexample[k].leaf];
                const bool of_area = leaf.name.starts_with("msr_entry") || leaf.name == "control.entry_msr_load_count";
                if (of_area && proof.counterexample[k].value == 0) continue;
                if (k < proof.shown || options.all)
                    line(fmt::format("  {} = {}", leaf.name, value_text(leaf, proof.counterexample[k].value)));
            }
            if (!options.all) line("  and what any VM entry needs (--all shows it)");
            line(fmt::format("  ({}; {:.1f} s)", scope, proof.seconds));
            return exit_no;
        case proofs::Verdict::unknown:
            line(fmt::format("{} {}.", terminal.styled(Tone::open, "undecided:"),
                             proof.trouble == "the assumptions contradict each other"
                                 ? "no VM entry that succeeds has what is given"
                                 : proof.trouble));
            return exit_undecided;
    }
    return exit_undecided;
}

}  // namespace

void add_ask(CLI::App& app, int& exit_code) {
    auto options = std::make_shared<Options>();
    CLI::App* ask = app.add_subcommand(
        "ask", "Ask the manual: does every VM entry with this establish that? Proven, or a counterexample");
    ask->add_option("--given", options->given,
                    "Comparisons that hold, such as 'entry.ia32e_mode_guest=0, guest.cr0.PG=1'");
    ask->add_option("--then", options->then, "Comparisons to prove, such as 'after.efer.LME=0'")->required();
    ask->add_option("--cpu", options->cpu, "On this processor only: profile by name, or a profile file");
    add_colour(*ask, options->colour);
    ask->add_flag("--all", options->all, "Show every value of a counterexample that is not 0");
    ask->callback([options, &exit_code] { exit_code = run(*options); });
}

}  // namespace vmxspec::query
