// Examples of the catalogue: each breaks its rule and no other, or the rules that imply it are named.
#include "proofs/catalogue/example.hpp"
#include "proofs/catalogue/applicability.hpp"
#include "proofs/catalogue/ordinary_entry.hpp"

#include <catch2/catch.hpp>

#include <algorithm>

namespace vmxspec::example_test {

using catalogue::Breakable;
using catalogue::Example;

TEST_CASE("the ordinary VM entry breaks nothing", "[example]") {
    const Specification spec;
    CHECK(
        catalogue::broken(spec, catalogue::ordinary_entry(spec), {&spec.rules, &spec.msr_load.rules, &spec.exit_rules})
            .empty());
}

TEST_CASE("an example breaks one rule and changes little", "[example]") {
    struct Row {
        const char* rule;
        std::vector<std::string> leaves;
    };
    const Row row = GENERATE(Row{"guest.cr0.fixed", {"guest.cr0"}}, Row{"ctl.vpid.nonzero", {"control.vpid"}},
                             Row{"ctl.pml.aligned", {"control.pml", "control.proc2"}},
                             Row{"msr-load.efer.lme-pg", {"msr_entry.index"}});
    Specification spec;
    const std::vector<std::uint64_t> ordinary = catalogue::ordinary_entry(spec);
    const Rule& rule = *spec.find(row.rule);
    const Example example = catalogue::ExampleSearch{spec, ordinary}(rule);
    CHECK(example.implied_by.empty());
    std::vector<std::uint64_t> values = ordinary;
    std::vector<std::string> leaves;
    for (const catalogue::Change& change : example.changes) {
        CHECK(ordinary[change.leaf] == change.from);
        values[change.leaf] = change.to;
        leaves.push_back(spec.state.leaves()[change.leaf].name);
    }
    std::sort(leaves.begin(), leaves.end());
    CHECK(leaves == row.leaves);
    CHECK(catalogue::broken(spec, values, {&spec.rules, &spec.msr_load.rules}) == std::vector{&rule});
}

TEST_CASE("a rule that no VM entry breaks alone has none", "[example]") {
    Specification spec;
    catalogue::ExampleSearch search{spec, catalogue::ordinary_entry(spec)};
    const Example example = search(*spec.find("ctl.pid-table.width"));
    CHECK(example.changes.empty());
    CHECK(example.implied_by == std::vector{spec.find("ctl.pid-table.last")});
}

TEST_CASE("a rule of a control that the processor does not have needs another broken", "[example]") {
    Specification spec;
    catalogue::Processor arrandale{spec, profile(spec.state, "arrandale")};
    CHECK(arrandale(*spec.find("guest.cr0.fixed")).breakable == Breakable::alone);
    CHECK(arrandale(*spec.find("size.no-intel64")).breakable == Breakable::never);
    const catalogue::Applicability answer = arrandale(*spec.find("ctl.pml.aligned"));
    CHECK(answer.breakable == Breakable::with_others);
    CHECK(answer.with == std::vector{spec.find("ctl.proc2.reserved")});
}

}  // namespace vmxspec::example_test
