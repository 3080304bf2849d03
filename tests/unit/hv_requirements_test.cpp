// What the theorems of the nested translation take for granted of a processor's controls, and what the hypervisor
// demands, are two lists: they say the same of each bit.
#include "hv/l1/controls.hpp"
#include "spec/lang/known.hpp"
#include "spec/nested/requirements.hpp"

#include <catch2/catch.hpp>

#include <map>

namespace vmxspec::hv_requirements_test {
namespace {

constexpr std::uint32_t basic = 0x480, pin = 0x48d, primary = 0x48e, secondary = 0x48b;

/// Capability MSRs of a processor that the hypervisor takes, by index.
using Msrs = std::map<std::uint32_t, std::uint64_t>;
Msrs msrs() {
    constexpr std::uint64_t all = 0xffff'ffffULL << 32, true_controls = 1ULL << 55;
    return {{basic, true_controls | 0x12},
            {0x481, all | 0x16},
            {0x482, all | 0x0401'e172},
            {0x483, all | 0x3'6dff},
            {0x484, all | 0x11ff},
            {pin, all | 0x16},
            {primary, all | 0x0400'6172},
            {0x48f, all | 0x3'6dfb},
            {0x490, all | 0x11fb},
            {secondary, all},
            {0x48c, ~0ULL}};
}

bool hv_takes(const Msrs& values) {
    hv::Controls controls;
    const auto read = [&](std::uint32_t index) { return values.contains(index) ? values.at(index) : 0; };
    return !hv::choose_controls(hv::Capabilities::read_from(read), controls);
}

/// The requirements that are about these controls.
class Requirements {
public:
    bool hold(const Msrs& values) const {
        std::vector<Known> leaves(spec_.state.leaves().size());
        for (std::size_t n = 0; n < leaves.size(); ++n) {
            const Leaf& leaf = spec_.state.leaves()[n];
            if (leaf.name.starts_with("real.") && values.contains(leaf.key))
                leaves[n] = Known::exactly(values.at(leaf.key), leaf.width);
        }
        const Evaluation evaluation{spec_.state.graph(), leaves};
        bool all = true;
        std::size_t judged = 0;
        for (const auto& requirement : requirements_)
            for (const std::string_view id :
                 {"processor.pin", "processor.proc", "processor.proc2", "processor.no-forced-exits"})
                if (requirement.id == id) {
                    const auto truth = evaluation.truth(requirement.condition.id());
                    REQUIRE(truth.has_value());
                    all = all && *truth;
                    ++judged;
                }
        REQUIRE(judged == 4);
        return all;
    }

private:
    Specification spec_;
    nested::Level0 l0_{spec_.state};
    std::vector<nested::Requirement> requirements_ = nested::processor_requirements(spec_.state, l0_);
};

}  // namespace

TEST_CASE("the hypervisor takes a processor if and only if the theorems speak of it", "[hv]") {
    const Requirements requirements;
    REQUIRE(hv_takes(msrs()));
    REQUIRE(requirements.hold(msrs()));
    unsigned refused = 0;
    for (const std::uint32_t msr : {pin, primary, secondary})
        for (unsigned bit = 0; bit < 64; ++bit) {
            Msrs changed = msrs();
            changed[msr] ^= std::uint64_t{1} << bit;  // forced to 1, or not allowed to be
            INFO("MSR " << std::hex << msr << " without bit " << std::dec << bit);
            CHECK(hv_takes(changed) == requirements.hold(changed));
            refused += hv_takes(changed) ? 0 : 1;
        }
    CHECK(refused > 20);
}

}  // namespace vmxspec::hv_requirements_test
