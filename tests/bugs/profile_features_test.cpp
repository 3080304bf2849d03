// The profile reader walked `json_object(json, "features", where).items()` in a range-for: items() refers to the JSON
// value that it is called on, which was a temporary and gone when the loop began. Features were read from freed memory.
#include "proofs/state/profile.hpp"

#include <catch2/catch.hpp>

#include <filesystem>
#include <fstream>

namespace vmxspec::profile_features_test {

TEST_CASE("a profile file's features and MSRs are all read", "[bugs]") {
    const std::string path = "./profile-features-test.json";
    // Long names and many members: freed memory does not hold them by accident.
    std::ofstream{path}
        << R"({"format": "vmxspec-processor", "name": "a processor with a name that needs memory of its own",
        "msr": {"0x480": "0x00da04000000000f", "0x481": "0x0000007f00000016", "0x492": null},
        "features": {"processor.maxphyaddr": 36, "processor.linear_width": 48, "processor.intel64": 1, "processor.nx": 1,
                     "processor.has_arch_capabilities": 0, "processor.speculation_controls": 5, "trait.lbr_pairs": 16}})";
    Graph graph;
    const State state{graph};
    const Profile read = profile(state, path);
    std::filesystem::remove(path);
    CHECK(read.name == "a processor with a name that needs memory of its own");
    KnownState known{state};
    apply(read, known);
    CHECK(known.value("processor.maxphyaddr") == 36U);
    CHECK(known.value("processor.linear_width") == 48U);
    CHECK(known.value("processor.intel64") == 1U);
    CHECK(known.value("processor.nx") == 1U);
    CHECK(known.value("processor.has_arch_capabilities") == 0U);
    CHECK(known.value("processor.speculation_controls") == 5U);
    CHECK(known.value("trait.lbr_pairs") == 16U);
    CHECK(known.value("capability.basic") == 0x00da04000000000fU);
    CHECK(known.value("capability.pin") == 0x0000007f00000016U);
    CHECK(known.standing(state.leaf("capability.proc3")) == Standing::absent);
    CHECK(read.values.size() == 9);
}

}  // namespace vmxspec::profile_features_test
