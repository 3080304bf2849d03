// KVM's dump_vmcs: each recording, printed as each era prints it, is read back; what is not the field is marked; no cut
// invents a violation.
#include "proofs/query/dumps/kvm_rows.hpp"
#include "tests/unit/dump_setting.hpp"

namespace vmxspec::kvm_dump_test {
namespace {

using Catch::Matchers::Contains;
using test::broken;
using test::fixture_dump;
using test::read_text_dump;
using test::says;

const std::vector<unsigned> eras{query::kvm_era::a, query::kvm_era::b, query::kvm_era::c, query::kvm_era::d};

KnownState recording(const std::string& name) {
    return test::read_one(test::dump_spec().state, test::fixture_json(name));
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
    for (std::size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size()))
        text.replace(at, from.size(), to);
    return text;
}

}  // namespace

TEST_CASE("a recording is read back from each era", "[kvm]") {
    const std::string name = GENERATE(from_range(test::recordings));
    const unsigned era = GENERATE(from_range(eras));
    CAPTURE(name, era);
    const KnownState original = recording(name);
    const test::Rendered rendered =
        test::render(original, query::kvm_rows(), era, era == query::kvm_era::d ? "kvm_intel: " : "");
    REQUIRE(rendered.leaves.size() > 90);
    for (const std::string& prefix : {std::string{}, std::string{"> [  12.345678] "}}) {
        const std::vector<KnownState> states = read_text_dump(prefix + replaced(rendered.text, "\n", "\n" + prefix));
        REQUIRE(states.size() == 1);
        test::check_read_back(states[0], original, rendered.leaves);
        CHECK_FALSE(says(states[0], "not whole"));
    }
}

TEST_CASE("dumps whose cause is known", "[kvm]") {
    const std::vector<KnownState> accessed = read_text_dump(fixture_dump("kvm-accessed-bit.txt"));
    REQUIRE(accessed.size() == 1);
    CHECK(broken(accessed[0]) == std::set<std::string>{"guest.ds.type.accessed", "guest.es.type.accessed"});
    CHECK(says(accessed[0], "injected-event identification 4E6H is left over"));
    CHECK(accessed[0].value("control.entry_msr_load_count") == 0U);
    const std::vector<KnownState> ordinary = read_text_dump(fixture_dump("kvm-ordinary-exit.txt"));
    CHECK(broken(ordinary.at(0)).empty());
    CHECK(says(ordinary[0], "bit 31 clear"));
    CHECK(says(ordinary[0], "PDPTEs of the dump are left over"));
}

TEST_CASE("transport damage does not change what is read", "[kvm]") {
    const std::string text = fixture_dump("kvm-accessed-bit.txt");
    const KnownState whole = read_text_dump(text).at(0);
    const auto [what, damaged] = GENERATE_COPY(table<std::string, std::string>({
        {"wrapped", replaced(replaced(text, ", limit", ",\nlimit"), "DR7 = ", "DR7 =\n")},
        {"quoted-printable", replaced(replaced(text, "=", "=3D"), " base", " =\nbase")},
        {"no-break spaces", replaced(text, " ", "\xc2\xa0")},
        {"blanks run together", replaced(text, "  ", " ")},
        {"one line", replaced(text, "\n", " ") + "\n"},
        {"quoted in a fence", "Hello,\n```\n> " + replaced(text, "\n", "\n> ") + "\n```\nBye\n"},
        {"carriage returns", replaced(text, "\n", "\r\n")},
        {"journal", "Jan  2 03:04:05 h kernel: " + replaced(text, "\n", "\nJan  2 03:04:05 h kernel: ")},
        {"lines of others", replaced(text, "CR3 =", "usb 1-1: new device = 5\nCR3 =")},
    }));
    CAPTURE(what);
    const std::vector<KnownState> states = read_text_dump(damaged);
    REQUIRE(states.size() == 1);
    CHECK(states[0].values() == whole.values());
}

TEST_CASE("elided, cut and wrong values are unknown", "[kvm]") {
    const std::string text = fixture_dump("kvm-accessed-bit.txt");
    const std::string value = "CR3 = 0x000000000a709000";
    const std::string bad =
        GENERATE(values<std::string>({"CR3 = 0x000000000a70...", "CR3 = 0x000000000a70", "CR3 = 0x", "CR3 = ...",
                                      "CR3 = 0x000000000a70900000", "CR3 = 0x000000000a70900g", "CR3"}));
    CAPTURE(bad);
    const KnownState known = read_text_dump(replaced(text, value, bad)).at(0);
    CHECK_FALSE(known.value("guest.cr3").has_value());
    CHECK(known.value("guest.rip") == 0x17cU);
    CHECK(says(known, "CR3"));
}

TEST_CASE("values that are not the field", "[kvm]") {
    const std::string text =
        replaced(fixture_dump("kvm-accessed-bit.txt"), "EntryControls=0000d1ff", "EntryControls=000051ff");
    const KnownState computed =
        read_text_dump(replaced(text, "EFER= 0x0000000000000000", "EFER= 0x0000000000000000 (effective)")).at(0);
    CHECK_FALSE(computed.value("guest.efer").has_value());
    CHECK(computed.value("host.efer") == 0xd01U);
    CHECK(says(computed, "computed by KVM"));
    const KnownState seven = read_text_dump("KVM: entry failed, hardware error 0x7\n" + text).at(0);
    CHECK(seven.value("information.instruction_error") == 7U);
    CHECK_FALSE(seven.value("information.exit_reason").has_value());
    CHECK(says(seven, "not an exit reason"));
    const KnownState reason = read_text_dump(text + "KVM: entry failed, hardware error 0x80000021\n").at(0);
    CHECK(reason.value("information.exit_reason") == 0x80000021U);
    CHECK_FALSE(says(reason, "not an exit reason"));
}

TEST_CASE("MSR areas as KVM prints them since 5.13", "[kvm]") {
    const std::string text = fixture_dump("kvm-accessed-bit.txt");
    const std::string area =
        "MSR guest autoload:\n   0: msr=0x0000038f value=0x0000000000000007\n   1: msr=0xc0000080 "
        "value=0x0000000000000d01\n";
    const std::string host = "*** Host State ***\n";
    const KnownState known = read_text_dump(replaced(text, host, area + host)).at(0);
    REQUIRE(known.entry_msr_load.size() == 2);
    CHECK(known.entry_msr_load[1].index == 0xc0000080U);
    CHECK(known.entry_msr_load[1].data == 0xd01U);
    CHECK(known.value("control.entry_msr_load_count") == 2U);
    const KnownState other = read_text_dump(replaced(text, host, replaced(area, "autoload", "autostore") + host)).at(0);
    CHECK(other.entry_msr_load.empty());
    const KnownState gap = read_text_dump(replaced(text, host, replaced(area, " 0: ", " 5: ") + host)).at(0);
    CHECK(gap.entry_msr_load.empty());
    CHECK_FALSE(gap.value("control.entry_msr_load_count").has_value());
}

TEST_CASE("several dumps, and two printed into each other", "[kvm]") {
    const std::string one = fixture_dump("kvm-accessed-bit.txt");
    const std::string two = fixture_dump("kvm-ordinary-exit.txt");
    const std::vector<KnownState> both = read_text_dump(one + "and the other processor:\n" + two);
    REQUIRE(both.size() == 2);
    CHECK(both[0].name == "dump 1 of 2");
    CHECK(both[0].values() == read_text_dump(one).at(0).values());
    CHECK(both[1].values() == read_text_dump(two).at(0).values());
    CHECK(read_text_dump(one.substr(0, one.size() / 3) + "\n" + two).size() == 2);

    std::string mixed;
    std::string told;
    std::istringstream first{one};
    std::istringstream second{replaced(one, "CR3 = 0x000000000a709000", "CR3 = 0x000000000b709000")};
    for (std::string a, b; std::getline(first, a) && std::getline(second, b);) {
        mixed += a + "\n" + b + "\n";
        told += "[ 1.5][ T1] " + a + "\n[ 1.5][ T2] " + b + "\n";
    }
    const std::vector<KnownState> merged = read_text_dump(mixed);
    REQUIRE(merged.size() == 1);
    CHECK(says(merged[0], "2 dumps are printed into each other"));
    CHECK_FALSE(merged[0].value("guest.cr3").has_value());
    CHECK(merged[0].value("guest.cr0") == 0x80000031U);
    CHECK(broken(merged[0]) == broken(both[0]));
    const std::vector<KnownState> apart = read_text_dump(told);
    REQUIRE(apart.size() == 2);
    CHECK(apart[0].value("guest.cr3") == 0xa709000U);
    CHECK(apart[1].value("guest.cr3") == 0xb709000U);
}

TEST_CASE("a dump that is cut is told, and invents nothing", "[kvm]") {
    const std::string text = fixture_dump("kvm-accessed-bit.txt");
    const KnownState cut = read_text_dump(text.substr(0, text.find("*** Control"))).at(0);
    CHECK(says(cut, "the dump is not whole"));
    CHECK_FALSE(cut.value("control.entry").has_value());
    test::check_cuts(fixture_dump("kvm-ordinary-exit.txt"), "kvm");
    test::check_cuts(text, "kvm");
    for (const unsigned era : eras)
        test::check_cuts(test::render(recording("virtualbox-before02"), query::kvm_rows(), era).text, "kvm");
}

TEST_CASE("QEMU alone", "[kvm]") {
    const std::vector<KnownState> states = read_text_dump(
        "KVM: entry failed, hardware error 0x80000021\n\nIf you're running a guest on an Intel machine without "
        "unrestricted "
        "mode\nEAX=00000000\nCS =f000 ffff0000 0000ffff 00009b00\nCR0=60000010 CR2=00000000 CR3=00000000 "
        "CR4=00000000\n");
    REQUIRE(states.size() == 1);
    CHECK(states[0].value("information.exit_reason") == 0x80000021U);
    CHECK_FALSE(states[0].value("guest.cr0").has_value());
    CHECK(says(states[0], "invalid guest state"));
    CHECK(broken(states[0]).empty());
    // The registers are the guest's view: none of them is a field, neither alone nor behind a dump of the kernel.
    const std::string registers =
        "KVM: entry failed, hardware error 0x80000021\nRAX=0000000000000000 RBX=0000000000000000\n"
        "RSI=0000000000000001 RDI=0000000000000000\nRSP=ffffc90000017418\nRIP=ffffffff828e3a0c RFL=00000286 [--S--P-] "
        "CPL=0\n"
        "ES =0000 0000000000000000 ffffffff 00c00100\nCS =0010 0000000000000000 ffffffff 00af9b00 DPL=0 CS64 [-RA]\n"
        "SS =0018 0000000000000000 ffffffff 00cf9300\nTR =0040 fffffe0000003000 00004087 00008b00\n"
        "GDT=     fffffe0000001000 0000007f\nCR0=80050033 CR2=0000000000000000 CR3=0000000004442000 CR4=00750ef0\n"
        "DR6=00000000fffe0ff0 DR7=0000000000000400\nEFER=0000000000000d01\n";
    const KnownState alone = read_text_dump(registers).at(0);
    for (std::size_t n = 0; n < alone.values().size(); ++n) {
        const std::string& name = test::dump_spec().state.leaves()[n].name;
        CAPTURE(name);
        CHECK((alone.standing(n) == Standing::given) == (name == "information.exit_reason"));
    }
    CHECK_FALSE(says(alone, "not whole"));
    const std::string dump = fixture_dump("kvm-accessed-bit.txt");
    CHECK(read_text_dump(dump + registers).at(0).values() == read_text_dump(dump).at(0).values());
    CHECK(read_text_dump(registers + dump).at(0).values() == read_text_dump(dump).at(0).values());
    CHECK(read_text_dump("KVM: entry failed, hardware error 0x7\n").at(0).value("information.instruction_error") == 7U);
    CHECK_THROWS_WITH(read_text_dump("*** Guest State ***\n"), Contains("no VMCS field was found"));
}

}  // namespace vmxspec::kvm_dump_test
