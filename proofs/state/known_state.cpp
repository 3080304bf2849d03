#include "proofs/state/known_state.hpp"

#include "proofs/state/input_error.hpp"

#include <fmt/format.h>

#include <utility>

namespace vmxspec {

KnownState::KnownState(const State& state)
    : state_{&state},
      values_(state.leaves().size()),
      standing_(state.leaves().size(), Standing::unknown),
      reason_(state.leaves().size()) {}

void KnownState::set(std::size_t n, std::uint64_t value, Standing standing, std::string reason) {
    const Leaf& leaf = state_->leaves().at(n);
    if ((value & ~low_bits(leaf.width)) != 0)
        throw InputError(fmt::format("{} = {} does not fit: it has {} bit{}; correct the value.", leaf.name, hex(value),
                                     std::max(leaf.width, 1U), leaf.width > 1 ? "s" : ""));
    if (standing == Standing::given && standing_[n] == Standing::given && values_[n].value != value)
        throw InputError(fmt::format("{} is given twice with different values, {} and {}; keep the right one.",
                                     leaf.name, hex(values_[n].value), hex(value)));
    values_[n] = Known::exactly(value, leaf.width);
    standing_[n] = standing;
    reason_[n] = std::move(reason);
}

void KnownState::set_bits(std::size_t n, Known bits, Standing standing, std::string reason) {
    Known& value = values_.at(n);
    value = {(value.value & ~bits.known) | (bits.value & bits.known), value.known | bits.known};
    standing_[n] = standing;
    reason_[n] = std::move(reason);
}

void KnownState::set_absent(std::size_t n) {
    if (standing_.at(n) == Standing::given)
        throw InputError(
            fmt::format("{} is given both a value and as absent; keep the right one.", state_->leaves()[n].name));
    values_[n] = Known::unknown();
    standing_[n] = Standing::absent;
}

std::optional<std::uint64_t> KnownState::value(std::size_t n) const {
    const unsigned width = state_->leaves().at(n).width;
    if (!values_[n].complete(width)) return std::nullopt;
    return values_[n].value;
}

std::string hex(std::uint64_t value) { return fmt::format("{:X}H", value); }

}  // namespace vmxspec
