#include "gen/emit/nested.hpp"

#include "spec/nested/translation.hpp"

#include <nlohmann/json.hpp>

namespace vmxspec::gen {

namespace {

using Json = nlohmann::ordered_json;

/// `exists` over the processor that has the fields: the real one, or the one that L1 sees.
Json rows(const State& s, const nested::FieldTable& table, const nested::View& processor) {
    Json list = Json::array();
    for (const nested::FieldRow& row : table)
        list.push_back({{"leaf", row.leaf},
                        {"section", row.citation.section},
                        {"title", row.citation.title},
                        {"exists", processor(nested::field_exists(s, row.leaf)).id()},
                        {"changes", row.changes.id()},
                        {"value", row.value},
                        {"note", row.note}});
    return list;
}

Json software_loads(const std::vector<nested::SoftwareLoad>& loads) {
    Json list = Json::array();
    for (const nested::SoftwareLoad& load : loads)
        list.push_back({{"index", load.index},
                        {"section", load.citation.section},
                        {"title", load.citation.title},
                        {"loads", load.loads.id()},
                        {"value", load.value.id()}});
    return list;
}

}  // namespace

Json nested_to_json(Specification& spec) {
    const nested::Translation translation{spec};
    const State& s = spec.state;
    Json fields = Json::array();
    for (std::size_t n = 0; n < s.leaves().size(); ++n)
        if (s.leaves()[n].source == Source::vmcs)
            fields.push_back({{"leaf", n}, {"exists", translation.as_l1(nested::field_exists(s, n)).id()}});
    Json offered = Json::array();
    for (const nested::OfferedMsr& msr : translation.offered)
        offered.push_back({{"leaf", msr.leaf}, {"value", msr.value.id()}, {"note", msr.reason}});
    Json msrs = Json::array();
    for (const nested::MsrField& msr : translation.msrs) msrs.push_back({{"index", msr.index}, {"leaf", msr.leaf}});
    return {{"fields", fields},
            {"offered", offered},
            {"vmcs02", rows(s, translation.vmcs02, translation.l0.real)},
            {"saved", rows(s, translation.saved, translation.as_l1)},
            {"l1", rows(s, translation.l1, translation.l0.real)},
            {"entry_loads", software_loads(translation.entry_loads)},
            {"exit_loads", software_loads(translation.exit_loads)},
            {"msrs", msrs}};
}

}  // namespace vmxspec::gen
