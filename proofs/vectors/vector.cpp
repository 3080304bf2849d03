#include "proofs/vectors/vector.hpp"

#include "proofs/vectors/condition.hpp"
#include "proofs/vectors/safety.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace vmxspec::vectors {

namespace {

std::string contents_of(const std::vector<MsrAreaEntry>& area) {
    std::string contents = "|";
    for (const MsrAreaEntry& entry : area)
        contents += fmt::format("{:x}:{:x}:{:x} ", *entry.index, *entry.reserved, *entry.data);
    return contents;
}

}  // namespace

Collection::Collection(const Specification& spec, Base base, std::size_t every)
    : spec_{spec}, base_{std::move(base)}, every_{every} {}

bool Collection::is_field(std::size_t leaf) const {
    const KnownState& base = base_.ia32e;
    const Leaf& one = base.state().leaves()[leaf];
    return one.source == Source::vmcs && Encoding{one.key}.area() != Area::read_only &&
           base.standing(leaf) == Standing::given;
}

std::vector<std::size_t> Collection::fields() const {
    std::vector<std::size_t> list;
    for (std::size_t n = 0; n < base().values().size(); ++n)
        if (is_field(n)) list.push_back(n);
    return list;
}

KnownState Collection::state(const Vector& vector) const {
    KnownState state = base_of(vector);
    const State& s = state.state();
    const auto set = [&](std::size_t leaf, std::uint64_t value) {
        state.set_bits(leaf, Known::exactly(value, s.leaves()[leaf].width), Standing::given);
    };
    // What the probe does for a vector, unless the vector says otherwise.
    set(s.leaf("control.entry_msr_load_count"), vector.entry_msr_load.size());
    set(s.leaf("control.exit_msr_store_count"), vector.exit_msr_store.size());
    set(s.leaf("control.exit_msr_load_count"), vector.exit_msr_load.size());
    for (const auto& [leaf, value] : vector.fields) {
        const std::string& name = s.leaves()[leaf].name;
        if (name == "memory.link_word") set(s.leaf("guest.link_pointer"), base_.link);
        if (name.starts_with("memory.pdpte")) {
            set(s.leaf("guest.cr3"), base_.pdpt);
            for (const char* other : {"memory.pdpte0", "memory.pdpte1", "memory.pdpte2", "memory.pdpte3"})
                if (!vector.fields.contains(s.leaf(other))) set(s.leaf(other), 0);
        }
    }
    for (const auto& [leaf, value] : vector.fields) set(leaf, value);
    if (vector.link_is_current)
        set(s.leaf("guest.link_pointer"), state.value("before.current_vmcs").value_or(base_.current));
    // The region of the current VMCS begins with the revision identifier, which VMPTRLD wanted (IA32_VMX_BASIC[30:0]).
    if (vector.link_is_current)
        set(s.leaf("memory.link_word"), state.value("capability.basic").value_or(0) & low_bits(31));
    state.entry_msr_load = vector.entry_msr_load;
    state.exit_msr_store = vector.exit_msr_store;
    state.exit_msr_load = vector.exit_msr_load;
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
    // Walks are few enough already: each is made only if it is looked at.
    const bool chosen = vector.id.starts_with("rule/") || vector.id.starts_with("walk/");
    if (!chosen && offers_++ % every_ != 0) return {};
    const auto refuse = [&](const std::string& reason) {
        exclude(vector.id, reason);
        return reason;
    };
    if (vector.legacy && !base_.legacy) return refuse("the machine was not entered from legacy mode");
    const KnownState& base = base_of(vector);
    const State& s = base.state();
    // VMPTRLD takes a shadow VMCS only where "VMCS shadowing" can be 1 (33.3): bit 14, in the upper half of the MSR.
    constexpr unsigned vmcs_shadowing_allowed = 32 + 14;
    if (vector.fields.contains(s.leaf("before.current_is_shadow")) &&
        (base.value("capability.proc2").value_or(0) >> vmcs_shadowing_allowed & 1) == 0)
        return refuse("the processor has no shadow VMCS");
    std::string contents = vector.legacy ? "legacy " : vector.link_is_current ? "current " : "";
    for (auto one = vector.fields.begin(); one != vector.fields.end();) {
        const bool is_condition = condition(s, one->first, one->second).has_value();
        if (!is_field(one->first) && !is_condition)
            return refuse("the machine's VMCS lacks a field, or the probe cannot arrange it");
        if (!is_condition && base.value(one->first) == one->second) {
            one = vector.fields.erase(one);
        } else {
            contents += fmt::format("{:x}={:x} ", one->first, one->second);
            ++one;
        }
    }
    contents +=
        contents_of(vector.entry_msr_load) + contents_of(vector.exit_msr_store) + contents_of(vector.exit_msr_load);
    if (!seen_.emplace(contents, vector.id).second) return {};
    const KnownState candidate = state(vector);
    if (const char* reason = danger(spec_, candidate, query::judge(spec_, candidate), base)) return refuse(reason);
    vectors_.push_back(std::move(vector));
    return {};
}

}  // namespace vmxspec::vectors
