// Lists of fields: HAXM, generic loops in several notations, and what small hypervisors print besides.
#include "proofs/query/dumps/field_names.hpp"
#include "tests/unit/dump_setting.hpp"
#include "tests/unit/field_list_renderer.hpp"

namespace vmxspec::field_list_test {
namespace {

using test::broken;
using test::fixture_dump;
using test::ListStyle;
using test::read_text_dump;
using test::says;

KnownState recording(const std::string& name) {
    return test::read_one(test::dump_spec().state, test::fixture_json(name));
}

}  // namespace

TEST_CASE("a recording is read back from a list", "[field-list]") {
    const std::string name = GENERATE(from_range(test::recordings));
    const ListStyle style = GENERATE(ListStyle::haxm, ListStyle::generic, ListStyle::halves, ListStyle::encodings);
    CAPTURE(name, static_cast<int>(style));
    const KnownState original = recording(name);
    const test::Rendered rendered = test::render_list(original, style);
    REQUIRE(rendered.leaves.size() > 120);
    const std::vector<KnownState> states = read_text_dump(rendered.text);
    REQUIRE(states.size() == 1);
    test::check_read_back(states[0], original, rendered.leaves);
}

TEST_CASE("names of fields", "[field-list]") {
    const auto [name, encoding, half] = GENERATE(table<std::string, std::uint32_t, query::Half>({
        {"GUEST_CS_SELECTOR", 0x802, query::Half::whole},
        {"VMX_VMCS16_GUEST_CS_SEL", 0x802, query::Half::whole},
        {"vmcsGuestCsSelector", 0x802, query::Half::whole},
        {"guest CS access rights", 0x4816, query::Half::whole},
        {"VMCS_GUEST_CS_AR", 0x4816, query::Half::whole},
        {"GUEST_CS_AR_BYTES", 0x4816, query::Half::whole},
        {"VMX_VMCS32_CTRL_PIN_EXEC", 0x4000, query::Half::whole},
        {"IO_BITMAP_A_FULL", 0x2000, query::Half::low},
        {"VMX_VMCS64_CTRL_IO_BITMAP_A_HIGH", 0x2000, query::Half::high},
        {"EXIT_QUALIFICATION", 0x6400, query::Half::whole},
        {"VMX_VMCS_RO_EXIT_QUALIFICATION", 0x6400, query::Half::whole},
        {"GUEST_IA32_EFER_HIGH", 0x2806, query::Half::high},
    }));
    CAPTURE(name);
    const auto found = query::field_named(name);
    REQUIRE(found.has_value());
    CHECK(found->encoding == encoding);
    CHECK(found->half == half);
}

TEST_CASE("all names of the table are fields, and only one", "[field-list]") {
    for (const std::string_view name : query::field_names()) {
        CAPTURE(name);
        const auto found = query::field_named(name);
        REQUIRE(found.has_value());
        CHECK(test::dump_spec().state.find_field(found->encoding) != nullptr);
    }
    for (const char* name : {"CR0", "RFLAGS", "EFER", "GUEST_CR9", "", "GUEST", "HIGH", "FULL", "GUEST_CR0_HIGH"})
        CHECK_FALSE(query::field_named(name).has_value());
}

TEST_CASE("values of a list that cannot be used stay unknown", "[field-list]") {
    const std::string rest =
        "GUEST_CR3 = 0x1000\nGUEST_CR4 = 0x2020\nGUEST_RIP = 0x7c00\nGUEST_RSP = 0x0\nGUEST_DR7 = 0x400\n";
    const std::string line = GENERATE(values<std::string>(
        {"GUEST_CR0 = INVALID_VALUE", "GUEST_CR0 = ", "GUEST_CR0", "GUEST_CR0 = 31", "GUEST_CR0 = 0x31...",
         "GUEST_CR0 = 0x11111111111111111", "# vmread(0x6800) failed", "CR0 = 0x31", "MY_GUEST_CR0 = 0x31",
         "shadow guest CR0 = 0x31", "[0x6802] GUEST_CR0 = 0x31", "GUEST_CR0 = <private>"}));
    CAPTURE(line);
    const std::vector<KnownState> states = read_text_dump(rest + line + "\n");
    REQUIRE(states.size() == 1);
    CHECK_FALSE(states[0].value("guest.cr0").has_value());
    CHECK(states[0].value("guest.cr4") == 0x2020U);
}

TEST_CASE("halves, and a second list", "[field-list]") {
    const std::string text =
        "GUEST_CR0 = 0x31\nGUEST_IA32_PAT_FULL = 0x70106\nGUEST_IA32_PAT_HIGH = 0x70406\nTSC_OFFSET_FULL = 0x5\n"
        "GUEST_CR4 = 80002020H\nGUEST_RSP = 0\nEPT_POINTER = 0x1e\n";
    const std::vector<KnownState> states = read_text_dump(text + text);
    REQUIRE(states.size() == 2);
    CHECK(states[0].value("guest.pat") == 0x7040600070106U);
    CHECK_FALSE(states[0].value("control.tsc_offset").has_value());
    CHECK(states[0].values()[test::dump_spec().state.leaf("control.tsc_offset")] == Known{5, 0xffffffff});
    CHECK(states[0].value("guest.cr4") == 0x80002020U);
    CHECK_FALSE(states[0].value("control.eptp").has_value());
}

TEST_CASE("lists that are cut or printed into each other invent nothing", "[field-list]") {
    const KnownState original = recording("virtualbox-before02");
    for (const ListStyle style : {ListStyle::haxm, ListStyle::generic, ListStyle::halves, ListStyle::encodings}) {
        const std::string text = test::render_list(original, style).text;
        test::check_cuts(text, style == ListStyle::haxm ? "haxm" : "generic");
        std::istringstream lines{text};
        std::string twice;
        for (std::string line; std::getline(lines, line);) twice += line + "\n" + line + "\n";
        const std::vector<KnownState> states = read_text_dump(twice);
        REQUIRE(states.size() == 1);
        CHECK(says(states[0], "printed into each other"));
        CHECK(states[0].value("guest.cr0") == original.value("guest.cr0"));
    }
}

TEST_CASE("HAXM's own lines", "[field-list]") {
    const std::string text = fixture_dump("haxm.txt");
    const KnownState known = read_text_dump(text).at(0);
    CHECK(known.value("guest.cr0") == 0x80000020U);
    CHECK(broken(known).contains("guest.cr0.pg-pe"));
    CHECK_FALSE(says(known, "not whole"));
    CHECK(says(read_text_dump(text.substr(0, text.find("haxm_warning: 4826"))).at(0), "not whole"));
    test::check_cuts(text, "haxm");
}

TEST_CASE("NoirVisor: the low half of registers, no host state", "[field-list]") {
    const std::string text = fixture_dump("noirvisor.txt");
    const KnownState known = read_text_dump(text).at(0);
    const State& state = test::dump_spec().state;
    CHECK(known.values()[state.leaf("guest.cr0")] == Known{0x80050033, 0xffffffff});
    CHECK(known.value("guest.link_pointer") == ~std::uint64_t{0});
    CHECK(known.value("guest.idtr_base") == 0xfffff80312348000U);
    CHECK(known.value("control.entry") == 0xd3ffU);
    CHECK(known.standing(state.leaf("host.cr0")) == Standing::unknown);
    CHECK_FALSE(says(known, "not whole"));
    CHECK(broken(known) == std::set<std::string>{"guest.tr.type.ia32e"});
    test::check_cuts(text, "noirvisor");
}

TEST_CASE("VirtualBox: capability MSRs, and the number of its own check", "[field-list]") {
    const std::vector<KnownState> states = read_text_dump(fixture_dump("virtualbox.txt"));
    REQUIRE(states.size() == 1);
    CHECK(states[0].value("capability.pin") == 0x7f00000016U);
    CHECK(states[0].value("capability.exit") == 0x7fffff00036dffU);
    CHECK(says(states[0], "HM error 570"));
    CHECK(broken(states[0]).empty());
}

}  // namespace vmxspec::field_list_test
