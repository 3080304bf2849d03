// The project's own form of a state: read, and refused in one sentence when it is damaged.
#include "proofs/state/input_error.hpp"
#include "tests/unit/fixture.hpp"

#include <catch2/catch.hpp>

namespace vmxspec::json_dump_test {
namespace {

using Catch::Matchers::Contains;

const State& state() {
    static const Specification spec;
    return spec.state;
}

std::string refusal(const std::string& text) {
    try {
        (void)query::read_dump(state(), text, "state.json", "json");
    } catch (const InputError& error) {
        return error.what();
    }
    return {};
}

/// A state with these further members.
std::string with(const std::string& members) { return R"({"format": "vmxspec-state", "name": "x", )" + members + "}"; }

}  // namespace

TEST_CASE("a recording as JSON", "[json]") {
    const KnownState known = test::read_one(state(), test::fixture_json("virtualbox-after02"));
    CHECK(known.name == "after02");
    CHECK(known.processor == "arrandale");
    CHECK(known.value("guest.cr0") == 0x80010035U);
    CHECK(known.value("control.entry") == 0x11ffU);
    CHECK(known.value("information.exit_reason") == 0x80000022U);
    CHECK(known.value("capability.true_entry") == 0x0000ffff000011fbU);
    CHECK(known.standing(state().leaf("guest.bndcfgs")) == Standing::absent);
    REQUIRE(known.entry_msr_load.size() == 3);
    CHECK(known.entry_msr_load[0].index == 0xc0000080U);
    CHECK(known.entry_msr_load[0].data == 0xd01U);
}

TEST_CASE("numbers, missing parts and several states", "[json]") {
    const std::string one = with(
        R"("fields": {"guest.cr0": 33, "guest.cr4": "20H", "guest.rip": "16", "processor.intel64": true}, "msr_load": [{"index": 16}])");
    const std::vector<KnownState> states =
        query::read_dump(state(), "[" + one + ", " + with("\"fields\": {}") + "]", "state.json", "");
    REQUIRE(states.size() == 2);
    CHECK(states[0].value("guest.cr0") == 33U);
    CHECK(states[0].value("guest.cr4") == 0x20U);
    CHECK(states[0].value("guest.rip") == 16U);
    CHECK(states[0].value("processor.intel64") == 1U);
    CHECK(states[0].entry_msr_load[0].index == 16U);
    CHECK_FALSE(states[0].entry_msr_load[0].data.has_value());
    CHECK_FALSE(states[1].value("guest.cr0").has_value());
}

TEST_CASE("what is wrong with a state is said in one sentence, with its place", "[json]") {
    const auto [what, text, words] = GENERATE(table<std::string, std::string, std::string>({
        {"truncated", R"({"format": "vmxspec-state", "fields": {"guest.cr0": "0x1)", "breaks at byte"},
        {"another format", R"({"format": "vmcs"})", "\"vmxspec-state\""},
        {"a format that is no text", R"({"format": 1})", "\"format\""},
        {"a name that is no text", R"({"format": "vmxspec-state", "name": 7})", "\"name\""},
        {"a processor that is no text", R"({"format": "vmxspec-state", "processor": ["arrandale"]})", "\"processor\""},
        {"no object", "[1]", "\"vmxspec-state\""},
        {"no state", "[]", "holds no state"},
        {"an unknown field", with(R"("fields": {"guest.cr9": 1})"), "no field is named guest.cr9"},
        {"an unknown absent field", with(R"("absent": ["guest.cr9"])"), "no field is named guest.cr9"},
        {"out of width", with(R"("fields": {"guest.cs_selector": "0x10000"})"),
         "guest.cs_selector = 10000H does not fit: it has 16 bits"},
        {"a flag out of width", with(R"("fields": {"processor.nx": 2})"),
         "processor.nx = 2H does not fit: it has 1 bit"},
        {"beyond 64 bits", with(R"("fields": {"guest.cr0": "0x10000000000000000"})"), "more than 64 bits"},
        {"no number", with(R"("fields": {"guest.cr0": "PG"})"), "is not a number"},
        {"a negative number", with(R"("fields": {"guest.cr0": -1})"), "guest.cr0 is not a number"},
        {"a broken number", with(R"("fields": {"guest.cr0": 1.5})"), "guest.cr0 is not a number"},
        {"twice, differently", with(R"("fields": {"guest.cr0": 1, "guest.cr0": 2})"), "guest.cr0 is given twice"},
        {"a value and absent", with(R"("fields": {"guest.cr0": 1}, "absent": ["guest.cr0"])"),
         "both a value and as absent"},
        {"fields that are a list", with(R"("fields": [1])"), "\"fields\" must be an object"},
        {"absent that is no list", with(R"("absent": "guest.cr0")"), "\"absent\" must list names"},
        {"absent that lists numbers", with(R"("absent": [1])"), "\"absent\" must list names"},
        {"an area that is no list", with(R"("msr_load": {"index": 1})"), "\"msr_load\" must be an array"},
        {"an entry that is no object", with(R"("msr_load": [16])"), "msr_load[0] must be an object"},
        {"an index out of width", with(R"("msr_load": [{"index": "0x100000000"}])"),
         "msr_load[0].index = 100000000H does not fit 32 bits"},
    }));
    CAPTURE(what);
    const std::string said = refusal(text);
    CHECK_THAT(said, Contains(words));
    CHECK_THAT(said, Catch::StartsWith("state.json"));
    CHECK(said.find('\n') == std::string::npos);
}

TEST_CASE("formats that nobody knows", "[json]") {
    CHECK_THROWS_WITH(query::read_dump(state(), "VMCS: 1", "x.txt", ""),
                      Contains("x.txt is in no format that is known"));
    CHECK_THROWS_WITH(query::read_dump(state(), "{}", "x.txt", "hyperv"), Contains("no dump format is named hyperv"));
}

}  // namespace vmxspec::json_dump_test
