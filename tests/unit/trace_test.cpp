// Traces of real VM entries: read, and compared with the specification.
#include "proofs/query/trace.hpp"

#include "tests/unit/fixture.hpp"

#include <fmt/format.h>
#include <catch2/catch.hpp>

#include <map>

namespace vmxspec::trace_test {
namespace {

using Catch::Matchers::Contains;
using query::Agreement;

const Specification& spec() {
    static const Specification the_spec;
    return the_spec;
}

/// What the head of a trace tells of the recorded laptop.
std::string head() {
    KnownState laptop{spec().state};
    apply(profile(spec().state, "arrandale"), laptop);
    std::string text = "vmxspec-trace 1\ncpu vendor=GenuineIntel family=6 model=25 stepping=2 brand=\"a laptop\"\n";
    std::map<std::string, std::array<std::uint64_t, 4>> cpuid;
    for (std::size_t n = 0; n < spec().state.leaves().size(); ++n) {
        const Leaf& leaf = spec().state.leaves()[n];
        if (!laptop.value(n)) continue;
        if (leaf.source == Source::msr) text += fmt::format("msr {:x}={:x}\n", leaf.key, *laptop.value(n));
        if (leaf.source == Source::cpuid)
            cpuid[fmt::format("{:x}.{:x}", leaf.cpuid.leaf, leaf.cpuid.subleaf)]
                 [static_cast<std::size_t>(leaf.cpuid.reg)] |= *laptop.value(n) << leaf.cpuid.low;
    }
    for (const auto& [key, r] : cpuid)
        text += fmt::format("cpuid {}={:x}:{:x}:{:x}:{:x}\n", key, r[0], r[1], r[2], r[3]);
    return text + "mode efer=500 cr0=80000031 cr4=2020 cpl=0 smm=0\n";
}

/// A vector with the fields and the area of a recording, and what the machine answered.
std::string vector(const std::string& id, const std::string& recording, const std::string& answer) {
    const KnownState known = test::read_one(spec().state, test::fixture_json(recording));
    std::string text = fmt::format("vector {}\n", id);
    for (std::size_t n = 0; n < spec().state.leaves().size(); ++n) {
        const Leaf& leaf = spec().state.leaves()[n];
        if (leaf.source == Source::vmcs && known.value(n))
            text += fmt::format("vmcs {:x}={:x}\n", leaf.key, *known.value(n));
    }
    text += "area entry";
    for (const MsrAreaEntry& one : known.entry_msr_load)
        text += fmt::format(" {:x}:{:x}:{:x}", *one.index, *one.reserved, *one.data);
    return text + "\npointer 1000\n" + answer + "\n";
}

query::Trace read(const std::string& text) { return query::read_trace(spec(), text, "trace.txt"); }

}  // namespace

TEST_CASE("a trace is read", "[trace]") {
    const query::Trace trace =
        read(head() + vector("fails", "virtualbox-after02", "outcome fails exit 80000022 1") + "end 1\n");
    CHECK_THAT(trace.processor, Contains("a laptop"));
    REQUIRE(trace.entries.size() == 1);
    const query::TraceEntry& one = trace.entries[0];
    CHECK(one.id == "fails");
    CHECK(one.state.value("guest.cr0") == 0x80010035U);
    CHECK(one.state.value("processor.maxphyaddr") == 36U);
    CHECK(one.state.value("processor.intel64") == 1U);
    CHECK(one.state.value("before.current_vmcs") == 0x1000U);
    CHECK(one.state.value("before.efer") == 0x500U);
    REQUIRE(one.state.entry_msr_load.size() == 3);
    CHECK(one.state.entry_msr_load[0].data == 0xd01U);
    CHECK(one.observed.channel == Channel::entry_failure);
    CHECK(one.observed.number == 0x80000022);
    CHECK(one.observed.qualification == 1);
}

TEST_CASE("the specification is compared with what the machine did", "[trace]") {
    const auto [what, recording, answer, agreement] = GENERATE(table<std::string, std::string, std::string, Agreement>({
        {"the recorded failure", "virtualbox-after02", "outcome v exit 80000022 1", Agreement::agrees},
        {"another entry failed", "virtualbox-after02", "outcome v exit 80000022 2", Agreement::differs},
        {"another failure", "virtualbox-after02", "outcome v exit 80000021 0", Agreement::differs},
        {"it entered", "virtualbox-after02", "outcome v exit 12 0", Agreement::differs},
        {"the recorded entry", "virtualbox-before02", "outcome v exit 12 0", Agreement::agrees},
        {"it did not enter", "virtualbox-before02", "outcome v vmfail-valid 7", Agreement::differs},
        {"it did not come back", "virtualbox-before02", "outcome v died", Agreement::differs},
        {"it did not come back from a failure", "virtualbox-after02", "outcome v died", Agreement::differs},
        {"VMfailInvalid", "virtualbox-before02", "outcome v vmfail-invalid", Agreement::differs},
        {"the registers after it", "virtualbox-before02", "after efer=901 cr4=20a0\noutcome v exit 12 0",
         Agreement::differs},
        {"IA32_EFER after it", "virtualbox-before02", "after efer=901\noutcome v exit 12 0", Agreement::agrees},
        {"another IA32_EFER after it", "virtualbox-before02", "after efer=801\noutcome v exit 12 0",
         Agreement::differs},
    }));
    CAPTURE(what);
    const query::Trace trace = read(head() + vector("v", recording, answer) + "end 1\n");
    const query::Comparison comparison = query::compare(spec(), trace.entries.at(0));
    CAPTURE(comparison.difference);
    CHECK(static_cast<int>(comparison.agreement) == static_cast<int>(agreement));
    CHECK(comparison.difference.empty() == (agreement == Agreement::agrees));
}

TEST_CASE("a vector is told by how it differs from the first", "[trace]") {
    const query::Trace trace =
        read(head() + vector("base", "virtualbox-before02", "outcome base exit 12 0") +
             "vector v\nlike base\nvmcs 6800=80010034\npointer 1000\noutcome v exit 80000021 0\n" +
             "vector w\nlike base\npointer 1000\noutcome w exit 12 0\nend 3\n");
    REQUIRE(trace.entries.size() == 3);
    CHECK(trace.entries[1].state.value("guest.cr0") == 0x80010034U);
    CHECK(trace.entries[1].state.value("guest.cr4") == trace.entries[0].state.value("guest.cr4"));
    CHECK(trace.entries[2].state.value("guest.cr0") == trace.entries[0].state.value("guest.cr0"));
}

TEST_CASE("what the entry loaded and the exit saved is compared", "[trace]") {
    const auto [lines, words] = GENERATE(table<std::string, std::string>({
        {"saved", ""},
        {"host", ""},
        {"saved 6820=3", "guest.rflags is 3H, the manual says 2H"},
        // ES's base, and what is undefined of an unusable LDTR: all but bit 16 of its access rights.
        {"vmcs 4814=c093 806=10 6806=1000\nsaved 6806=1001", "guest.es_base is 1001H, the manual says 1000H"},
        {"vmcs 4820=10000 480c=0\nsaved 480c=55 4820=10082", ""},
        {"vmcs 4820=10000 480c=0\nsaved 4820=82", "guest.ldtr_access_rights is 82H"},
        // Saved with "save IA32_PAT" only; loaded by the area.
        {"vmcs 400c=36fff\nsaved 2804=1", ""},
        {"host dr7=400 sysenter_esp=1", "the host's sysenter_esp is 1H"},
        // Bits 63:32 that the area loaded are not saved; pending debug exceptions are not, but for MOV SS.
        {"vmcs 4014=1 482a=0\narea entry 174:0:100000000\nsaved", ""},
        {"vmcs 6822=1\nsaved", "guest.pending_debug is 1H, the manual says 0H"},
        {"vmcs 6822=1 4824=2\nsaved", ""},
        {"host dr7=401", "the host's dr7 is 401H, the manual says 400H"},
    }));
    CAPTURE(lines);
    const query::Trace trace = read(head() + vector("base", "virtualbox-before02", "outcome base exit 34 0") +
                                    "vector v\nlike base\nvmcs 4016=0 4014=0 6820=2 4824=0\npointer 1000\n" + lines +
                                    "\noutcome v exit 34 0\nend 2\n");
    const query::Comparison comparison = query::compare(spec(), trace.entries[1]);
    CHECK((comparison.agreement == Agreement::agrees) == words.empty());
    CHECK_THAT(comparison.difference, Contains(words));
}

TEST_CASE("a failed entry saves nothing", "[trace]") {
    const std::string fails = "vector v\nlike base\nvmcs 6820=0\npointer 1000\n";
    const auto seen = [&](const std::string& lines) {
        const query::Trace trace = read(head() + vector("base", "virtualbox-before02", "outcome base exit 12 0") +
                                        fails + lines + "\noutcome v exit 80000021 0\nend 2\n");
        return query::compare(spec(), trace.entries[1]).difference;
    };
    CHECK(seen("saved") == "");
    CHECK_THAT(seen("saved 6800=33"), Contains("a failed entry saves nothing"));
    CHECK_THAT(seen("host dr7=1"), Contains("the host's dr7 is 1H"));
}

TEST_CASE("a VMX abort is what the machine does not come back from", "[trace]") {
    const auto comparison = [&](const std::string& lines, const std::string& outcome) {
        const query::Trace trace = read(head() + vector("base", "virtualbox-before02", "outcome base exit 12 0") +
                                        "vector v\nlike base\nvmcs 400e=1 4010=1 4014=0\npointer 1000\n" + lines +
                                        "outcome v " + outcome + "\nend 2\n");
        return query::compare(spec(), trace.entries[1]);
    };
    const std::string good = "area exit-load c0000081:0:0\n";
    const std::string bad = "area exit-load 808:0:0\n";
    CHECK(comparison(good, "exit 12 0").agreement == Agreement::agrees);
    CHECK_THAT(comparison(good, "died").difference, Contains("did not come back"));
    CHECK(comparison(bad, "died").agreement == Agreement::agrees);
    CHECK_THAT(comparison(bad, "exit 12 0").difference, Contains("demands a VMX abort (exit.msr-load-abort)"));
    const query::Comparison stores = comparison("area exit-store 808:0:0\n", "died");
    REQUIRE(stores.aborts.size() == 1);
    CHECK(stores.aborts.front()->id == "exit.msr-store-abort");
}

TEST_CASE("a VM entry may come about in another way than the first", "[trace]") {
    const query::Trace trace =
        read(head() + "page link=5000\n" + vector("base", "virtualbox-before02", "outcome base exit 12 0") +
             "vector v\nlike base\nmode vmresume=1 efer=0 cs_l=0\npointer 1000\noutcome v "
             "vmfail-valid 5\nvector w\nlike base\npointer 1000\noutcome w exit 12 0\nend 3\n");
    CHECK(trace.pages.at("link") == 0x5000);
    CHECK(trace.entries[1].state.value("before.vmresume") == 1U);
    CHECK(trace.entries[1].state.value("before.efer") == 0U);
    CHECK(trace.entries[2].state.value("before.efer") == 0x500U);
    CHECK(query::compare(spec(), trace.entries[1]).judgement.violated.front().rule->id ==
          "basic.fail5.resume-not-launched");
}

TEST_CASE("a vector that the machine could not try is no disagreement", "[trace]") {
    const query::Trace trace =
        read(head() + vector("v", "virtualbox-before02", "outcome v unsupported 2018") + "end 1\n");
    CHECK(trace.entries.empty());
    CHECK(trace.not_tried == 1);
}

}  // namespace vmxspec::trace_test
