// Values of leaves, written "leaf=value" or "leaf.bits=value" as in `guest.cr0.pg=1`.
#pragma once

#include "proofs/query/name.hpp"
#include "proofs/state/json_value.hpp"
#include "proofs/state/profile.hpp"
#include "spec/specification.hpp"

#include <sstream>
#include <string>

namespace vmxspec::test {

class Setting {
public:
    /// Nothing is known.
    explicit Setting(const Specification& spec) : spec_{&spec}, values_(spec.state.leaves().size()) {}

    /// The recorded laptop: what its profile tells, outside SMM and SEAM.
    static Setting arrandale(const Specification& spec) {
        Setting setting{spec};
        for (const auto& [leaf, value] : profile(spec.state, "arrandale").values) setting.values_[leaf] = value;
        return setting.with("before.in_smm=0 before.in_seam=0");
    }

    /// Later assignments win; those of one leaf's bits add up.
    Setting& with(const std::string& assignments) {
        std::istringstream words{assignments};
        for (std::string word; words >> word;) {
            const std::size_t sign = word.find('=');
            const query::Name name = query::resolve(spec_->state, word.substr(0, sign));
            const std::uint64_t mask = low_bits(name.high - name.low + 1) << name.low;
            const std::uint64_t value = parse_number(word.substr(sign + 1), word) << name.low;
            if ((value & ~mask) != 0) throw std::out_of_range("too wide: " + word);
            Known& known = values_[name.leaf];
            known = {(known.value & ~mask) | value, known.known | mask};
        }
        return *this;
    }

    [[nodiscard]] Evaluation evaluate() const { return {spec_->graph, values_}; }
    [[nodiscard]] std::vector<Known>& values() { return values_; }

private:
    const Specification* spec_;
    std::vector<Known> values_;
};

}  // namespace vmxspec::test
