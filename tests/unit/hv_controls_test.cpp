// The controls of VMCS01 on each processor that is shipped as a profile, and what is refused.
#include "hv/l1/controls.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <filesystem>
#include <fstream>
#include <map>
#include <optional>
#include <string>

namespace vmxspec::hv_controls_test {
namespace {

using namespace hv;

const std::filesystem::path profiles = std::filesystem::path{VMXSPEC_FIXTURES} / "../../spec/state/profiles";

Capabilities capabilities_of(const std::filesystem::path& file) {
    std::ifstream stream{file};
    const nlohmann::json json = nlohmann::json::parse(stream);
    const nlohmann::json& msrs = json.at("msr");
    return Capabilities::read_from([&](std::uint32_t index) -> std::uint64_t {
        char name[8];
        std::snprintf(name, sizeof name, "0x%x", index);
        const auto found = msrs.find(name);
        return found == msrs.end() || found->is_null() ? 0 : std::stoull(found->get<std::string>(), nullptr, 16);
    });
}

Capabilities skylake() { return capabilities_of(profiles / "corei7_skylake_x.json"); }

std::optional<CapabilityRefusal> refusal_of(const Capabilities& capabilities) {
    Controls controls;
    return choose_controls(capabilities, controls);
}

/// A capability MSR: bits 31:0 must be 1, bits 63:32 may be 1 (SDM appendix A.2).
bool allowed(std::uint64_t capability, std::uint32_t control) {
    const auto must = static_cast<std::uint32_t>(capability), may = static_cast<std::uint32_t>(capability >> 32);
    return (control & must) == must && (control & ~may) == 0;
}

constexpr std::uint64_t may(unsigned bit) { return std::uint64_t{1} << (32 + bit); }
constexpr std::uint64_t must(unsigned bit) { return std::uint64_t{1} << bit; }

}  // namespace

TEST_CASE("each shipped processor is taken or refused as it should be", "[hv]") {
    using enum CapabilityRefusal;
    const std::map<std::string, std::optional<CapabilityRefusal>> expected{
        {"arrandale", std::nullopt},
        {"core2_penryn_t9600", no_ept},
        {"corei5_lynnfield_750", no_unrestricted_guest},
        {"corei5_arrandale_m520", std::nullopt},
        {"corei7_sandy_bridge_2600k", std::nullopt},
        {"corei7_ivy_bridge_3770k", std::nullopt},
        {"corei7_haswell_4770", std::nullopt},
        {"broadwell_ult", std::nullopt},
        {"corei7_skylake_x", std::nullopt},
        {"corei3_cnl", std::nullopt},
        {"corei7_icelake_u", std::nullopt},
        {"tigerlake", std::nullopt}};
    std::size_t seen = 0;
    for (const auto& entry : std::filesystem::directory_iterator{profiles}) {
        INFO(entry.path());
        const auto row = expected.find(entry.path().stem().string());
        REQUIRE(row != expected.end());
        const Capabilities capabilities = capabilities_of(entry.path());
        Controls controls;
        const auto refusal = choose_controls(capabilities, controls);
        ++seen;
        CHECK((refusal ? static_cast<int>(*refusal) : -1) == (row->second ? static_cast<int>(*row->second) : -1));
        if (refusal) {
            CHECK_FALSE(sentence(*refusal).empty());
            continue;
        }
        CHECK(allowed(capabilities.pin, controls.pin));
        CHECK(allowed(capabilities.primary, controls.primary));
        CHECK(allowed(capabilities.secondary, controls.secondary));
        CHECK(allowed(capabilities.exit, controls.exit));
        CHECK(allowed(capabilities.entry, controls.entry));
        CHECK((controls.secondary & 0x82) == 0x82);  // EPT, unrestricted guest
        CHECK((controls.pin & 0x29) == 0x28);        // NMIs come here, external interrupts do not
        CHECK(controls.ept_pages.two_mib);
        CHECK(controls.vpid == ((controls.secondary >> 5 & 1) != 0));
    }
    CHECK(seen == expected.size());
}

TEST_CASE("what a processor must have, one thing after the other", "[hv]") {
    using enum CapabilityRefusal;
    REQUIRE_FALSE(refusal_of(skylake()));
    struct Row {
        std::uint64_t Capabilities::*word;
        std::uint64_t cleared;
        CapabilityRefusal refusal;
    };
    for (const Row& row :
         {Row{&Capabilities::primary, may(31), no_secondary_controls}, Row{&Capabilities::secondary, may(1), no_ept},
          Row{&Capabilities::secondary, may(7), no_unrestricted_guest},
          Row{&Capabilities::primary, may(28), no_msr_bitmaps}, Row{&Capabilities::pin, may(3), no_nmi_control},
          Row{&Capabilities::pin, may(5), no_nmi_control}, Row{&Capabilities::exit, may(9), no_efer_control},
          Row{&Capabilities::exit, may(20), no_efer_control}, Row{&Capabilities::exit, may(21), no_efer_control},
          Row{&Capabilities::entry, may(15), no_efer_control}, Row{&Capabilities::ept_vpid, must(20), no_invept},
          Row{&Capabilities::ept_vpid, must(25) | must(26), no_invept},
          Row{&Capabilities::ept_vpid, must(6), no_invept}, Row{&Capabilities::ept_vpid, must(14), no_invept}}) {
        Capabilities capabilities = skylake();
        REQUIRE((capabilities.*row.word & row.cleared) != 0);
        capabilities.*row.word &= ~row.cleared;
        CHECK(refusal_of(capabilities) == row.refusal);
    }
}

TEST_CASE("exits that can't be turned off", "[hv]") {
    for (const unsigned bit : {0U, 6U, 7U}) {
        Capabilities capabilities = skylake();
        capabilities.pin |= must(bit);
        CHECK(refusal_of(capabilities) == CapabilityRefusal::forced_exits);
    }
    for (const unsigned bit :
         {2U, 3U, 7U, 9U, 10U, 11U, 12U, 15U, 16U, 19U, 20U, 21U, 22U, 23U, 24U, 25U, 27U, 29U, 30U}) {
        Capabilities capabilities = skylake();
        capabilities.primary |= must(bit);
        CHECK(refusal_of(capabilities) == CapabilityRefusal::forced_exits);
    }
    // Without the TRUE MSRs "CR3-load exiting" and "CR3-store exiting" are among the bits that must be 1.
    const auto old = [](std::uint32_t index) -> std::uint64_t { return index == 0x482 ? 0xf7f9'fffe'0401'e172 : 0; };
    CHECK((Capabilities::read_from(old).primary & 0x1'8000) == 0x1'8000);
}

TEST_CASE("what is taken where it is there, and left out where it is not", "[hv]") {
    Capabilities capabilities = skylake();
    Controls controls;
    REQUIRE_FALSE(choose_controls(capabilities, controls));
    CHECK((controls.vpid && controls.pat && controls.xsaves() && controls.invept_single && controls.invvpid_single));
    CHECK(controls.ept_pages.one_gib);

    capabilities.ept_vpid &= ~(must(17) | must(41) | must(25));
    REQUIRE_FALSE(choose_controls(capabilities, controls));
    CHECK((controls.vpid && !controls.invvpid_single && !controls.invept_single && !controls.ept_pages.one_gib));

    capabilities.ept_vpid &= ~must(42);  // VPIDs of which nothing can be forgotten
    REQUIRE_FALSE(choose_controls(capabilities, controls));
    CHECK_FALSE(controls.vpid);
    CHECK((controls.secondary >> 5 & 1) == 0);

    for (const unsigned missing : {18U, 19U}) {
        Capabilities partly = skylake();
        partly.exit &= ~may(missing);
        REQUIRE_FALSE(choose_controls(partly, controls));
        CHECK((!controls.pat && (controls.exit & 0xc'0000) == 0 && (controls.entry & 0x4000) == 0));
    }
}

}  // namespace vmxspec::hv_controls_test
