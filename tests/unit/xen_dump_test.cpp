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

TEST_CASE("cuts of Xen's dumps invent nothing", "[xen]") {
    const KnownState original = test::read_one(test::dump_spec().state, test::fixture_json("virtualbox-before02"));
    for (const unsigned era : eras) test::check_cuts(test::render(original, query::xen_rows(), era).text, "xen");
}

}  // namespace vmxspec::xen_dump_test
