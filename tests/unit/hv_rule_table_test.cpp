// The small table of rules says what the generated one says.
#include "hv/check/rule_table.hpp"

#include <catch2/catch.hpp>

#include <string>
#include <vector>

namespace vmxspec::hv_rule_table_test {

TEST_CASE("each rule's id, section, step and outcomes, in less memory", "[hv]") {
    for (std::size_t n = 0; n < generated::rule_count; ++n) {
        const generated::RuleInformation& rule = generated::rule_information[n];
        INFO(rule.id);
        REQUIRE(std::string{hv::rule_id(n)} == rule.id);
        REQUIRE(std::string{hv::rule_section(n)} == rule.section);
        REQUIRE(hv::rule_stage(n) == rule.stage);
        REQUIRE(hv::rule_outcome(n) == rule.outcomes[0]);
        std::vector<generated::Outcome> outcomes;
        hv::each_rule_outcome(n, [&](const generated::Outcome& outcome) { outcomes.push_back(outcome); });
        REQUIRE((outcomes == std::vector<generated::Outcome>{rule.outcomes, rule.outcomes + rule.outcome_count}));
    }
    CHECK(sizeof hv::rule_table::rows + sizeof hv::rule_table::outcomes < sizeof generated::rule_information / 5);
}

}  // namespace vmxspec::hv_rule_table_test
