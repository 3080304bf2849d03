// Repairs: the smallest change, judged again; none where none exists.
#include "proofs/query/repair.hpp"

#include "proofs/query/generated_judgement.hpp"

#include "tests/unit/fixture.hpp"

#include <catch2/catch.hpp>

namespace vmxspec::repair_test {
namespace {

struct Case {
    Specification spec;
    KnownState state;
    query::Judgement judgement;
    std::vector<query::Repair> repairs;

    explicit Case(const nlohmann::json& document, const std::vector<std::string>& may_change = {})
        : state{test::entry_of(spec.state, document)}, judgement{query::judge(spec, state)} {
        query::RepairOptions options;
        for (const std::string& name : may_change) options.may_change.push_back(spec.state.leaf(name));
        repairs = query::repairs(spec, state, judgement, options);
    }

    [[nodiscard]] query::Judgement after(std::size_t n = 0) const {
        return query::judge(spec, query::repaired(state, repairs.at(n)));
    }
    [[nodiscard]] const std::string& field(const query::Change& change) const {
        return spec.state.leaves()[change.leaf].name;
    }
    /// The changed fields of a repair, and the rules of the first reason of each.
    [[nodiscard]] std::vector<std::pair<std::string, std::string>> chain(std::size_t n) const {
        std::vector<std::pair<std::string, std::string>> result;
        for (const query::Change& change : repairs.at(n).changes)
            for (const query::Reason& reason : change.because) {
                result.emplace_back(field(change), "");
                for (const Rule* rule : reason.rules)
                    result.back().second += (result.back().second.empty() ? "" : " ") + rule->id;
            }
        return result;
    }
};

}  // namespace

TEST_CASE("the recorded failure is repaired by IA32_EFER = 801H in its entry", "[repair]") {
    const Case one{test::fixture_json("virtualbox-after02")};
    REQUIRE(one.repairs.size() == 1);
    REQUIRE(one.repairs[0].changes.size() == 1);
    const query::Change& change = one.repairs[0].changes[0];
    CHECK(change.msr_entry == 0U);
    CHECK(change.from == 0xd01);
    CHECK(change.to == 0x801);
    CHECK(one.after().decision == query::Decision::enters);
}

TEST_CASE("a VMCS field is repaired by its fewest bits", "[repair]") {
    const auto [field, value, to] = GENERATE(table<std::string, std::string, std::uint64_t>({
        {"guest.rflags", "0x200014", 0x200016},  // bit 1 is always 1
        {"guest.rflags", "0x8000200016", 0x200016},
        {"guest.tr_access_rights", "0x89", 0x8b},  // a busy TSS
        // Not a count of 0: that is one value too, but two bits.
        {"control.entry_msr_load", "0x10289bc8", 0x10289bc0},
    }));
    CAPTURE(field, value);
    const Case one{test::changed(test::fixture_json("kvm-before02"), {{field, value}})};
    REQUIRE_FALSE(one.judgement.violated.empty());
    REQUIRE_FALSE(one.repairs.empty());
    CHECK(one.after().decision == query::Decision::enters);
    REQUIRE(one.repairs[0].changes.size() == 1);
    CHECK_FALSE(one.repairs[0].changes[0].msr_entry.has_value());
    CHECK(one.field(one.repairs[0].changes[0]) == field);
    CHECK(one.repairs[0].changes[0].to == to);
}

TEST_CASE("every repair is judged again: it enters", "[repair]") {
    const std::vector<std::pair<std::string, std::string>> fields =
        GENERATE(values<std::vector<std::pair<std::string, std::string>>>({
            {{"control.pin", "0x0"}},
            {{"control.entry", "0x13ff"}},                                 // IA-32e mode guest without PAE
            {{"control.proc", "0x0"}, {"guest.tr_access_rights", "0x0"}},  // of two sections
            {{"guest.cs_access_rights", "0x10000"}},
            {{"guest.cr4", "0x0"}},
        }));
    const Case one{test::changed(test::fixture_json("virtualbox-after02"), fields)};
    REQUIRE_FALSE(one.judgement.violated.empty());
    REQUIRE_FALSE(one.repairs.empty());
    REQUIRE(one.repairs.size() <= 3);
    for (std::size_t n = 0; n < one.repairs.size(); ++n) {
        CHECK(one.after(n).violated.empty());
        CHECK(one.after(n).undecided.size() <= one.judgement.undecided.size());
        CHECK(one.repairs[n].opens.empty());
        CHECK(one.repairs[n].changes.size() <= one.repairs[0].changes.size() + 1);
        for (const query::Change& change : one.repairs[n].changes) {
            CHECK(change.from != change.to);
            CHECK((change.msr_entry || one.spec.state.leaves()[change.leaf].source == Source::vmcs));
        }
    }
}

TEST_CASE("no change of the VMCS repairs what is not about the VMCS", "[repair]") {
    const Case one{test::changed(test::fixture_json("virtualbox-before02"), {{"before.cpl", "3"}})};
    REQUIRE_FALSE(one.judgement.violated.empty());
    CHECK(one.repairs.empty());
}

TEST_CASE("an entry of a forbidden MSR is not repaired by its data", "[repair]") {
    nlohmann::json document = test::fixture_json("virtualbox-before02");
    document["msr_load"][2]["index"] = "0xc0000100";
    const Case one{document};
    REQUIRE(one.judgement.violated.size() == 1);
    // What is left is to load fewer entries; the data of the entry cannot help.
    for (const query::Repair& repair : one.repairs)
        for (const query::Change& change : repair.changes) CHECK_FALSE(change.msr_entry.has_value());
    if (!one.repairs.empty()) CHECK(one.after().violated.empty());
}

TEST_CASE("alternatives share no change, the smallest comes first", "[repair]") {
    const Case one{test::changed(test::fixture_json("virtualbox-before02"), {{"control.entry", "0x13ff"}})};
    using Chain = std::vector<std::pair<std::string, std::string>>;
    REQUIRE(one.repairs.size() == 2);
    CHECK(one.chain(0) == Chain{{"control.entry", "guest.ia32e.pg guest.ia32e.pae"}});
    CHECK(one.chain(1) == Chain{{"guest.cr0", "guest.ia32e.pg"}, {"guest.cr4", "guest.ia32e.pae"}});
}

TEST_CASE("what the processor forces is a chain: the control, then what the control needs", "[repair]") {
    // A processor without the choice of "load IA32_PAT": IA32_VMX_TRUE_ENTRY_CTLS[14] = 1. The guest's PAT, which was
    // not loaded so far, has the memory type 2.
    nlohmann::json document = test::changed(test::fixture_json("virtualbox-before02"), {{"guest.pat", "0x2"}});
    document["fields"]["capability.true_entry"] = "0xffff000051fb";
    document["fields"]["capability.entry"] = "0xffff000051ff";
    const Case one{document};
    REQUIRE(one.judgement.violated.size() == 1);
    CHECK(one.judgement.violated[0].rule->id == "ctl.entry.reserved");
    REQUIRE_FALSE(one.repairs.empty());
    using Chain = std::vector<std::pair<std::string, std::string>>;
    CHECK(one.chain(0) == Chain{{"control.entry", "ctl.entry.reserved"}, {"guest.pat", "guest.pat.memtypes"}});
    CHECK(one.repairs[0].changes.at(0).because.at(0).capability == "IA32_VMX_TRUE_ENTRY_CTLS");
    CHECK(one.repairs[0].changes.at(1).because.at(0).capability.empty());
}

TEST_CASE("a repair that opens questions is told with them", "[repair]") {
    const Case one{test::changed(test::fixture_json("virtualbox-before02"), {{"guest.link_pointer", "0x1"}})};
    REQUIRE(one.repairs.size() == 1);
    REQUIRE(one.repairs[0].opens.size() == 1);
    CHECK(one.repairs[0].opens[0]->id == "guest.link.current");
}

TEST_CASE("what is not the VMCS changes only on demand", "[repair]") {
    const nlohmann::json document = test::changed(test::fixture_json("virtualbox-before02"), {{"before.cpl", "3"}});
    CHECK(Case{document}.repairs.empty());
    const Case asked{document, {"before.cpl"}};
    REQUIRE(asked.repairs.size() == 1);
    CHECK(asked.field(asked.repairs[0].changes.at(0)) == "before.cpl");
    CHECK(asked.after().violated.empty());
}

TEST_CASE("the generated code has its own opinion of a state", "[repair]") {
    Case one{test::changed(test::fixture_json("virtualbox-before02"), {{"guest.rflags", "0x8000200016"}})};
    for (const bool unknown_bits : {false, true})
        CHECK(query::generated_violations(one.state, unknown_bits) ==
              std::vector<std::string>{"guest.rflags.reserved"});
    CHECK_FALSE(query::generated_code_confirms(one.state, one.judgement));
    // A judgement that misses the rule is not confirmed either, one that leaves it open is.
    query::Judgement other = one.judgement;
    other.violated.clear();
    CHECK_FALSE(query::generated_code_confirms(one.state, other));
    other.undecided = one.judgement.violated;
    CHECK(query::generated_code_confirms(one.state, other));
    const Case area{test::fixture_json("virtualbox-after02")};
    CHECK(query::generated_violations(area.state, false) == std::vector<std::string>{"msr-load.efer.lme-pg"});
    const KnownState mended = query::repaired(area.state, area.repairs.at(0));
    CHECK(query::generated_violations(mended, true).empty());
}

TEST_CASE("a state that enters needs no repair", "[repair]") {
    CHECK(Case{test::fixture_json("virtualbox-before02")}.repairs.empty());
}

}  // namespace vmxspec::repair_test
