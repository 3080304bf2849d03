#include "proofs/query/trace_vector.hpp"

#include "proofs/query/trace_head.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace vmxspec::query {

namespace {

using std::string;

constexpr std::uint32_t entry_failed = 0x80000000;  ///< bit 31 of the exit reason (SDM 27.9.1)

struct Area {
    std::string_view name;
    std::vector<MsrAreaEntry> KnownState::*entries;
};
constexpr std::array areas{
    Area{"entry", &KnownState::entry_msr_load},
    Area{"exit-store", &KnownState::exit_msr_store},
    Area{"exit-load", &KnownState::exit_msr_load},
};

/// What the machine shows of the processor in the guest.
constexpr std::array<std::string_view, 3> after_registers{"efer", "cr0", "cr4"};

/// index:reserved:data
MsrAreaEntry area_entry(const TraceLine& line, const string& text) {
    const std::size_t first = text.find(':');
    const std::size_t second = text.find(':', first + 1);
    if (first == string::npos || second == string::npos)
        line.broken(fmt::format("\"{}\" is not index:reserved:data.", text));
    MsrAreaEntry entry;
    entry.index = line.number32(std::string_view{text}.substr(0, first));
    entry.reserved = line.number32(std::string_view{text}.substr(first + 1, second - first - 1));
    entry.data = line.number(std::string_view{text}.substr(second + 1));
    return entry;
}

/// The line's next word, which must be the open vector's id. \param what  that the line tells
void demand_id(TraceLine& line, const TraceEntry& entry, std::string_view what) {
    const string id = line.word();
    if (id != entry.id) line.broken(fmt::format("the {} of {} inside the vector {}.", what, id, entry.id));
}

}  // namespace

void VectorReader::give_up(Trace& trace) {
    if (open_) trace.entries.pop_back();
    open_ = false;
}

void VectorReader::demand_outcome(const TraceLine& line, const Trace& trace) const {
    if (open_) line.broken(fmt::format("the vector {} has no outcome.", trace.entries.back().id));
}

void VectorReader::begin(TraceLine& line, const KnownState& processor, Trace& trace) {
    if (open_) line.broken("a vector begins before the outcome of the one before.");
    const string id = line.word();
    if (id.empty()) line.broken("a vector without an id.");
    trace.entries.push_back({id, processor, {}, {}, {}, {}, {}, {}});
    trace.entries.back().state.name = id;
    trace.entries.back().state.processor = trace.processor;
    open_ = true;
    like_.reset();
}

void VectorReader::take(TraceLine& line, Trace& trace) {
    struct Kind {
        std::string_view name;
        void (VectorReader::*take)(TraceLine&, Trace&);
    };
    static constexpr std::array kinds{
        Kind{"like", &VectorReader::like},       Kind{"mode", &VectorReader::mode},
        Kind{"vmcs", &VectorReader::vmcs},       Kind{"area", &VectorReader::area},
        Kind{"memory", &VectorReader::memory},   Kind{"pointer", &VectorReader::pointer},
        Kind{"at", &VectorReader::at},           Kind{"said", &VectorReader::said},
        Kind{"after", &VectorReader::after},     Kind{"saved", &VectorReader::saved},
        Kind{"host", &VectorReader::host},       Kind{"predicted", &VectorReader::predicted},
        Kind{"outcome", &VectorReader::outcome},
    };
    if (!open_) line.broken(fmt::format("\"{}\" outside of a vector.", line.kind()));
    const auto* kind = std::ranges::find(kinds, line.kind(), &Kind::name);
    if (kind == kinds.end())
        line.broken(fmt::format("a line that begins with \"{}\" has no meaning in a trace.", line.kind()));
    (this->*kind->take)(line, trace);
}

/// VMCS fields that are not told are those of an earlier vector.
void VectorReader::like(TraceLine& line, Trace& trace) {
    const string id = line.word();
    const auto found = told_.find(id);
    if (found == told_.end()) line.broken(fmt::format("\"{}\" is no earlier vector of the trace.", id));
    const KnownState& other = trace.entries[found->second].state;
    const std::vector<Leaf>& leaves = spec_.state.leaves();
    for (std::size_t n = 0; n < leaves.size(); ++n)
        if (leaves[n].source == Source::vmcs && other.standing(n) == Standing::given)
            trace.entries.back().state.set_bits(n, other.values()[n], Standing::given);
    like_ = found->second;
}

/// Where this VM entry comes about otherwise than the head says.
void VectorReader::mode(TraceLine& line, Trace& trace) {
    line.each_pair([&](const string& name, const string& value) {
        line.replace(trace.entries.back().state, mode_leaf(spec_.state, line, name), line.number(value));
    });
}

void VectorReader::vmcs(TraceLine& line, Trace& trace) {
    KnownState& state = trace.entries.back().state;
    line.each_pair([&](const string& encoding, const string& value) {
        const std::size_t leaf = line.field(spec_.state, encoding);
        if (like_) {
            line.replace(state, leaf, line.number(value));
        } else {
            line.set(state, leaf, line.number(value));
        }
    });
}

void VectorReader::area(TraceLine& line, Trace& trace) {
    const string name = line.word();
    const auto* area = std::ranges::find(areas, name, &Area::name);
    if (area == areas.end()) line.unknown(fmt::format("no MSR area is named {}", name));
    std::vector<MsrAreaEntry>& entries = trace.entries.back().state.*area->entries;
    for (string word = line.word(); !word.empty(); word = line.word()) entries.push_back(area_entry(line, word));
}

void VectorReader::memory(TraceLine& line, Trace& trace) {
    line.each_pair([&](const string& name, const string& value) {
        const std::size_t* leaf = spec_.state.find(name == "link" ? "memory.link_word" : "memory." + name);
        if (leaf == nullptr) line.unknown(fmt::format("no memory operand is named {}", name));
        line.set(trace.entries.back().state, *leaf, line.number(value));
    });
}

void VectorReader::pointer(TraceLine& line, Trace& trace) {
    line.set(trace.entries.back().state, spec_.state.leaf("before.current_vmcs"), line.number(line.word()));
}

/// For who adds what the machine said.
void VectorReader::at(TraceLine& line, Trace& /*trace*/) {
    for (string tick = line.word(); !tick.empty(); tick = line.word()) (void)line.number(tick);
}

void VectorReader::said(TraceLine& line, Trace& trace) { trace.entries.back().said.push_back(line.rest()); }

void VectorReader::after(TraceLine& line, Trace& trace) {
    line.each_pair([&](const string& name, const string& value) {
        if (std::ranges::find(after_registers, name) == after_registers.end())
            line.unknown(fmt::format("no register that a guest shows is named {}", name));
        trace.entries.back().after.emplace_back(name, line.number(value));
    });
}

void VectorReader::saved(TraceLine& line, Trace& trace) {
    auto& saved = trace.entries.back().saved.emplace();
    line.each_pair([&](const string& encoding, const string& value) {
        saved.emplace(line.field(spec_.state, encoding), line.number(value));
    });
}

void VectorReader::host(TraceLine& line, Trace& trace) {
    TraceEntry& entry = trace.entries.back();
    if (like_) entry.host = trace.entries[*like_].host;
    line.each_pair([&](const string& name, const string& value) {
        // Either table says what such a register is afterwards; the VMCS's rows are no registers.
        if (name.starts_with("vmcs.") || spec_.after_exit.find(name) == nullptr ||
            spec_.after_failure.find(name) == nullptr)
            line.unknown(fmt::format("no register that a VM exit loads is named {}", name));
        entry.host[name] = line.number(value);
    });
}

void VectorReader::predicted(TraceLine& line, Trace& trace) {
    TraceEntry& entry = trace.entries.back();
    demand_id(line, entry, "prediction");
    if (!entry.predicted) entry.predicted.emplace();
    for (string rule = line.word(); !rule.empty(); rule = line.word()) entry.predicted->insert(rule);
}

void VectorReader::outcome(TraceLine& line, Trace& trace) {
    demand_id(line, trace.entries.back(), "outcome");
    Observation& seen = trace.entries.back().observed;
    const string kind = line.word();
    if (kind == "exit") {
        seen.number = line.number32(line.word());
        seen.qualification = line.number(line.word());
        seen.channel = (seen.number & entry_failed) != 0 ? Channel::entry_failure : Channel::none;
    } else if (kind == "vmfail-valid") {
        seen.number = line.number32(line.word());
        seen.channel = Channel::vmfail_valid;
    } else if (kind == "vmfail-invalid") {
        seen.channel = Channel::vmfail_invalid;
    } else if (kind == "entered") {
        seen.number = line.number32(line.word());
        seen.qualification = line.number(line.word());
        seen.ran = true;
    } else if (kind == "died") {
        seen.died = true;
    } else if (kind == "unsupported") {
        trace.entries.pop_back();
        ++trace.not_tried;
        open_ = false;
        return;
    } else {
        line.broken(fmt::format("\"{}\" is no outcome.", kind));
    }
    open_ = false;
    told_[trace.entries.back().id] = trace.entries.size() - 1;
}

}  // namespace vmxspec::query
