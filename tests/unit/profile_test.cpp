// Processor profiles: shipped ones, generations, files, traces, and the live processor through a made-up machine.
#include "proofs/query/processor_report.hpp"
#include "proofs/query/trace.hpp"
#include "proofs/state/generation.hpp"
#include "proofs/state/input_error.hpp"
#include "proofs/state/live_processor.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <map>

namespace vmxspec::profile_test {
namespace {

using Catch::Matchers::Contains;

struct Fixture {
    Graph graph;
    State state{graph};

    [[nodiscard]] Known value(const Profile& profile, std::string_view leaf) const {
        for (const auto& [n, known] : profile.values)
            if (n == state.leaf(leaf)) return known;
        return Known::unknown();
    }
    /// Bit `bit` of the allowed 1-settings: 0, 1, or nothing when it is unknown.
    [[nodiscard]] std::optional<int> may_be_1(const Profile& profile, std::string_view leaf, unsigned bit) const {
        const Known known = value(profile, leaf);
        if ((known.known >> (32 + bit) & 1) == 0) return std::nullopt;
        return static_cast<int>(known.value >> (32 + bit) & 1);
    }
};

constexpr unsigned unrestricted_guest = 7, vmcs_shadowing = 14, pml = 17, tsc_scaling = 25;

/// A processor made of numbers: MSRs that it does not list fault.
struct MadeUp {
    std::map<std::uint32_t, std::uint64_t> msrs{{0x480, 0xda04000000000f}, {0x481, 0x7f00000016}, {0xfe, 0xd08}};
    std::map<std::pair<unsigned, std::uint32_t>, std::uint64_t> others;
    std::map<std::uint32_t, std::array<std::uint32_t, 4>> cpuid{{0, {0xa, 0, 0, 0}},
                                                                {1, {0, 0, 1 << 5 | 1 << 15, 1 << 12 | 1 << 16}},
                                                                {0xa, {0x07300403, 0, 0, 0x603}},
                                                                {0x80000000, {0x80000008, 0, 0, 0}},
                                                                {0x80000001, {0, 0, 0, 1 << 29 | 1 << 20}},
                                                                {0x80000002, {0x20202020, 0x65746e49, 0x3121206c, 0}},
                                                                {0x80000008, {0x3024, 0, 0, 0}}};
    std::vector<unsigned> processors{0};

    [[nodiscard]] Machine machine() const {
        return {[this](std::uint32_t leaf, std::uint32_t) {
                    const auto found = cpuid.find(leaf);
                    // As hardware: a leaf past the last one shows another one's data.
                    return found == cpuid.end() ? cpuid.at(0xa) : found->second;
                },
                [this](unsigned processor, std::uint32_t index) -> std::optional<std::uint64_t> {
                    if (const auto other = others.find({processor, index}); other != others.end()) return other->second;
                    const auto found = msrs.find(index);
                    return found == msrs.end() ? std::nullopt : std::optional{found->second};
                },
                processors};
    }
};

}  // namespace

TEST_CASE("a profile is written and read back as it was", "[profile]") {
    const Fixture f;
    for (const std::string& name : profile_names()) {
        CAPTURE(name);
        Profile one = profile(f.state, name);
        Profile back = parse_profile(f.state, profile_json(f.state, one), "it");
        CHECK((back.name == one.name && back.title == one.title && back.origin == one.origin && back.kind == one.kind));
        const auto by_leaf = [](const auto& a, const auto& b) { return a.first < b.first; };
        std::ranges::sort(one.values, by_leaf);
        std::ranges::sort(back.values, by_leaf);
        std::ranges::sort(one.absent);
        std::ranges::sort(back.absent);
        CHECK(back.values == one.values);
        CHECK(back.absent == one.absent);
        CHECK_FALSE(one.origin.empty());
        CHECK_THAT(query::processor_report(f.state, one), Contains(one.title) && Contains(one.origin));
    }
}

TEST_CASE("a generation has what it and its forebears add, lacks what came later, leaves the rest open", "[profile]") {
    const Fixture f;
    const auto bit = [&](const char* name, unsigned n) {
        return f.may_be_1(profile(f.state, name), "capability.proc2", n);
    };
    CHECK(bit("nehalem", unrestricted_guest) == 0);
    CHECK(bit("westmere", unrestricted_guest) == 1);
    CHECK(bit("sapphire-rapids", unrestricted_guest) == 1);
    CHECK(bit("ivy-bridge", vmcs_shadowing) == 0);
    CHECK(bit("haswell", vmcs_shadowing) == 1);
    CHECK(bit("broadwell", pml) == std::nullopt);  // some parts have it
    CHECK(bit("skylake", pml) == 1);
    CHECK(bit("broadwell", tsc_scaling) == 0);
    CHECK(bit("skylake", tsc_scaling) == std::nullopt);
    CHECK(f.value(profile(f.state, "haswell"), "capability.true_exit") ==
          Known{0x007fffff00036dfb, f.value(profile(f.state, "haswell"), "capability.true_exit").known});
    CHECK(f.value(profile(f.state, "nehalem"), "processor.maxphyaddr") == Known::exactly(40, 8));
    CHECK(f.value(profile(f.state, "haswell"), "processor.rtm") == Known::unknown());
    CHECK(f.value(profile(f.state, "ivy-bridge"), "processor.rtm") == Known::exactly(0, 1));
    CHECK_FALSE(generation(f.state, "8086").has_value());
}

TEST_CASE("a generation never contradicts the recorded processor of it, but for sizes", "[profile]") {
    const Fixture f;
    const Profile westmere = profile(f.state, "westmere");
    const Profile arrandale = profile(f.state, "arrandale");
    std::size_t compared = 0;
    for (const auto& [n, known] : westmere.values) {
        const Leaf& leaf = f.state.leaves()[n];
        const Known recorded = f.value(arrandale, leaf.name);
        if (leaf.name == "processor.maxphyaddr" || recorded.known == 0) continue;
        CAPTURE(leaf.name, known.value, known.known, recorded.value);
        CHECK(((known.value ^ recorded.value) & known.known & recorded.known) == 0);
        ++compared;
    }
    CHECK(compared > 30);
}

TEST_CASE("what is generic or emulated says so where the processor is named", "[profile]") {
    const Fixture f;
    const auto named = [&](const char* name) {
        KnownState known{f.state};
        apply(profile(f.state, name), known);
        return known.processor;
    };
    CHECK(named("arrandale") == "arrandale");
    CHECK_THAT(named("haswell"), Contains("generic") && Contains("not read from a machine"));
    CHECK_THAT(named("tigerlake"), Contains("emulated"));
}

TEST_CASE("bits that a profile file does not know stay unknown", "[profile]") {
    const Fixture f;
    const std::string head = R"({"format": "vmxspec-processor", "name": "x", )";
    const Profile one =
        parse_profile(f.state, head + R"("msr": {"0x481": {"value": "0x16", "known": "0xff"}, "0x480": null}})", "it");
    CHECK(f.value(one, "capability.pin") == Known{0x16, 0xff});
    CHECK(one.absent == std::vector{f.state.leaf("capability.basic")});
    for (const auto& [rest, sentence] : std::vector<std::pair<std::string, std::string>>{
             {R"("msr": {"0x481": {"value": "0x100", "known": "0xff"}}})", "does not fit"},
             {R"("features": {"processor.sep": 2}})", "does not fit"},
             {R"("features": {"processor.horns": 1}})", "no feature is named"},
             {R"("kind": "dreamt"})", "no kind of profile is named dreamt"}}) {
        CAPTURE(rest);
        CHECK_THROWS_WITH(parse_profile(f.state, head + rest, "it"), Contains(sentence));
    }
}

TEST_CASE("the live processor's profile is read from its CPUID and MSRs", "[profile]") {
    const Fixture f;
    MadeUp made_up;
    const auto [profile, differences] = read_profile(f.state, made_up.machine());
    CHECK(profile.title == "Intel !1");
    CHECK(f.value(profile, "capability.pin") == Known::exactly(0x7f00000016, 64));
    CHECK(std::ranges::count(profile.absent, f.state.leaf("capability.proc3")) == 1);
    CHECK(f.value(profile, "processor.maxphyaddr") == Known::exactly(0x24, 8));
    CHECK(f.value(profile, "processor.intel64") == Known::exactly(1, 1));
    CHECK(f.value(profile, "processor.perfmon_version") == Known::exactly(3, 8));
    // Leaf DH is past the last one, whose data CPUID shows there.
    CHECK(f.value(profile, "processor.xss_low") == Known::exactly(0, 32));
    CHECK(differences.empty());
    CHECK(parse_profile(f.state, profile_json(f.state, profile), "it").values.size() == profile.values.size());

    made_up.processors = {0, 1};
    made_up.others[{1, 0x481}] = 0x16;
    const auto told = read_profile(f.state, made_up.machine()).second;
    REQUIRE(told.size() == 1);
    CHECK(told[0] == "IA32_VMX_PINBASED_CTLS of logical processor 1 differs from that of 0.");

    made_up.msrs.erase(0x480);
    CHECK_THROWS_WITH(read_profile(f.state, made_up.machine()), Contains("IA32_VMX_BASIC faults"));
    made_up.cpuid[1][2] = 0;
    CHECK_THROWS_WITH(read_profile(f.state, made_up.machine()), Contains("no VMX"));
}

}  // namespace vmxspec::profile_test
