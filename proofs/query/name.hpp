// Names as users write them: `guest.cr0`, `guest.cr0.PG`, `entry.load_efer`.
#pragma once

#include "spec/state/state.hpp"

#include <string>
#include <string_view>

namespace vmxspec::query {

/// A leaf, or bits of it.
struct Name {
    std::size_t leaf = 0;
    unsigned high = 0;
    unsigned low = 0;
};

/// The leaf or named bits. Upper and lower case are the same; `pin`, `proc`, `proc2`, `proc3`, `exit`, `exit2` and
/// `entry` stand for the control words. Throws InputError with the nearest name.
[[nodiscard]] Name resolve(const State& state, std::string_view name);

/// The bits named by `member` of a leaf, or null; a number names one bit.
[[nodiscard]] const NamedBits* find_bits(const Leaf& leaf, std::string_view member);

/// Of many names the one that is written most like a wanted one.
class NearestName {
public:
    explicit NearestName(std::string wanted);
    void consider(const std::string& candidate);
    [[nodiscard]] const std::string& name() const { return best_; }

private:
    std::string wanted_;
    std::string best_;
    std::size_t least_;
};

}  // namespace vmxspec::query
