// The little language of questions: syntax, names, what they mean, answers.
#include "proofs/query/answer.hpp"
#include "proofs/state/input_error.hpp"
#include "spec/lang/known.hpp"

#include <nlohmann/json.hpp>

#include <catch2/catch.hpp>

namespace vmxspec::question_test {
namespace {

using Catch::Matchers::Contains;
using proofs::Verdict;

Bool meaning(Specification& spec, const std::string& text) {
    query::Vocabulary names{spec};
    return query::parse_question(spec, names, text, "--then");
}

query::Answer answered(const std::string& given, const std::string& then, const std::string& cpu = "") {
    Specification spec;
    return query::answer(spec, query::question(spec, given, then, cpu));
}

/// The value that the counterexample has for the name, or nothing.
std::optional<std::uint64_t> value(const query::Answer& answer, const std::string& name) {
    for (const query::AnsweredValue& one : answer.values)
        if (one.leaf.name == name) return one.value;
    return std::nullopt;
}

}  // namespace

TEST_CASE("questions that cannot be understood are answered with the place and what is expected", "[question]") {
    const auto [text, words] = GENERATE(table<std::string, std::string>({
        {"guest.cr0", "--then, column 1: guest.cr0 has 64 bits and compares nothing"},
        {"7", "--then, column 1: 7 has 64 bits and compares nothing"},
        {"guest.cr0.PG=", "--then, column 14: a name or a number is expected, to compare guest.cr0.PG with, but the"},
        {"=1", "--then, column 1: a comparison is expected, such as guest.cr0.PG = 1, but \"=\" stands there."},
        {"guest.cr0.PG=1,,guest.cr0.PE=1", "column 16: a comparison is expected"},
        {"guest.cr0.PG=1,", "column 16: a comparison is expected"},
        {"guest.cr0.PG=1 guest.cr0.PE=1",
         "column 16: a comma, and, or, implies or the end of the question is expected"},
        {"0 < guest.cr0 < 5", "column 15: a comma, and, or"},
        {"guest.cr0.PG=1x", "--then, column 14: \"1x\" is not a number"},
        {"guest.cr0=0x10000000000000000", "more than 64 bits"},
        {"guest.cr0.PG=2", "column 14: 2 does not fit: guest.cr0.PG has 1 bit."},
        {"10000H = guest.cs_selector", "column 1: 10000H does not fit: guest.cs_selector has 16 bits."},
        {"guest.nothing=1", "--then, column 1: nothing is named guest.nothing; the nearest name is guest."},
        {"guest.cr0.PE=1, guest.cr0.PX=1", "column 17: nothing is named guest.cr0.PX; the nearest name is guest.cr0.p"},
        {"guest.vpid=1", "the nearest name is control.vpid."},
        {"after.efer.XYZ=1", "nothing is named after.efer.XYZ; the nearest name is after.efer."},
        {"after.cs.bas=1", "the nearest name is after.cs.base."},
        {"after_exit.vmcs.exit_reson=1", "the nearest name is after_exit.vmcs.exit_reason."},
        {"AFTER.nothing=1", "nothing is named AFTER.nothing; the nearest name is after."},
        {"msr_entry.data=1", "nothing is named msr_entry.data"},
        {"msr_entry[4].data=1", "nothing is named msr_entry[4].data"},
        {"operand.vmcs=1", "nothing is named operand.vmcs"},
        {"undefined.after.rsp=1", "nothing is named undefined.after.rsp"},
        {"guest.cr0[64]=1", "column 11: the number of a bit is expected, 0 to 63, but \"64\" stands there."},
        {"guest.cr0[0:31]=1", "column 1: bits are written high to low, such as [31:0]."},
        {"guest.cr0[31:0=1", "column 15: the closing bracket of a bit range is expected"},
        {"guest.cs_selector[16]=1", "column 1: guest.cs_selector has bits 15:0."},
        {"guest.rflags.IOPL[2]=1", "guest.rflags.IOPL has bits 1:0."},
        {"(guest.cr0.PG=1", "column 16: a closing parenthesis is expected, but the text ends."},
        {"guest.cr0.PG=1)", "column 15: a comma, and, or"},
        {"not", "column 4: a comparison is expected, such as guest.cr0.PG = 1, but the text ends."},
        {"guest.cr0.PG and", "column 17: a comparison is expected"},
        {"guest.cr0.PG implies", "column 21: a comparison is expected"},
        {"and guest.cr0.PG", "column 1: a comparison is expected, such as guest.cr0.PG = 1, but \"and\" stands there."},
        {"guest.cr0.PG = or", "column 16: a name or a number is expected"},
        {"guest.cr0 & 1", "column 11: a name, a number or a sign of comparison is expected"},
        {"guest.cr0 = \xe2\x80\x9c", "column 13: a name, a number"},
        {"()", "column 2: a comparison is expected"},
    }));
    CAPTURE(text);
    Specification spec;
    CHECK_THROWS_AS(meaning(spec, text), InputError);
    CHECK_THROWS_WITH(meaning(spec, text), Contains(words));
    CHECK_THROWS_WITH(meaning(spec, text), Catch::Matchers::EndsWith("."));
}

TEST_CASE("a question is refused before it exhausts the stack or the clock", "[question]") {
    Specification spec;
    const std::string many(100'000, '(');
    CHECK_THROWS_WITH(meaning(spec, many), Contains("nested more than"));
    std::string negations;
    std::string implications;
    for (int k = 0; k < 10'000; ++k) {
        negations += "not ";
        implications += "guest.cr0.PE => ";
    }
    CHECK_THROWS_WITH(meaning(spec, negations), Contains("nested more than"));
    CHECK_THROWS_WITH(meaning(spec, implications), Contains("nested more than"));
    CHECK_THROWS_WITH(meaning(spec, std::string(1'000'000, 'a')), Contains("a word of 1000000 characters"));
}

TEST_CASE("a question without a claim, on an unknown processor, or of two kinds of transition", "[question]") {
    Specification spec;
    CHECK_THROWS_WITH(query::question(spec, "guest.cr0.PG=1", " ", ""), Contains("--then is empty"));
    CHECK_THROWS_WITH(query::question(spec, "", "after.cr0.PE=1", "i386"), Contains("i386") && Contains("arrandale"));
    CHECK_THROWS_WITH(query::question(spec, "after.cr0.PE", "after_failure.cr0.PE", ""), Contains("ask them apart"));
    CHECK_THROWS_WITH(query::question(spec, "exiting.failure_reason=33", "after_exit.cr0.PE", ""),
                      Contains("ask them apart"));
}

TEST_CASE("what a question is about follows from the names in it", "[question]") {
    const auto [given, then, about] = GENERATE(table<std::string, std::string, query::Transition>({
        {"", "guest.cr0.PE", query::Transition::entry},
        {"before.efer.LMA", "after.cr0.PE", query::Transition::entry},
        {"exiting.cr0.PG", "guest.cr0.PE", query::Transition::exit},
        {"after.cr0.PG", "after_exit.cr0.PE", query::Transition::exit},
        {"", "after_failure.cr0.PE", query::Transition::failure},
        {"exiting.failure_reason = 33", "guest.cr0.PE", query::Transition::failure},
    }));
    CAPTURE(given, then);
    Specification spec;
    CHECK(query::question(spec, given, then, "").about == about);
}

TEST_CASE("comparisons and connectives mean what they say", "[question]") {
    Specification spec;
    const auto [text, cr0, expected] = GENERATE(table<std::string, std::uint64_t, bool>({
        {"guest.cr0 = 21H", 0x21, true},
        {"guest.cr0 == 33", 0x21, true},
        {"guest.cr0 != 0x21", 0x21, false},
        {"guest.cr0 < 0x22", 0x21, true},
        {"guest.cr0 < 0x21", 0x21, false},
        {"guest.cr0 <= 0x21", 0x21, true},
        {"guest.cr0 > 0x20", 0x21, true},
        {"0x21 >= guest.cr0", 0x21, true},
        {"guest.cr0 = C0000080H", 0xc0000080, true},
        {"guest.cr0.PE=1, guest.cr0.NE=1", 0x21, true},
        {"guest.cr0.PE=1, guest.cr0.PG=1", 0x21, false},
        {"guest.cr0.PE = guest.cr0.NE", 0x21, true},
        {"guest.cr0.PE", 0x21, true},
        {"not guest.cr0.PE", 0x21, false},
        {"GUEST_CR0.PE and GUEST_CR0 = 21H", 0x21, true},
        {"VMX_VMCS_GUEST_CR0.pg", 0x21, false},
        {"", 0x21, true},
        {"  ", 0x21, true},
        {"guest.cr0[5:0] = 21H", 0xabcd21, true},
        {"guest.cr0[15:8] = CDH", 0xabcd21, true},
        {"guest.cr0[5]", 0x21, true},
        {"guest.cr0[63:32] = 0", 0x21, true},
        {"after.cr0.PG=1", 0x80000021, true},
        {"AFTER.CR0.pg=0", 0x80000021, false},
        {"after.cr0[31]", 0x80000021, true},
        // Precedence: not, and, or, implies (to the right), comma.
        {"guest.cr0.PG and guest.cr0.PE or guest.cr0.NE", 0x20, true},
        {"guest.cr0.NE or guest.cr0.PE and guest.cr0.PG", 0x20, true},
        {"(guest.cr0.NE or guest.cr0.PE) and guest.cr0.PG", 0x20, false},
        {"not guest.cr0.PE and guest.cr0.PG", 0x20, false},
        {"not (guest.cr0.PE and guest.cr0.PG)", 0x20, true},
        {"guest.cr0.PG implies guest.cr0.PE", 0x20, true},
        {"guest.cr0.NE implies guest.cr0.PE", 0x20, false},
        {"guest.cr0.NE => guest.cr0.PE", 0x20, false},
        {"guest.cr0.PG => guest.cr0.PE => guest.cr0.PG", 0x20, true},
        {"guest.cr0.NE implies guest.cr0.PE or guest.cr0.NE", 0x20, true},
        {"guest.cr0.NE, guest.cr0.PG implies guest.cr0.PE", 0x20, true},
        {"guest.cr0.PG, guest.cr0.PG implies guest.cr0.PE", 0x20, false},
        {"NOT guest.cr0.PE AND (guest.cr0.NE OR guest.cr0.PG, guest.cr0.NE)", 0x20, true},
    }));
    CAPTURE(text);
    const Bool condition = meaning(spec, text);
    std::vector<Known> leaves(spec.state.leaves().size());
    leaves[spec.state.leaf("guest.cr0")] = Known::exactly(cr0, 64);
    CHECK(Evaluation{spec.graph, leaves}.truth(condition.id()) == expected);
}

TEST_CASE("does an entry without IA-32e and EFER load clear LME? With paging it does", "[question][slow]") {
    CHECK(answered("entry.ia32e_mode_guest=0, guest.cr0.PG=1, entry.load_efer=0", "after.efer.LME=0", "arrandale")
              .verdict == Verdict::proven);
}

TEST_CASE("without paging it does not: a counterexample with LME set before", "[question][slow]") {
    const query::Answer answer =
        answered("entry.ia32e_mode_guest=0, guest.cr0.PG=0, entry.load_efer=0", "after.efer.LME=0", "arrandale");
    CHECK(answer.verdict == Verdict::refuted);
    CHECK((value(answer, "before.efer").value_or(0) & 0x100) != 0);
    CHECK((value(answer, "guest.cr0").value_or(~0ULL) & 0x80000000) == 0);
    CHECK((value(answer, "after.efer").value_or(0) & 0x100) != 0);
    CHECK_FALSE(answer.by_undefined);
}

TEST_CASE("what no entry has is not proven", "[question][slow]") {
    const query::Answer answer = answered("guest.cr0.PG=1, guest.cr0.PE=0", "after.efer.LME=0", "arrandale");
    CHECK(answer.verdict == Verdict::unknown);
    CHECK(answer.reason == "no VM entry that succeeds has what is given");
}

TEST_CASE("what the manual says of entries, exits and failures is proven", "[question][slow]") {
    const auto [given, then] = GENERATE(table<std::string, std::string>({
        {"", "guest.cr0.PG implies guest.cr0.PE"},
        {"entry.ia32e_mode_guest and guest.cs_access_rights.L",
         "after.rsp = guest.rsp and not guest.cs_access_rights.D/B"},
        {"processor.intel64, entry.load_debug_controls", "after.rflags[1], after.dr7[63:32] = 0, after.dr7[10]"},
        {"", "after.cr0.CD = before.cr0.CD"},
        {"not entry.load_pat, entry_msr_load_count = 0", "after.pat = before.pat"},
        {"processor.intel64", "after_exit.efer.LMA = exit.host_address_space_size"},
        {"", "after_exit.vmcs.injected_event[31] = 0, after_exit.dr7 = 400H, not after_exit.blocking.sti"},
        {"", "after_failure.exit_reason[31], after_failure.vmcs.injected_event = control.injected_event"},
    }));
    CAPTURE(given, then);
    CHECK(answered(given, then).verdict == Verdict::proven);
}

TEST_CASE("what the manual does not say is refuted", "[question][slow]") {
    const query::Answer area = answered("entry.load_pat", "after.pat = guest.pat");
    CHECK(area.verdict == Verdict::refuted);  // the MSR-load area comes later
    CHECK(value(area, "control.entry_msr_load_count") == 1);
    CHECK(value(area, "msr_entry[0].index") == 0x277);
    CHECK(value(area, "after.pat") != value(area, "guest.pat"));
    CHECK_FALSE(area.by_undefined);

    const query::Answer exit = answered("", "after_exit.pat = exiting.pat");
    CHECK(exit.verdict == Verdict::refuted);
    CHECK(value(exit, "after_exit.pat") != value(exit, "exiting.pat"));
}

TEST_CASE("a claim that depends on undefined bits is refuted with that said", "[question][slow]") {
    Specification spec;
    const query::Question question = query::question(spec, "processor.intel64", "after.rsp = guest.rsp", "");
    const query::Answer answer = query::answer(spec, question);
    CHECK(answer.verdict == Verdict::refuted);
    CHECK(answer.by_undefined);
    CHECK(answer.holds_where_defined);
    const std::string text = query::text_answer(question, answer, false);
    CHECK_THAT(text, Contains(", for the manual leaves it undefined, for example with\n"));
    CHECK_THAT(text, Contains("the manual leaves bits 63:32 of after.rsp undefined here (SDM 29.3.2.3 "));
    CHECK_THAT(text, Contains("where the manual defines what is asked, it is proven"));
    const nlohmann::json json = nlohmann::json::parse(query::json_answer(question, answer));
    CHECK(json["by_undefined"] == true);
    CHECK(json["holds_where_defined"] == true);
    CHECK(json["counterexample"].back()["name"] == "after.rsp");
    CHECK(json["counterexample"].back()["undefined"] == "0xffffffff00000000");
}

TEST_CASE("a claim that is false also where bits are defined is refuted by defined bits", "[question][slow]") {
    const query::Answer answer = answered("processor.intel64", "after.rsp = 0");
    CHECK(answer.verdict == Verdict::refuted);
    CHECK_FALSE(answer.by_undefined);
    CHECK_FALSE(answer.holds_where_defined);
    CHECK(value(answer, "after.rsp").value_or(0) != 0);
}

TEST_CASE("an answer as JSON", "[question][slow]") {
    Specification spec;
    const query::Question question = query::question(spec, "", "guest.cr0.PE", "arrandale");
    const query::Answer answer = query::answer(spec, question);
    const nlohmann::json json = nlohmann::json::parse(query::json_answer(question, answer));
    CHECK(json["about"] == "VM entry");
    CHECK(json["then"] == "guest.cr0.PE");
    CHECK(json["processor"] == "arrandale");
    CHECK(json["verdict"] == "refuted");
    CHECK(json["counterexample"][0]["name"] == "guest.cr0");
    CHECK(json["counterexample"][0]["asked"] == true);
}

}  // namespace vmxspec::question_test
