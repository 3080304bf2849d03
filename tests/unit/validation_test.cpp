// Validation: what an emulator says matched to rules, counts of checks, reasons for what is not exercised, and shards
// that add up to the whole.
#include "proofs/validation/validation.hpp"
#include "proofs/state/input_error.hpp"
#include "proofs/validation/verdict.hpp"
#include "proofs/vectors/generation.hpp"
#include "proofs/vectors/profile_base.hpp"
#include "proofs/vectors/vector_file.hpp"
#include "tests/unit/fixture.hpp"

#include <fmt/format.h>
#include <catch2/catch.hpp>

#include <array>

namespace vmxspec::validation_test {
namespace {

using Catch::Matchers::Contains;
using validation::Exercised;
using validation::Result;

/// A machine that was never run: two entries that succeed and two that fail, each as the manual says.
struct Fixture {
    Specification spec;
    query::Trace trace;
    validation::Knowledge known;

    Fixture() {
        trace.processor = "a laptop";
        trace.model = "model";
        trace.version = "it 1";
        add("base", {});
        add("other", {{"guest.rip", "0x401000"}});
        add("cr0", {{"guest.cr0", "0x80000034"}}, "bad CR0");
        add("dr7", {{"guest.dr7", "0x100000400"}}, "bad DR7");
        known.messages = std::make_unique<query::Messages>(spec, messages, "it");
    }

    void add(const std::string& id, const std::vector<std::pair<std::string, std::string>>& settings,
             const std::string& said = {}) {
        query::TraceEntry entry{
            id, test::entry_of(spec.state, test::changed(test::fixture_json("virtualbox-before02"), settings)),
            {}, {},
            {}, {},
            {}, {}};
        entry.observed.number = 18;
        if (!said.empty()) {
            entry.observed.number = 0x80000021;
            entry.observed.channel = Channel::entry_failure;
            entry.said = {said};
        }
        trace.entries.push_back(std::move(entry));
    }

    static constexpr std::string_view messages = R"({"format": "vmxspec-messages", "messages": [
        {"text": "bad {}", "of": ["DR7"], "rules": ["guest.{}.high"]},
        {"text": "bad CR[0-9]", "rules": ["guest.cr0.pg-pe", "guest.cr3.width"]},
        {"text": "it rains", "rules": []}]})";

    Result run(const vectors::VectorSet& set = {}) {
        return validation::validate(spec, trace, known, set, [](const validation::Look&) {});
    }
};

}  // namespace

TEST_CASE("what an emulator says must name a rule that is broken", "[validation]") {
    Fixture f;
    Result result = f.run();
    CHECK(result.agree == 4);
    CHECK(result.open == 0);
    CHECK(result.rules.at("guest.cr0.pg-pe").broken == 1);
    CHECK(result.rules.at("guest.dr7.high").broken == 1);
    const auto difference = [&](const std::vector<std::string>& said) {
        f.trace.entries.back().said = said;
        const Result changed = f.run();
        return changed.differences.empty() ? "" : changed.differences.front().difference;
    };
    CHECK(difference({"it rains", "bad DR7"}).empty());
    CHECK_THAT(difference({"bad CR0"}),
               Contains("\"bad CR0\", which is guest.cr0.pg-pe or guest.cr3.width; broken is guest.dr7.high"));
    CHECK_THAT(difference({"bad weather"}), Contains("nobody knows what it 1 says: \"bad weather\""));
    CHECK_THAT(difference({}), Contains("it 1 does not say why the entry fails"));
    f.trace.version.clear();  // hardware says nothing
    CHECK(difference({}).empty());
    CHECK_THROWS_WITH(query::Messages(f.spec, R"({"format": "vmxspec-messages", "messages":
        [{"text": "x", "rules": ["guest.nothing"]}]})",
                                      "it"),
                      Contains("no rule is named guest.nothing"));
    CHECK_THROWS_WITH(query::Messages(f.spec, "{}", "it"), Contains("no list of messages"));
}

TEST_CASE("a check is exercised if one entry breaks it and another keeps it where it applies", "[validation]") {
    Fixture f;
    vectors::VectorSet set;
    set.digest = "d";
    set.left_out = {{"basic.gp.cpl", false, vectors::LeftOut::Kind::never, true, {}, "the probe"},
                    {"guest.uinv", false, vectors::LeftOut::Kind::never, false, {}, "no UINV"},
                    {"guest.uinv", true, vectors::LeftOut::Kind::never, false, {}, "no UINV"},
                    {"guest.cr0.pg-pe", false, vectors::LeftOut::Kind::never, false, {}, "wrong"}};
    const Result result = f.run(set);
    const validation::Unexercised list{f.spec, R"({"format": "vmxspec-unexercised", "checks": [
        {"rules": ["ctl.pin.reserved"], "models": ["model"], "reason": "listed"},
        {"rules": ["guest.dr7.high"], "models": "all", "reason": "no need"},
        {"rules": ["guest.cr3.width"], "models": ["another"], "reason": "not of this one"}]})",
                                       "it"};
    std::map<std::string, validation::Exercising> found;
    for (const validation::Exercising& one : validation::exercising(result, list)) found[one.rule] = one;
    CHECK(found.size() == result.rules.size());
    CHECK(found["guest.dr7.high"].how == Exercised::stale);
    CHECK_THAT(found["guest.dr7.high"].reason, Contains("without need: no need"));
    CHECK(found["guest.cr0.pg-pe"].how == Exercised::stale);
    CHECK(found["ctl.pin.reserved"].how == Exercised::listed);
    CHECK(found["guest.uinv"].how == Exercised::impossible);
    CHECK(found["guest.cr3.width"].how == Exercised::no);
    CHECK(found["basic.gp.cpl"].how == Exercised::no);
    CHECK_THAT(found["basic.gp.cpl"].reason, Contains("the probe"));
    // An entry in which the rule demands nothing does not keep it: v86 segments.
    CHECK(result.rules.at("guest.cs.v86.base").kept == 0);
    CHECK(result.rules.at("guest.cs.p").kept == 2);
    const validation::Verdict verdict = validation::verdict(result, list);
    CHECK_FALSE(verdict.as_it_should);
    CHECK_THAT(verdict.text, Contains("not exercised: guest.cr3.width: no VM entry breaks it"));
    CHECK(validation::verdict(result, std::nullopt).as_it_should);
}

TEST_CASE("shards add up to the whole, and only they do", "[validation]") {
    Fixture whole;
    whole.trace.entries[3].said = {"bad CR0"};
    const Result all = whole.run();
    std::vector<Result> parts;
    for (unsigned number = 1; number <= 2; ++number) {
        Fixture part;
        std::vector<query::TraceEntry> entries{part.trace.entries[0]};
        for (std::size_t n = number; n < part.trace.entries.size(); n += 2)
            entries.push_back(std::move(part.trace.entries[n]));
        if (number == 1) entries.back().said = {"bad CR0"};
        part.trace.entries = std::move(entries);
        vectors::VectorSet set;
        set.shard = {number, 2};
        parts.push_back(part.run(set));
    }
    const std::vector<Result> merged = validation::merge({parts[1], parts[0]});
    REQUIRE(merged.size() == 1);
    CHECK(to_json(merged[0]) == to_json(all));
    CHECK(validation::verdict(merged[0], std::nullopt).text == validation::verdict(all, std::nullopt).text);
    CHECK(to_json(validation::parse_result(to_json(all).dump(), "it")) == to_json(all));
    CHECK_THROWS_WITH(validation::merge({parts[1]}), Contains("of 2 shards these are missing: 1"));
    CHECK_THROWS_WITH(validation::merge({parts[0], parts[1], parts[1]}), Contains("shard 2 is there 2 times"));
    for (std::string vectors::VectorSet::*member : {&vectors::VectorSet::specification, &vectors::VectorSet::digest}) {
        Result other = parts[1];
        other.set.*member = "another";
        CHECK_THROWS_WITH(validation::merge({parts[0], other}), Contains("are of different"));
    }
    Result other = parts[1];
    other.model = "another model";
    CHECK_THROWS_WITH(validation::merge({parts[0], other}), Contains("missing"));
    CHECK_THROWS_WITH(validation::parse_result("{}", "it"), Contains("is no result"));
    CHECK_THROWS_WITH(validation::parse_result(R"({"format": "vmxspec-validation"})", "it"), Contains("damaged"));
}

TEST_CASE("a shard has its part of a file of vectors", "[validation]") {
    const Fixture f;
    std::vector<vectors::Vector> list;
    for (const char* id : {"a", "b", "c", "d", "e"})
        list.push_back({id, {{f.spec.state.leaf("guest.cr0"), 1}}, {{0x277U, 0U, 6U, {}}}});
    const vectors::Generated whole{vectors::file(f.spec.state, list), {}};
    const auto part = [&](const char* text) { return vectors::part(whole, vectors::parse_shard(text)); };
    CHECK(vectors::ids(part("1/2").file) == std::vector<std::string>{"a", "c", "e"});
    CHECK(vectors::ids(part("2/2").file) == std::vector<std::string>{"b", "d"});
    CHECK(part("1/1").file == whole.file);
    CHECK(vectors::ids(part("6/6").file).empty());
    for (const char* text : {"0/2", "3/2", "2", "1/", "/2", "1/2x", "-1/2"})
        CHECK_THROWS_WITH(vectors::parse_shard(text), Contains("is no shard"));
    CHECK_THROWS_WITH(vectors::records(whole.file.substr(0, whole.file.size() - 1)), Contains("damaged"));
}

TEST_CASE("the base state of a profile enters, with the fields that its processor has", "[validation]") {
    Specification spec;
    const auto has = [&](const char* processor, const char* field) {
        const KnownState base = vectors::base_of_profile(spec.state, profile(spec.state, processor)).ia32e;
        return base.standing(spec.state.leaf(field)) == Standing::given;
    };
    std::size_t models = 0;
    for (const std::string& name : profile_names()) {
        const Profile one = profile(spec.state, name);
        if (one.kind != ProfileKind::emulated) continue;
        ++models;
        CAPTURE(name);
        const vectors::Base base = vectors::base_of_profile(spec.state, one);
        REQUIRE(base.legacy);
        CHECK(query::judge(spec, base.ia32e).decision == query::Decision::enters);
        CHECK(query::judge(spec, *base.legacy).decision == query::Decision::enters);
        CHECK((base.ia32e.value("control.exit").value_or(0) >> 9 & 1) == 1);
        CHECK((base.legacy->value("control.exit").value_or(0) >> 9 & 1) == 0);
    }
    CHECK(models == 11);
    CHECK(has("corei7_skylake_x", "control.tsc_multiplier"));
    CHECK_FALSE(has("corei5_arrandale_m520", "control.tsc_multiplier"));
    CHECK(has("tigerlake", "guest.s_cet"));
    CHECK_FALSE(has("corei7_icelake_u", "guest.s_cet"));
    CHECK_THROWS_WITH(vectors::base_of_profile(spec.state, Profile{"none", {}, {}, {}, {}, {}}),
                      Contains("does not tell the VMX capability MSRs"));
}

}  // namespace vmxspec::validation_test
