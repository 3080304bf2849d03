// Traces that a hypervisor writes of its guest's VM entries (trace mode): no end, lines between others', guests that
// ran.
#include "proofs/query/trace.hpp"
#include "proofs/state/input_error.hpp"

#include <catch2/catch.hpp>

namespace vmxspec::hypervisor_trace_test {
namespace {

using query::Agreement;

const Specification& spec() {
    static const Specification the_spec;
    return the_spec;
}

query::Trace read(const std::string& text) { return query::read_trace(spec(), text, "trace.txt"); }

const std::string head = "vmxspec-trace 1\nendless\ncpu x\n";
const std::string first = "vector p0.0\nvmcs 6800=80010035 6804=2020\noutcome p0.0 entered 12 0\n";

/// The text as it goes to a port: a mark in front of each line, and what the guest writes between.
std::string marked(const std::string& text) {
    std::string result = "booting\n";
    std::size_t from = 0;
    for (std::size_t end = text.find('\n'); end != std::string::npos; from = end + 1, end = text.find('\n', from))
        result += "@ " + text.substr(from, end - from) + (from % 2 == 0 ? "\nvmcs 1=1\n" : "\n");
    return result + (from < text.size() ? "@ " + text.substr(from) : "");
}

}  // namespace

TEST_CASE("a hypervisor's trace has no end, and may break off anywhere", "[trace]") {
    const auto [rest, entries] = GENERATE(table<std::string, std::size_t>({
        {"", 1},
        {"vector p0.1\n", 1},
        {"vector p0.1\nlike p0.0\nvmcs 6800=8001", 1},
        {"vector p0.1\nlike p0.0\noutcome p0.1 entered 1", 1},
        {"vector p0.1\nlike p0.0\noutcome p0.1 entered 12 0\n", 2},
        {"vector p0.1\nlike p0.0\noutcome p0.1 entered 12 0\nvec", 2},
    }));
    CAPTURE(rest);
    CHECK(read(head + first + rest).entries.size() == entries);
    CHECK(read(marked(head + first + rest)).entries.size() == entries);
}

TEST_CASE("a hypervisor's trace without a VM entry is refused", "[trace]") {
    for (const std::string& text : {head, head + "vector p0.0\nvmcs 6800=80010035\n", marked(head)})
        CHECK_THROWS_WITH(read(text), Catch::Contains("trace.txt has no VM entry"));
}

TEST_CASE("what is not marked is somebody else's, and the place of an error is that in the file", "[trace]") {
    CHECK(read(marked(head + first)).entries.front().state.value("guest.cr0") == 0x80010035U);
    try {
        (void)read("guest\n\n@ vmxspec-trace 1\nvector\n@ endless\n@ vector\n");
        FAIL("a vector without an id was read");
    } catch (const InputError& error) {
        CHECK(std::string{error.what()} == "trace.txt, line 6: a vector without an id.");
    }
}

TEST_CASE("a vector may be like any that was told before", "[trace]") {
    const query::Trace trace =
        read(head + first + "vector p1.0\nvmcs 6800=80000031\noutcome p1.0 vmfail-valid 7\n" +
             "vector p0.1\nlike p0.0\nvmcs 6804=2030\noutcome p0.1 entered 12 0\n" +
             "vector p0.2\nlike p0.1\noutcome p0.2 entered 12 0\nvector p1.1\nlike p1.0\noutcome p1.1 died\n");
    REQUIRE(trace.entries.size() == 5);
    CHECK(trace.entries[2].state.value("guest.cr0") == 0x80010035U);
    CHECK(trace.entries[3].state.value("guest.cr4") == 0x2030U);
    CHECK(trace.entries[4].state.value("guest.cr0") == 0x80000031U);
}

TEST_CASE("a guest that ran is judged by its VM entry, not by its VM exit", "[trace]") {
    // The smallest that breaks a rule: VMRESUME of a VMCS that was not launched.
    const std::string resumed = "vector p0.0\nmode vmresume=1 launched=0 cpl=0\npointer 1000\npredicted p0.0";
    const auto compared = [&](const std::string& rest) {
        return query::compare(spec(), read(head + resumed + rest).entries.at(0));
    };
    CHECK(compared("\noutcome p0.0 entered 12 0\n").agreement == Agreement::differs);
    const query::Comparison right = compared(" basic.fail5.resume-not-launched\noutcome p0.0 vmfail-valid 5\n");
    CHECK(right.agreement == Agreement::agrees);
    const query::Comparison unpredicted = compared("\noutcome p0.0 vmfail-valid 5\n");
    CHECK_FALSE(unpredicted.predicted_right);
}

}  // namespace vmxspec::hypervisor_trace_test
