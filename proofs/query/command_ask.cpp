#include "proofs/query/answer.hpp"
#include "proofs/query/command.hpp"
#include "proofs/query/terminal.hpp"

#include <fmt/format.h>

#include <memory>

namespace vmxspec::query {

namespace {

struct Options {
    std::string given;
    std::string then;
    std::string cpu;
    std::string format = "text";
    std::string colour = "auto";
    bool all = false;
};

constexpr const char* language = R"(The little language (proofs/query/README.md has all of it, with examples):
  guest.cr0  GUEST_CR0  guest.cr0.PG  guest.rip[63:32]  entry.load_efer  processor.intel64   VMCS and processor
  before.efer  after.efer  after.cs.access_rights                    registers before and after the VM entry
  exiting.cr0  after_exit.cr0  after_exit.vmcs.exit_reason           the same of a VM exit
  after_failure.cr3                                                  after a VM entry that fails
  31  0x1F  1FH     =  !=  <  <=  >  >=     not  and  or  implies  ,  ( )
A name of one bit may stand alone. Bits that the manual leaves undefined have any value.)";

int run(const Options& options) {
    Specification spec;
    const Question asked = question(spec, options.given, options.then, options.cpu);
    const Answer told = answer(spec, asked);
    fmt::print("{}", options.format == "json"
                         ? json_answer(asked, told)
                         : text_answer(asked, told, options.all, Terminal::standard_output(options.colour)));
    switch (told.verdict) {
        case proofs::Verdict::proven: return exit_yes;
        case proofs::Verdict::refuted: return exit_no;
        case proofs::Verdict::unknown: break;
    }
    return exit_undecided;
}

}  // namespace

void add_ask(CLI::App& app, int& exit_code) {
    auto options = std::make_shared<Options>();
    CLI::App* ask = app.add_subcommand(
        "ask", "Ask the manual: does every VM entry with this establish that? Proven, or a counterexample");
    ask->add_option("--given", options->given, "What holds, such as 'entry.ia32e_mode_guest = 0 and guest.cr0.PG'");
    ask->add_option("--then", options->then, "What to prove, such as 'after.efer.LME = 0'")->required();
    ask->add_option("--cpu", options->cpu, "On this processor only: profile by name, or a profile file");
    ask->add_option("--format", options->format, "Output format")->check(CLI::IsMember({"text", "json"}));
    add_colour(*ask, options->colour);
    ask->add_flag("--all", options->all, "Show every value of a counterexample that is not 0");
    ask->footer(language);
    ask->callback([options, &exit_code] { exit_code = run(*options); });
}

}  // namespace vmxspec::query
