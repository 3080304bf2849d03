#include "proofs/query/name.hpp"
#include "proofs/vectors/family.hpp"

#include <array>
#include <string_view>

namespace vmxspec::vectors {

namespace {

/// What is set on top of the base state: bits or leaves by name. Applied in order.
struct Assignment {
    std::string_view name;
    std::uint64_t value;
};
using Row = std::pair<std::string_view, std::vector<Assignment>>;

constexpr std::uint64_t code_64 = 0xa09b, busy_tss = 0x8b, v86_data = 0xf3, real_code = 0x9b, real_data = 0x93;

std::vector<Assignment> segments(std::uint64_t code, std::uint64_t data, std::uint64_t limit) {
    std::vector<Assignment> list{{"guest.cs_access_rights", code}, {"guest.cs_limit", limit}, {"guest.cs_selector", 0}};
    for (const std::array<std::string_view, 3>& one :
         {std::array<std::string_view, 3>{"guest.ss_access_rights", "guest.ss_limit", "guest.ss_selector"},
          {"guest.ds_access_rights", "guest.ds_limit", "guest.ds_selector"},
          {"guest.es_access_rights", "guest.es_limit", "guest.es_selector"},
          {"guest.fs_access_rights", "guest.fs_limit", "guest.fs_selector"},
          {"guest.gs_access_rights", "guest.gs_limit", "guest.gs_selector"}}) {
        list.push_back({one[0], data});
        list.push_back({one[1], limit});
        list.push_back({one[2], 0});
    }
    return list;
}

std::vector<Row> table() {
    const std::vector<Assignment> ia32e{{"entry.ia32e_mode_guest", 1},
                                        {"guest.cr4.pae", 1},
                                        {"guest.cs_access_rights", code_64},
                                        {"guest.tr_access_rights", busy_tss}};
    std::vector<Assignment> compatibility = ia32e;
    compatibility[2].value = 0xc09b;
    // Unrestricted: EPT maps nothing, and no instruction is executed.
    std::vector<Assignment> real{{"proc.activate_secondary", 1},
                                 {"proc2.enable_ept", 1},
                                 {"proc2.unrestricted_guest", 1},
                                 {"guest.cr0.pe", 0},
                                 {"guest.cr0.pg", 0},
                                 {"guest.rip", 0}};
    for (const Assignment& one : segments(real_code, real_data, 0xffff)) real.push_back(one);
    std::vector<Assignment> v86{{"guest.rflags.vm", 1}, {"guest.rip", 0}};
    for (const Assignment& one : segments(v86_data, v86_data, 0xffff)) v86.push_back(one);
    return {
        {"paging32", {}},
        {"ia32e", ia32e},
        {"compatibility", compatibility},
        {"v86", v86},
        {"real", real},
        {"unpaged",
         {{"proc.activate_secondary", 1},
          {"proc2.enable_ept", 1},
          {"proc2.unrestricted_guest", 1},
          {"guest.cr0.pg", 0}}},
        // With EPT the PDPTEs are fields, here all 0: not present.
        {"pae", {{"proc.activate_secondary", 1}, {"proc2.enable_ept", 1}, {"guest.cr4.pae", 1}}},
    };
}

}  // namespace

std::vector<Mode> modes(const Collection& collection) {
    const State& s = collection.base().state();
    std::vector<Mode> list;
    for (const auto& [name, assignments] : table()) {
        Mode mode{std::string{name}, {}};
        bool has_fields = true;
        for (const Assignment& one : assignments) {
            const query::Name place = query::resolve(s, one.name);
            has_fields = has_fields && collection.is_field(place.leaf);
            const std::uint64_t mask = low_bits(place.high - place.low + 1) << place.low;
            const auto [value, fresh] =
                mode.fields.try_emplace(place.leaf, collection.base().values()[place.leaf].value);
            value->second = (value->second & ~mask) | one.value << place.low;
        }
        if (!has_fields) continue;
        if (query::judge(collection.specification(), collection.state({mode.name, mode.fields, {}})).violated.empty())
            list.push_back(mode);
    }
    return list;
}

}  // namespace vmxspec::vectors
