#include "proofs/vectors/vector.hpp"

#include "proofs/vectors/safety.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace vmxspec::vectors {

Collection::Collection(const Specification& spec, const KnownState& base, std::size_t every)
    : spec_{spec}, base_{base}, every_{every} {}

bool Collection::is_field(std::size_t leaf) const {
    const Leaf& one = base_.state().leaves()[leaf];
    return one.source == Source::vmcs && Encoding{one.key}.area() != Area::read_only &&
           base_.standing(leaf) == Standing::given;
}

std::vector<std::size_t> Collection::fields() const {
    std::vector<std::size_t> list;
    for (std::size_t n = 0; n < base_.values().size(); ++n)
        if (is_field(n)) list.push_back(n);
    return list;
}

KnownState Collection::state(const Vector& vector) const {
    KnownState state = base_;
    for (const auto& [leaf, value] : vector.fields)
        state.set_bits(leaf, Known::exactly(value, base_.state().leaves()[leaf].width), Standing::given);
    state.entry_msr_load = vector.entry_msr_load;
    // The probe sets the count by the area, unless the vector does.
    const std::size_t count = base_.state().leaf("control.entry_msr_load_count");
    if (!vector.fields.contains(count))
        state.set_bits(count, Known::exactly(vector.entry_msr_load.size(), 32), Standing::given);
    return state;
}

void Collection::exclude(const std::string& id, const std::string& reason) {
    const std::string family = id.substr(0, id.find('/'));
    const auto same = std::ranges::find_if(
        exclusions_, [&](const Exclusion& one) { return one.what == family && one.reason == reason; });
    if (same == exclusions_.end()) {
        exclusions_.push_back({family, reason, 1});
    } else {
        ++same->count;
    }
}

std::optional<std::string> Collection::offer(Vector vector) {
    if (offers_++ % every_ != 0 && !vector.id.starts_with("rule/")) return {};
    const auto refuse = [&](const std::string& reason) {
        exclude(vector.id, reason);
        return reason;
    };
    std::string contents;
    for (auto one = vector.fields.begin(); one != vector.fields.end();) {
        if (!is_field(one->first)) return refuse("the machine's VMCS lacks a field");
        if (base_.value(one->first) == one->second) {
            one = vector.fields.erase(one);
        } else {
            contents += fmt::format("{:x}={:x} ", one->first, one->second);
            ++one;
        }
    }
    for (const MsrAreaEntry& entry : vector.entry_msr_load)
        contents += fmt::format("{:x}:{:x}:{:x} ", *entry.index, *entry.reserved, *entry.data);
    if (!seen_.emplace(contents, vector.id).second) return {};
    const KnownState candidate = state(vector);
    if (const char* reason = danger(candidate, query::judge(spec_, candidate), base_)) return refuse(reason);
    vectors_.push_back(std::move(vector));
    return {};
}

}  // namespace vmxspec::vectors
