// Random walks: the solver keeps what a few random bits leave to keep.
#include "proofs/state/profile.hpp"
#include "proofs/vectors/family.hpp"
#include "proofs/vectors/profile_base.hpp"

#include <catch2/catch.hpp>

#include <map>

namespace vmxspec::walks_test {
namespace {

using vectors::Collection;
using vectors::Vector;

TEST_CASE("the solver keeps what the bits of a walk leave to keep", "[vectors]") {
    Specification spec;
    const vectors::Base base = vectors::base_of_profile(spec.state, profile(spec.state, "corei7_skylake_x"));
    Collection collection{spec, base, 1};
    const auto broken = [&](const Vector& vector) {
        return query::judge(spec, collection.state(vector)).violated.size();
    };
    vectors::walks(collection, spec, vectors::modes(collection), 7, 60);
    std::map<std::string, const Vector*> found;
    for (const Vector& one : collection.vectors()) found[one.id] = &one;
    std::size_t mended = 0;
    std::size_t contradicted = 0;
    for (const auto& [id, walk] : found) {
        const auto bare = found.find(id + "/bare");
        if (bare == found.end()) continue;
        CHECK(broken(*bare->second) > 0);  // or else they are one VM entry
        // What the bits changed, both have; and the solver never breaks what they do not.
        for (const auto& [leaf, value] : bare->second->fields)
            CHECK((walk->fields.contains(leaf) || base.ia32e.value(leaf) != value));
        ++(broken(*walk) == 0 ? mended : contradicted);
    }
    CHECK(mended > 15);
    CHECK(contradicted > 5);
    Collection again{spec, base, 1};
    vectors::walks(again, spec, vectors::modes(again), 7, 10);
    for (const Vector& one : again.vectors()) CHECK(one.fields == found.at(one.id)->fields);
}

}  // namespace
}  // namespace vmxspec::walks_test
