// Names as users write them.
#include "proofs/query/name.hpp"

#include "proofs/state/input_error.hpp"
#include "spec/specification.hpp"

#include <catch2/catch.hpp>

namespace vmxspec::name_test {
namespace {

using Catch::Matchers::Contains;

const State& state() {
    static const Specification spec;
    return spec.state;
}

std::string refusal(const std::string& name) {
    try {
        (void)query::resolve(state(), name);
    } catch (const InputError& error) {
        return error.what();
    }
    return {};
}

}  // namespace

TEST_CASE("names of leaves and of their bits", "[name]") {
    const auto [text, leaf, high, low] = GENERATE(table<std::string, std::string, unsigned, unsigned>({
        {"guest.cr0", "guest.cr0", 63, 0},
        {"guest.cr0.PG", "guest.cr0", 31, 31},
        {"guest.cr0.pg", "guest.cr0", 31, 31},
        {"GUEST.CR0.PG", "guest.cr0", 31, 31},
        {" guest.cr4.PAE ", "guest.cr4", 5, 5},
        {"guest.rflags.IF", "guest.rflags", 9, 9},
        {"guest.rflags.IOPL", "guest.rflags", 13, 12},
        {"entry.load_efer", "control.entry", 15, 15},
        {"control.entry.load_efer", "control.entry", 15, 15},
        {"entry", "control.entry", 31, 0},
        {"pin.nmi_exiting", "control.pin", 3, 3},
        {"proc2.enable_ept", "control.proc2", 1, 1},
        {"exit2.save_fred", "control.exit2", 0, 0},
        {"guest.cs_access_rights.D/B", "guest.cs_access_rights", 14, 14},
        {"processor.intel64", "processor.intel64", 0, 0},
        {"capability.entry.must_be_1", "capability.entry", 31, 0},
        {"before.efer.LMA", "before.efer", 10, 10},
    }));
    CAPTURE(text);
    const query::Name name = query::resolve(state(), text);
    CHECK(state().leaves()[name.leaf].name == leaf);
    CHECK(name.high == high);
    CHECK(name.low == low);
}

TEST_CASE("an unknown name is answered with the nearest one", "[name]") {
    CHECK_THAT(refusal("guest.cr0.PGE"), Contains("guest.cr0.PGE") && Contains("the nearest name is guest.cr0.p"));
    CHECK_THAT(refusal("guest.crO"), Contains("the nearest name is guest.cr0."));
    CHECK_THAT(refusal("gest.rip"), Contains("the nearest name is guest.rip."));
    CHECK_THAT(refusal("entry.load_effer"), Contains("the nearest name is control.entry.load_efer."));
    CHECK_FALSE(refusal("").empty());
    CHECK_FALSE(refusal(".").empty());
}

}  // namespace vmxspec::name_test
