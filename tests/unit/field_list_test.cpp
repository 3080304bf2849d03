// Lists of fields: HAXM, generic loops in several notations, and what small hypervisors print besides.
#include "proofs/query/dumps/field_names.hpp"
#include "proofs/query/dumps/virtualbox_checks.hpp"
#include "proofs/state/profile.hpp"
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

TEST_CASE("HAXM's capability MSRs, which it prints when it is loaded", "[field-list]") {
    const State& state = test::dump_spec().state;
    const KnownState original = recording("virtualbox-before02");
    const Profile arrandale = profile(state, "arrandale");
    std::map<std::string, std::uint64_t> msr;
    for (const auto& value : arrandale.values) msr[state.leaves()[value.first].name] = value.second.value;
    const auto halves = [&](const char* words, const char* name) {
        const std::uint64_t value = msr.at(std::string{"capability."} + name);
        return fmt::format("haxm_info: VMX {:<18}: 0x{:X}, 0x{:X}\n", words, value & 0xffffffff, value >> 32);
    };
    const auto fixed = [&](const char* reg, const char* low, const char* high) {
        return fmt::format("haxm_info: VMX fixed {} bits   : 0x{:X}, {:X}\n", reg, msr.at(low), msr.at(high));
    };
    const std::string log = fmt::format("haxm_info: VMCS Rev 15\nhaxm_info: VMX basic info       : 0x{:016X}\n",
                                        msr.at("capability.basic")) +
                            fmt::format("haxm_info: VMX misc info        : 0x{:016X}\n", msr.at("capability.misc")) +
                            "haxm_info: VMX revision control : 15\n" + halves("exit ctls", "exit") +
                            halves("entry ctls", "entry") + halves("pin ctls", "pin") +
                            halves("cpu prim ctrls", "proc") + halves("cpu sec ctrl", "proc2") +
                            fixed("CR0", "capability.cr0_fixed0", "capability.cr0_fixed1") +
                            fixed("CR4", "capability.cr4_fixed0", "capability.cr4_fixed1") +
                            fmt::format("haxm_info: VMX EPT/VPID caps    : 0x{:016X}\n", msr.at("capability.ept_vpid"));
    test::Rendered rendered = test::render_list(original, ListStyle::haxm);
    for (const char* name : {"basic", "misc", "exit", "entry", "pin", "proc", "proc2", "cr0_fixed0", "cr0_fixed1",
                             "cr4_fixed0", "cr4_fixed1", "ept_vpid"}) {
        const std::size_t leaf = state.leaf(std::string{"capability."} + name);
        CAPTURE(name);
        const KnownState known = read_text_dump(log + rendered.text).at(0);
        CHECK(known.value(leaf) == msr.at(state.leaves()[leaf].name));
    }
    test::check_cuts(log + fixture_dump("haxm.txt"), "haxm");

    SECTION("an MSR that is not there, one that is told twice, and words that do not fit") {
        const KnownState known =
            read_text_dump(
                "VMX cpu sec ctrl     : 0x0, 0x0\nVMX pin ctls         : 0x16, 0x7F\nVMX pin ctls         : "
                "0x16, 0x3F\nVMX exit ctls        : 0x136DFF, 0x1FFFFFFFFF\n" +
                rendered.text)
                .at(0);
        for (const char* name : {"capability.proc2", "capability.pin", "capability.exit"})
            CHECK_FALSE(known.value(name).has_value());
    }
}

TEST_CASE("VirtualBox: capability MSRs, and the number of its own check", "[field-list]") {
    const std::vector<KnownState> states = read_text_dump(fixture_dump("virtualbox.txt"));
    REQUIRE(states.size() == 1);
    CHECK(states[0].value("capability.pin") == 0x7f00000016U);
    CHECK(states[0].value("capability.exit") == 0x7fffff00036dffU);
    CHECK(says(states[0], "HM error 570 is VMX_IGS_V86_GS_LIMIT_INVALID"));
    CHECK(says(states[0], "here guest.gs.v86.limit "));
    CHECK(broken(states[0]).empty());
}

TEST_CASE("VirtualBox: registers of a guest whose entry failed, and the cause that its own check names",
          "[field-list]") {
    const std::string text = fixture_dump("virtualbox-real-mode.txt");
    const KnownState known = read_text_dump(text).at(0);
    CHECK(known.value("guest.rflags") == 0x20007U);  // EFlags with VM = 1
    CHECK(known.value("guest.gs_limit") == 0xffffffffU);
    CHECK(known.value("guest.cs_selector") == 0xf000U);
    CHECK(known.value("guest.gdtr_base") == 0x1000U);
    CHECK(known.value("guest.idtr_limit") == 0x3ffU);
    CHECK_FALSE(known.value("guest.cs_access_rights").has_value());
    CHECK(broken(known) == std::set<std::string>{"guest.gs.v86.limit"});
    test::check_cuts(text, "virtualbox");

    SECTION("without virtual-8086 mode the access rights and flags are the guest's") {
        const std::size_t from = text.find("00:00:05.485410");
        const KnownState other = read_text_dump(text.substr(0, from) + "    Real-on-v86 active = false\n").at(0);
        CHECK(other.value("guest.cs_access_rights") == 0x9bU);
        CHECK(other.value("guest.rflags") == 0x7U);
        CHECK_FALSE(other.value("guest.fs_access_rights").has_value());  // 0 is a null selector's
    }
    SECTION("where the log does not say which, they are unknown") {
        const KnownState other = read_text_dump(text.substr(0, text.find("00:00:05.485410"))).at(0);
        CHECK_FALSE(other.value("guest.cs_access_rights").has_value());
        CHECK_FALSE(other.value("guest.rflags").has_value());
    }
    SECTION("registers of a guest whose entry did not fail are not those of an entry") {
        const KnownState other = read_text_dump("HM: MSR_IA32_VMX_BASIC = 0xda0400000000f\n" +
                                                    text.substr(0, text.find("00:00:05.485406 CPU[0]")),
                                                "virtualbox")
                                     .at(0);
        CHECK_FALSE(other.value("guest.gs_limit").has_value());
        CHECK_FALSE(other.value("guest.rflags").has_value());
    }
    SECTION("two processors: only what they agree on") {
        std::string second = text;
        second.replace(second.find("flags=0000009b"), 14, "flags=0000009f");
        second.replace(second.find("limit=ffffffff"), 14, "limit=0000ffff");
        const std::string one = text.substr(0, text.find("00:00:05.485410")) + "    Real-on-v86 active = false\n";
        const KnownState other = read_text_dump(second.substr(0, second.find("00:00:05.485406 CPU[0]")) + one).at(0);
        CHECK_FALSE(other.value("guest.cs_access_rights").has_value());
        CHECK_FALSE(other.value("guest.gs_limit").has_value());
        CHECK(other.value("guest.ds_selector") == 0x40U);
    }
}

TEST_CASE("VirtualBox: other numbers of its own, and each of the table is of rules that there are", "[field-list]") {
    const auto after = [](unsigned number) {
        return read_text_dump(fmt::format("CPU[0]: VT-x info:\n HM error = {:#x} ({})\n", number, number)).at(0);
    };
    CHECK(says(after(501), "found nothing wrong"));
    CHECK(says(after(303), "copy of a control field differs"));
    CHECK(says(after(9), "number of VirtualBox's own"));
    std::uint64_t before = 0;
    for (const query::VirtualBoxCheck& one : query::virtualbox_checks()) {
        CAPTURE(one.number);
        CHECK(one.number > before);
        before = one.number;
        for (std::string_view rest = one.rules; !rest.empty();) {
            const std::size_t comma = rest.find(", ");
            CHECK(test::dump_spec().find(rest.substr(0, comma)) != nullptr);
            rest.remove_prefix(comma == std::string_view::npos ? rest.size() : comma + 2);
        }
    }
}

}  // namespace vmxspec::field_list_test
