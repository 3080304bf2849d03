#include "proofs/vectors/condition.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace vmxspec::vectors {

namespace {

struct Row {
    std::string_view leaf;
    std::uint8_t number;
    std::optional<std::uint64_t> value;  ///< the only one that the condition stands for; nothing: any
};

constexpr std::array table{
    Row{"memory.vtpr", 0, {}},
    Row{"memory.link_word", 1, {}},
    Row{"memory.pdpte0", 2, {}},
    Row{"memory.pdpte1", 3, {}},
    Row{"memory.pdpte2", 4, {}},
    Row{"memory.pdpte3", 5, {}},
    Row{"before.vmresume", 6, 1},
    Row{"before.launched", 7, 1},
    Row{"before.blocking_by_mov_ss", 8, 1},
    Row{"before.current_is_shadow", 9, 1},
    Row{"before.current_vmcs", 10, ~std::uint64_t{0}},
};

}  // namespace

std::optional<std::uint8_t> condition(const State& state, std::size_t leaf, std::uint64_t value) {
    for (const Row& row : table)
        if (state.leaves()[leaf].name == row.leaf && (!row.value || row.value == value)) return row.number;
    return std::nullopt;
}

bool is_condition(const State& state, std::size_t leaf) {
    return std::ranges::any_of(table, [&](const Row& row) { return state.leaves()[leaf].name == row.leaf; });
}

}  // namespace vmxspec::vectors
