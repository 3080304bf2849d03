// Xen's vmcs_dump_vcpu: each recording, printed as each era prints it, is read back; 0 is no value where Xen may not
// have been able to read the field.
#include "proofs/query/dumps/xen_rows.hpp"
#include "tests/unit/dump_setting.hpp"

namespace vmxspec::xen_dump_test {
namespace {

using test::broken;
using test::fixture_dump;
using test::read_text_dump;
using test::says;

const std::vector<unsigned> eras{query::xen_era::x1, query::xen_era::x2, query::xen_era::x3, query::xen_era::x4};

/// What Xen prints as 0, and the reader says to be perhaps unread.
std::set<std::string> zeros(const KnownState& original, const KnownState& read_back) {
    std::set<std::string> names;
    for (std::size_t n = 0; n < original.values().size(); ++n) {
        const Leaf& leaf = original.state().leaves()[n];
        if (original.value(n) == 0U && says(read_back, std::string{leaf.manual_name})) names.insert(leaf.name);
    }
    return names;
}

}  // namespace

TEST_CASE("a recording is read back from each era of Xen", "[xen]") {
    const std::string name = GENERATE(from_range(test::recordings));
    const unsigned era = GENERATE(from_range(eras));
    CAPTURE(name, era);
    const KnownState original = test::read_one(test::dump_spec().state, test::fixture_json(name));
    const test::Rendered rendered = test::render(original, query::xen_rows(), era, "(XEN) [2023-01-02 03:04:05] ");
    REQUIRE(rendered.leaves.size() > 85);
    const std::vector<KnownState> states = read_text_dump(rendered.text);
    REQUIRE(states.size() == 1);
    test::check_read_back(states[0], original, rendered.leaves, zeros(original, states[0]));
    CHECK_FALSE(says(states[0], "not whole"));
}

TEST_CASE("a dump of Xen whose cause is known", "[xen]") {
    const std::string text = fixture_dump("xen-mov-ss-tf.txt");
    const std::vector<KnownState> states = read_text_dump(text);
    REQUIRE(states.size() == 1);
    CHECK(broken(states[0]) == std::set<std::string>{"guest.pending-dbg.bs-set"});
    CHECK(states[0].value("information.exit_reason") == 0x80000021U);
    CHECK(states[0].standing(test::dump_spec().state.leaf("control.eptp_index")) == Standing::unknown);
    CHECK(says(states[0], "could not read"));
    test::check_cuts(text, "xen");
    // The rate limit of Xen's log takes lines out of the middle.
    const std::size_t from = text.find("(XEN)   DS:");
    const std::size_t to = text.find("(XEN)   GS:");
    const KnownState cut =
        read_text_dump(text.substr(0, from) + "(XEN) printk: 5 messages suppressed.\n" + text.substr(to)).at(0);
    CHECK(says(cut, "5 of the lines that Xen always prints are missing (DS, SS, ES, ...)"));
}

TEST_CASE("a VM-instruction error of Xen makes the exit information stale", "[xen]") {
    std::string text = fixture_dump("xen-mov-ss-tf.txt");
    text.replace(0, text.find('\n'), "(XEN) d1v0 VMRESUME error: 0x7");
    const KnownState known = read_text_dump(text).at(0);
    CHECK(known.value("information.instruction_error") == 7U);
    CHECK_FALSE(known.value("information.exit_reason").has_value());
}

TEST_CASE("the MSR-load entry that Xen says was refused", "[xen]") {
    std::string text = fixture_dump("xen-mov-ss-tf.txt");
    const std::string body = text.substr(text.find('\n') + 1);
    const auto with = [&](const std::string& banner) { return read_text_dump(banner + body).at(0); };

    const KnownState known = with(
        "(XEN) d1v0 vmentry failure (reason 0x80000022): MSR loading (entry 1)\n(XEN)   msr c0000100 val "
        "00007f0000000000 (mbz 0)\n");
    REQUIRE(known.entry_msr_load.size() == 2);
    CHECK_FALSE(known.entry_msr_load[0].index.has_value());
    CHECK(known.entry_msr_load[1].index == 0xc0000100U);
    CHECK(known.entry_msr_load[1].data == 0x7f0000000000U);
    CHECK(known.entry_msr_load[1].reserved == 0U);
    CHECK(says(known, "the processor refused MSR C0000100H = 7F0000000000H: entry 1 of"));
    CHECK(broken(known).contains("msr-load.fs-gs-base"));

    const KnownState reserved = with(
        "(XEN) d1v0 vmentry failure (reason 0x80000022): MSR loading (entry 0)\n(XEN)   msr 00000277 val 6 (mbz "
        "0x1)\n");
    CHECK(reserved.entry_msr_load.at(0).reserved == 1U);
    CHECK(broken(reserved).contains("msr-load.reserved"));

    // Older releases tell the number only; a banner that is cut, or out of range, tells no entry.
    const KnownState older = with("(XEN) Failed vm entry (exit reason 0x80000022) caused by MSR entry 3 loading.\n");
    CHECK(says(older, "the processor refused entry 3 of the VM-entry MSR-load area, counted from 1"));
    CHECK(older.entry_msr_load.empty());
    for (const char* banner :
         {"(XEN) d1v0 vmentry failure (reason 0x80000022): MSR loading (entry 1)\n",
          "(XEN) d1v0 vmentry failure (reason 0x80000022): MSR loading (entry 1)\n(XEN)   msr "
          "c0000100 val 00007f\n",
          "(XEN) d1v0 vmentry failure (reason 0x80000022): MSR loading (entry 4000)\n(XEN)   Entry "
          "out of range\n"})
        CHECK(with(banner).entry_msr_load.empty());
    test::check_cuts(
        "(XEN) d1v0 vmentry failure (reason 0x80000022): MSR loading (entry 0)\n(XEN)   msr 00000277 val "
        "0007040600070406 (mbz 0)\n" +
            body,
        "xen");
}

TEST_CASE("cuts of Xen's dumps invent nothing", "[xen]") {
    const KnownState original = test::read_one(test::dump_spec().state, test::fixture_json("virtualbox-before02"));
    for (const unsigned era : eras) test::check_cuts(test::render(original, query::xen_rows(), era).text, "xen");
}

}  // namespace vmxspec::xen_dump_test
