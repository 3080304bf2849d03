// The state: every VMCS field once, in the area and width of its encoding; capability MSRs; named bits. The numbers of
// rows of SDM volume 3D, appendix B, and of the tables of named bits are pinned: a row that is lost is red.
#include "spec/state/state.hpp"

#include <catch2/catch.hpp>

#include <map>
#include <set>

namespace vmxspec::state_test {
namespace {

struct Declared {
    Graph graph;
    State state{graph};
};

const State& state() {
    static const Declared declared;
    return declared.state;
}

std::string area_name(Area area) {
    switch (area) {
        case Area::control: return "control";
        case Area::read_only: return "information";
        case Area::guest: return "guest";
        case Area::host: return "host";
    }
    return "";
}

std::string prefix(const Leaf& leaf) { return leaf.name.substr(0, leaf.name.find('.')); }

}  // namespace

TEST_CASE("every VMCS field is where its encoding says", "[state]") {
    std::set<std::uint32_t> encodings;
    std::set<std::string_view> manual_names;
    for (std::size_t n = 0; n < state().leaves().size(); ++n) {
        const Leaf& leaf = state().leaves()[n];
        if (leaf.source != Source::vmcs) continue;
        CAPTURE(leaf.name, leaf.key);
        const Encoding encoding{leaf.key};
        CHECK(encoding.well_formed());
        CHECK(encoding.full());
        CHECK(leaf.width == encoding.width());
        CHECK(prefix(leaf) == area_name(encoding.area()));
        CHECK(encodings.insert(leaf.key).second);
        CHECK(manual_names.insert(leaf.manual_name).second);
        REQUIRE(state().find_field(leaf.key) != nullptr);
        CHECK(*state().find_field(leaf.key) == n);
        CHECK(state().find_field(leaf.key + 1) == nullptr);  // the high half is no field of its own
    }
}

TEST_CASE("as many VMCS fields as appendix B lists", "[state]") {
    std::map<std::pair<FieldWidth, Area>, int> count;
    int all = 0;
    for (const Leaf& leaf : state().leaves()) {
        if (leaf.source != Source::vmcs) continue;
        ++count[{Encoding{leaf.key}.field_width(), Encoding{leaf.key}.area()}];
        ++all;
    }
    using W = FieldWidth;
    const std::map<std::pair<W, Area>, int> expected{
        {{W::bits16, Area::control}, 6},    {{W::bits16, Area::guest}, 11},    {{W::bits16, Area::host}, 7},
        {{W::bits64, Area::control}, 39},   {{W::bits64, Area::read_only}, 3}, {{W::bits64, Area::guest}, 23},
        {{W::bits64, Area::host}, 13},      {{W::bits32, Area::control}, 20},  {{W::bits32, Area::read_only}, 8},
        {{W::bits32, Area::guest}, 23},     {{W::bits32, Area::host}, 1},      {{W::natural, Area::control}, 8},
        {{W::natural, Area::read_only}, 6}, {{W::natural, Area::guest}, 23},   {{W::natural, Area::host}, 15}};
    for (const auto& [row, number] : expected) {
        CAPTURE(static_cast<int>(row.first), area_name(row.second));
        CHECK(count[row] == number);
    }
    CHECK(all == 206);
}

TEST_CASE("fields that every reader of the manual knows", "[state]") {
    const auto [encoding, name, width] = GENERATE(table<std::uint32_t, std::string, unsigned>({
        {0x0000, "control.vpid", 16},
        {0x0802, "guest.cs_selector", 16},
        {0x0c0c, "host.tr_selector", 16},
        {0x200a, "control.entry_msr_load", 64},
        {0x201a, "control.eptp", 64},
        {0x2800, "guest.link_pointer", 64},
        {0x2806, "guest.efer", 64},
        {0x2c02, "host.efer", 64},
        {0x4012, "control.entry", 32},
        {0x4014, "control.entry_msr_load_count", 32},
        {0x4402, "information.exit_reason", 32},
        {0x4816, "guest.cs_access_rights", 32},
        {0x6400, "information.exit_qualification", 64},
        {0x6800, "guest.cr0", 64},
        {0x6804, "guest.cr4", 64},
        {0x681e, "guest.rip", 64},
        {0x6c00, "host.cr0", 64},
        {0x6c16, "host.rip", 64},
    }));
    CAPTURE(name);
    const std::size_t* leaf = state().find_field(encoding);
    REQUIRE(leaf != nullptr);
    CHECK(state().leaves()[*leaf].name == name);
    CHECK(state().leaves()[*leaf].width == width);
}

TEST_CASE("the capability MSRs 480H to 493H are all there", "[state]") {
    for (std::uint32_t index = 0x480; index <= 0x493; ++index) {
        CAPTURE(index);
        const std::size_t* leaf = state().find_msr(index);
        REQUIRE(leaf != nullptr);
        CHECK(state().leaves()[*leaf].width == 64);
        CHECK(prefix(state().leaves()[*leaf]) == "capability");
        CHECK(state().leaves()[*leaf].manual_name.starts_with("IA32_VMX_"));
    }
    CHECK(state().find_msr(0x47f) == nullptr);
    CHECK(state().find_msr(0x494) == nullptr);
}

TEST_CASE("named bits: no two of a word at one place, none beyond it, each name once", "[state]") {
    for (const Leaf& leaf : state().leaves()) {
        std::uint64_t taken = 0;
        std::set<std::string_view> names;
        std::set<std::string_view> manual_names;
        for (const NamedBits& bits : leaf.bits) {
            CAPTURE(leaf.name, bits.name);
            REQUIRE(bits.high >= bits.low);
            CHECK(bits.high < leaf.width);
            const std::uint64_t mask = low_bits(bits.high - bits.low + 1) << bits.low;
            CHECK((taken & mask) == 0);
            CHECK(taken < mask);  // in the order of their places
            taken |= mask;
            CHECK(names.insert(bits.name).second);
            CHECK(manual_names.insert(bits.manual_name).second);
        }
    }
}

TEST_CASE("as many named bits as the manual's tables have", "[state]") {
    const auto [name, count] = GENERATE(table<std::string, std::size_t>({
        {"control.pin", 5},
        {"control.proc", 22},
        {"control.proc2", 31},
        {"control.proc3", 11},
        {"control.exit", 18},
        {"control.exit2", 4},
        {"control.entry", 17},
        {"guest.cr0", 11},
        {"guest.cr4", 28},
        {"guest.efer", 4},
        {"guest.rflags", 17},
        {"capability.pin", 2},
        {"capability.basic", 9},
    }));
    CAPTURE(name);
    CHECK(state().leaves()[state().leaf(name)].bits.size() == count);
}

TEST_CASE("control bits that hypervisors live by", "[state]") {
    const auto [word, name, place] = GENERATE(table<std::string, std::string, unsigned>({
        {"control.pin", "activate_preemption_timer", 6},
        {"control.proc", "use_msr_bitmaps", 28},
        {"control.proc", "activate_secondary", 31},
        {"control.proc", "activate_tertiary", 17},
        {"control.proc2", "enable_ept", 1},
        {"control.proc2", "unrestricted_guest", 7},
        {"control.exit", "host_address_space_size", 9},
        {"control.exit", "save_efer", 20},
        {"control.exit", "load_efer", 21},
        {"control.entry", "ia32e_mode_guest", 9},
        {"control.entry", "load_pat", 14},
        {"control.entry", "load_efer", 15},
        {"guest.cr0", "pe", 0},
        {"guest.cr0", "pg", 31},
        {"guest.cr4", "pae", 5},
        {"guest.cr4", "pcide", 17},
        {"guest.efer", "lme", 8},
        {"guest.efer", "lma", 10},
    }));
    CAPTURE(word, name);
    unsigned found = 64;
    for (const NamedBits& bits : state().leaves()[state().leaf(word)].bits)
        if (bits.name == name && bits.high == bits.low) found = bits.low;
    CHECK(found == place);
}

TEST_CASE("leaves are found by name, copies take a new one", "[state]") {
    Graph graph;
    State own{graph};
    const std::size_t efer = own.leaf("guest.efer");
    CHECK(own.find("guest.nothing") == nullptr);
    CHECK_THROWS_AS(own.leaf("guest.nothing"), std::out_of_range);
    const std::size_t copy = own.add_copy(efer, "msr_entry[0].efer");
    CHECK(own.leaf("msr_entry[0].efer") == copy);
    CHECK(own.leaves()[copy].bits.size() == own.leaves()[efer].bits.size());
    CHECK(own.node(copy) != own.node(efer));
    CHECK_THROWS_AS(own.add_copy(efer, "guest.efer"), std::logic_error);
}

}  // namespace vmxspec::state_test
