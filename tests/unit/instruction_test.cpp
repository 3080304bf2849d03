// VMX instructions in traces: read, refused when damaged, judged by the transition that the specification takes.
#include "proofs/query/instruction_divergence.hpp"

#include "proofs/state/input_error.hpp"
#include "proofs/state/profile.hpp"

#include <catch2/catch.hpp>

#include <sstream>

namespace vmxspec::instruction_test {
namespace {

using Catch::Matchers::Contains;
using query::Agreement;

Specification& spec() {
    static Specification the_spec;
    return the_spec;
}

const KnownState& laptop() {
    static const KnownState processor = [] {
        KnownState known{spec().state};
        apply(profile(spec().state, "arrandale"), known);
        return known;
    }();
    return processor;
}

/// The instructions that lines tell of.
std::vector<query::InstructionTrial> read(const std::string& lines) {
    query::InstructionReader reader{spec().state};
    std::istringstream text{lines};
    for (std::string line; std::getline(text, line);) {
        std::istringstream words{line};
        std::string kind;
        words >> kind;
        REQUIRE(query::InstructionReader::knows(kind));
        reader.take(kind, words, laptop());
    }
    return reader.finish();
}

/// An instruction in VMX root operation with a current VMCS, on the recorded laptop.
query::InstructionTrial trial(const std::string& name, const std::string& given, const std::string& left,
                              const std::string& end) {
    return read(
               "circumstances before.in_smm=0 before.in_seam=0 machine.dual_monitor_active=0 operand.is_register=0\n"
               "instruction id " +
               name +
               "\n"
               "given before.in_vmx_operation=1 before.non_root=0 before.cpl=0 before.cs_l=1 before.cr0=80000031\n"
               "given before.efer=500 before.rflags=8d7 before.blocking_by_mov_ss=0 before.current_vmcs=3000\n"
               "given before.launched=0 before.current_is_shadow=0 machine.vmxon_pointer=1000\n"
               "given machine.current_stale=0 information.instruction_error=0 " +
               given +
               "\n"
               "left before.in_vmx_operation=1 " +
               left + "\nended id " + end + "\ninstructions 1\n")
        .front();
}

query::InstructionComparison judge(const query::InstructionTrial& one) {
    return compare(spec(), one, Evaluation{spec().graph, one.state.values()});
}

std::string refusal(const std::string& lines) {
    try {
        (void)read(lines);
    } catch (const InputError& error) {
        return error.what();
    }
    return {};
}

const std::string region = "operand.address=2000 operand.launched=1 operand.stale=0";

}  // namespace

TEST_CASE("an instruction agrees when the transition ends so and leaves so", "[instruction]") {
    struct Row {
        const char* instruction;
        std::string given, left, end;
        const char* taken;
    };
    for (const Row& row : {
             Row{"vmclear", region, "before.current_vmcs=3000 operand.launched=0", "flags 2", "vmclear.clear"},
             Row{"vmclear", "operand.address=2010", "information.instruction_error=2", "flags 42", "vmclear.address"},
             Row{"vmclear", "operand.address=1000", "information.instruction_error=3", "flags 42",
                 "vmclear.vmxon-pointer"},
             Row{"vmclear", region + " before.cpl=3", "", "exception d 0", "vmclear.gp"},
             Row{"vmclear", region + " before.cs_l=0", "", "exception 6 0", "vmclear.ud"},
             Row{"vmclear", region + " before.non_root=1", "before.in_vmx_operation=1", "exit 13 0", "vmclear.exit"},
             Row{"vmlaunch", "checks.controls=1 checks.host_state=1 checks.guest_state=1 checks.msr_load=1",
                 "before.launched=1", "exit 12 0", "vmlaunch.enter"},
             Row{"vmlaunch", "checks.controls=1 checks.host_state=1 checks.guest_state=0", "before.launched=0",
                 "exit 80000021 0", "vmlaunch.guest-state"},
             Row{"vmlaunch", "before.launched=1", "information.instruction_error=4", "flags 42",
                 "vmlaunch.fail4.launch-not-clear"},
         }) {
        const query::InstructionTrial one = trial(row.instruction, row.given, row.left, row.end);
        const query::InstructionComparison comparison = judge(one);
        INFO(row.taken << ": " << comparison.difference);
        CHECK(comparison.agreement == Agreement::agrees);
        REQUIRE(comparison.taken != nullptr);
        CHECK(comparison.taken->id == row.taken);
    }
}

TEST_CASE("what differs is told: the end, the error number, what is left", "[instruction]") {
    struct Row {
        const char* instruction;
        std::string given, left, end;
        const char* seen;
        const char* difference;
    };
    for (const Row& row : {
             Row{"vmclear", region, "", "exception 6 0", "#UD", "vmclear.clear: the manual says VMsucceed"},
             Row{"vmclear", "operand.address=2010", "information.instruction_error=3", "flags 42", "VMfailValid 3",
                 "vmclear.address: the manual says VMfailValid 2"},
             Row{"vmclear", "operand.address=2010", "", "flags 3", "VMfailInvalid",
                 "vmclear.address: the manual says VMfailValid 2"},
             Row{"vmclear", "operand.address=2010 before.current_vmcs=ffffffffffffffff", "", "flags 42", "VMfailValid",
                 "vmclear.address: the manual says VMfailInvalid"},
             Row{"vmclear", region, "operand.launched=1", "flags 2", "VMsucceed; operand.launched = 1H",
                 "vmclear.clear: operand.launched is then 0H"},
             Row{"vmclear", region, "", "flags 8d7", "no flag changed", "vmclear.clear: the manual says VMsucceed"},
             Row{"vmclear", region + " before.non_root=1", "", "exit 15 0", "exit reason 21",
                 "vmclear.exit: the manual says exit reason 19"},
             Row{"vmclear", region + " before.cpl=3", "", "exception d 8", "#GP(8H)",
                 "vmclear.gp: the manual says #GP(0)"},
         }) {
        const query::InstructionComparison comparison = judge(trial(row.instruction, row.given, row.left, row.end));
        CHECK(comparison.agreement == Agreement::differs);
        CHECK(comparison.seen == row.seen);
        CHECK(comparison.difference == row.difference);
    }
}

TEST_CASE("nothing is assumed of what a trace does not tell", "[instruction]") {
    const query::InstructionComparison comparison = judge(trial("vmclear", "", "", "flags 2"));
    CHECK(comparison.agreement == Agreement::undecided);
    CHECK(comparison.taken == nullptr);
    CHECK(comparison.difference == "whether vmclear.address applies depends on operand.address");
}

TEST_CASE("damaged lines are refused, each in its words", "[instruction]") {
    CHECK(refusal("instruction a vmclear\n") ==
          "the instructions are incomplete: the line \"instructions N\" is missing.");
    CHECK(refusal("instruction a vmclear\ninstructions 1\n") == "the instruction a has no end.");
    CHECK(refusal("instruction a vmclaer\n") == "no instruction is named \"vmclaer\".");
    CHECK(refusal("instruction a\n") == "an instruction without id or name.");
    CHECK(refusal("given before.cpl=0\n") == "\"given\" outside of an instruction.");
    CHECK(refusal("instruction a vmclear\ngiven before.ring=0\n") == "nothing is named before.ring.");
    CHECK(refusal("instruction a vmclear\ngiven before.cpl\n") == "\"before.cpl\" is not key=value.");
    CHECK(refusal("instruction a vmclear\ngiven before.cpl=4\n") == "4 does not fit before.cpl.");
    CHECK(refusal("instruction a vmclear\nended b flags 2\n") == "the end of b inside the instruction a.");
    CHECK(refusal("instruction a vmclear\nended a fault 2\n") == "\"fault\" is no end of an instruction.");
    CHECK(refusal("instruction a vmclear\nended a exit 2\n") == "\"\" is not a hexadecimal number.");
    CHECK(refusal("instruction a vmclear\nended a flags 2\ninstructions 2\n") ==
          "the trace says that it has 2 instructions, but 1 are in it.");
}

TEST_CASE("an instruction that was not tried has the reason", "[instruction]") {
    const auto trials = read("instruction a vmfunc\nended a untried secondary-controls\ninstructions 1\n");
    REQUIRE(trials.size() == 1);
    CHECK(trials.front().ending == query::SeenEnding::untried);
    CHECK(to_text(trials.front()) == "not tried: secondary-controls");
}

TEST_CASE("a known divergence explains its difference, and is missed where it is not seen", "[instruction]") {
    const std::string file =
        R"({"instructions": [{"transition": "vmclear.address", "instruction": "^id$", "seen": "^VMsucceed$",)"
        R"( "where": "before.cpl = 0", "manual": "m", "machine": "n", "evidence": "e"}],)"
        R"( "unreached": [{"transitions": ["vmcall.activate"], "reason": "r"}]})";
    query::InstructionKnowledge known = query::parse_instruction_knowledge(spec(), file, "file");
    REQUIRE(known.divergences.size() == 1);
    REQUIRE(known.unreached.size() == 1);
    const auto explained = [&](const std::string& left, const std::string& end) {
        const query::InstructionTrial one = trial("vmclear", "operand.address=2010", left, end);
        return explain(known.divergences, one, judge(one), Evaluation{spec().graph, one.state.values()}) != nullptr;
    };
    CHECK(explained("", "flags 2"));
    CHECK(known.divergences.front().shown == 1);
    CHECK_FALSE(explained("", "exception 6 0"));
    CHECK(known.divergences.front().vanished == 0);
    CHECK_FALSE(explained("information.instruction_error=2", "flags 42"));
    CHECK(known.divergences.front().vanished == 1);
}

TEST_CASE("what is known of a machine is refused when it says too little", "[instruction]") {
    const auto refuses = [](const std::string& file) {
        try {
            (void)query::parse_instruction_knowledge(spec(), file, "file");
        } catch (const InputError& error) {
            return std::string{error.what()};
        }
        return std::string{};
    };
    CHECK(refuses(R"({"instructions": [{"transition": "vmclear.adress"}]})") ==
          "file: no transition is named \"vmclear.adress\".");
    CHECK(refuses(R"({"instructions": [{"transition": "vmclear.address", "seen": "["}]})") ==
          "file: \"[\" is no regular expression.");
    CHECK_THAT(refuses(R"({"instructions": [{"transition": "vmclear.address"}]})"), Contains("a divergence needs"));
    CHECK_THAT(refuses(R"({"unreached": [{"transitions": ["vmclear.address"]}]})"),
               Contains("what is not reached needs"));
    CHECK(refuses(R"({"unreached": {}})") == "file: \"unreached\" is no list.");
}

}  // namespace vmxspec::instruction_test
