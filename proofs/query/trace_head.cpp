#include "proofs/query/trace_head.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace vmxspec::query {

namespace {

constexpr std::string_view brand_key = "brand=\"";
constexpr std::array<std::string_view, 6> kinds{"cpu", "machine", "msr", "cpuid", "mode", "page"};

}  // namespace

std::size_t mode_leaf(const State& state, const TraceLine& line, const std::string& name) {
    const std::size_t* leaf = state.find(name == "smm" ? "before.in_smm" : "before." + name);
    if (leaf == nullptr) line.unknown(fmt::format("nothing of the mode before a VM entry is named {}", name));
    return *leaf;
}

bool TraceHead::knows(std::string_view kind) { return std::ranges::find(kinds, kind) != kinds.end(); }

void TraceHead::take(TraceLine& line, Trace& trace) {
    using std::string;
    if (line.kind() == "cpu") {
        trace.processor = line.rest();
    } else if (line.kind() == "machine") {
        emulator(line, trace);
    } else if (line.kind() == "msr") {  // the probe also tells MSRs that no rule reads
        line.each_pair([&](const string& index, const string& value) {
            const std::uint64_t told = line.number(value);
            if (const std::size_t* leaf = state_.find_msr(line.number32(index))) line.set(processor_, *leaf, told);
        });
    } else if (line.kind() == "cpuid") {
        line.each_pair([&](const string& leaf, const string& value) { cpuid_[leaf] = registers(line, value); });
    } else if (line.kind() == "mode") {
        line.each_pair([&](const string& name, const string& value) {
            line.set(processor_, mode_leaf(state_, line, name), line.number(value));
        });
    } else {
        line.each_pair([&](const string& name, const string& address) { trace.pages[name] = line.number(address); });
    }
}

/// model=NAME version="NAME VERSION"
void TraceHead::emulator(TraceLine& line, Trace& trace) {
    constexpr std::string_view model = "model=";
    constexpr std::string_view version = "version=\"";
    const std::string name = line.word();
    const std::string quoted = line.rest();
    if (!name.starts_with(model) || !quoted.starts_with(version) || quoted.size() == version.size() ||
        !quoted.ends_with('"'))
        line.broken("what runs the machine is told as model=NAME version=\"...\".");
    trace.model = name.substr(model.size());
    trace.version = quoted.substr(version.size(), quoted.size() - version.size() - 1);
}

TraceHead::Registers TraceHead::registers(const TraceLine& line, const std::string& text) {
    Registers result{};
    std::size_t from = 0;
    for (std::size_t k = 0; k < result.size(); ++k) {
        const std::size_t end = text.find(':', from);
        if ((end == std::string::npos) != (k + 1 == result.size()))
            line.broken(fmt::format("\"{}\" are not four registers.", text));
        result[k] = line.number(std::string_view{text}.substr(from, end - from));
        from = end + 1;
    }
    return result;
}

const KnownState& TraceHead::processor() {
    for (std::size_t n = 0; n < state_.leaves().size(); ++n) {
        const Leaf& leaf = state_.leaves()[n];
        if (leaf.source != Source::cpuid || processor_.standing(n) != Standing::unknown) continue;
        const auto found = cpuid_.find(fmt::format("{:x}.{:x}", leaf.cpuid.leaf, leaf.cpuid.subleaf));
        const std::uint64_t reg = found == cpuid_.end() ? 0 : found->second[static_cast<std::size_t>(leaf.cpuid.reg)];
        processor_.set(n, reg >> leaf.cpuid.low & low_bits(leaf.cpuid.high - leaf.cpuid.low + 1), Standing::given);
    }
    return processor_;
}

Profile TraceHead::profile(const Trace& trace) {
    const KnownState& told = processor();
    Profile profile{"this-machine", trace.processor, "read by the probe", ProfileKind::recorded, {}, {}};
    const std::size_t brand = trace.processor.find(brand_key);
    if (brand != std::string::npos) {
        profile.title = trace.processor.substr(brand + brand_key.size());
        profile.title.resize(std::min(profile.title.size(), profile.title.find('"')));
    }
    for (std::size_t n = 0; n < state_.leaves().size(); ++n) {
        const Leaf& leaf = state_.leaves()[n];
        if (leaf.source != Source::msr && leaf.source != Source::cpuid) continue;
        if (told.standing(n) == Standing::given) {
            profile.values.emplace_back(n, told.values()[n]);
        } else {
            profile.absent.push_back(n);  // RDMSR faulted
        }
    }
    return profile;
}

}  // namespace vmxspec::query
