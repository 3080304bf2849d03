// XMHF with nested virtualization prints VMCS12 and VMCS02 before and after an entry, in two notations:
//     CPU(0x05): (0x6800) @before02@guest_CR0 = 0x0000000080010035
//     --------[after begin]--------
//     CPU(0x04): (0x6800) :vmcs02:guest_CR0 = 0x0000000080010035
//     CPU(0x04): :MSR:vmcs02_vmentry_msr_load_area[0] = 0xc0000080 -> 0x0000000000000d01
//     CPU(0x04): vcpu->vmx_msrs[0]=0x00da04000000000f
//     --------[after end]--------
// A field that the processor does not have is `unavailable`. Sections are before12, before02, after12 and after02.
#include "proofs/query/dumps/reader.hpp"
#include "proofs/query/dumps/xmhf_names.hpp"
#include "proofs/state/input_error.hpp"

#include <fmt/format.h>

#include <charconv>
#include <map>
#include <regex>

namespace vmxspec::query {

namespace {

constexpr std::uint32_t first_capability_msr = 0x480;
constexpr std::size_t most_entries = 512;
constexpr std::size_t longest_line = 1024;  ///< XMHF's are below 200; std::regex recurses once a character

class XmhfDump {
public:
    XmhfDump(const State& state, const std::string& where) : state_{state}, where_{where} {}

    void line(const std::string& text, unsigned number, bool complete) {
        number_ = number;
        complete_ = complete;
        if (!interesting(text)) return;
        if (text.size() > longest_line)
            broken(fmt::format("a VMCS line of {} characters; give the dump as it was printed.", text.size()));
        std::smatch m;
        const bool bracket = text.find("[before ") != std::string::npos || text.find("[after ") != std::string::npos;
        if (bracket && std::regex_search(text, m, block_)) {
            block_name_ = m[2] == "begin" ? m[1].str() : "";
        } else if (std::regex_search(text, m, field_)) {
            field(m[3].matched ? m[3].str() + m[4].str() : in_block() + m[5].str(), m[1].str(), m[6].str(), m[7].str());
        } else if (std::regex_search(text, m, entry_)) {
            MsrAreaEntry& one = entry(in_block() + "02", m[1].str());
            put(one, one.index, "index", static_cast<std::uint32_t>(value(m[2].str(), 8)));
            put(one, one.data, "data", value(m[3].str(), 16));
        } else if (std::regex_search(text, m, entry_part_)) {
            MsrAreaEntry& one = entry(m[1].str() + "02", m[2].str());
            if (m[3] == "data") put(one, one.data, "data", value(m[4].str(), 16));
            if (m[3] == "index") put(one, one.index, "index", static_cast<std::uint32_t>(value(m[4].str(), 8)));
            if (m[3] == "reserved")
                put(one, one.reserved, "reserved", static_cast<std::uint32_t>(value(m[4].str(), 8)));
        } else if (!block_name_.empty() && std::regex_search(text, m, capability_)) {
            capability(block_name_ + (m[1].matched ? "12" : "02"), m[2].str(), m[3].str());
        } else if (std::regex_search(text, begun_)) {
            throw InputError(
                fmt::format("{}, line {}: a VMCS line that breaks off; give the whole line.", where_, number));
        }
    }

    std::vector<KnownState> sections() {
        if (sections_.empty()) throw InputError(fmt::format("{}: no VMCS field was found in it.", where_));
        std::vector<KnownState> result;
        for (const std::string& name : order_) {
            KnownState& state = sections_.at(name);
            bool assumed = false;
            for (MsrAreaEntry& one : state.entry_msr_load) {
                assumed = assumed || !one.reserved;
                if (!one.reserved) one.reserved = 0;
            }
            if (assumed)
                state.notes.emplace_back(
                    "bits 63:32 of MSR-load entries: this notation does not print them; taken as 0");
            result.push_back(state);
        }
        return result;
    }

private:
    /// Most lines of a log are not ours; regular expressions are slow.
    static bool interesting(const std::string& text) {
        for (const char* mark : {"@before", "@after", ":vmcs", ":MSR:", "msrs[", "[before ", "[after "})
            if (text.find(mark) != std::string::npos) return true;
        return false;
    }

    [[noreturn]] void broken(const std::string& what) const {
        throw InputError(fmt::format("{}, line {}: {}", where_, number_, what));
    }

    std::string in_block() const {
        if (block_name_.empty())
            broken("a VMCS line outside of [before begin] or [after begin]; give the whole block.");
        return block_name_;
    }

    KnownState& section(const std::string& name) {
        if (const auto found = sections_.find(name); found != sections_.end()) return found->second;
        KnownState& fresh = sections_.emplace(name, KnownState{state_}).first->second;
        fresh.name = name;
        order_.push_back(name);
        return fresh;
    }

    std::uint64_t value(const std::string& digits, std::size_t expected) const {
        if (digits.size() < expected && !complete_)
            broken(fmt::format("the last line breaks off after {} of {} digits; give the whole dump.", digits.size(),
                               expected));
        if (digits.size() > expected)
            broken(fmt::format("{} digits where {} fit; correct the value.", digits.size(), expected));
        if (digits.size() < expected)
            broken(fmt::format("{} of {} digits: the line is truncated.", digits.size(), expected));
        std::uint64_t result = 0;
        std::from_chars(digits.data(), digits.data() + digits.size(), result, 16);
        return result;
    }

    void field(const std::string& name, const std::string& encoding, const std::string& member,
               const std::string& text) {
        KnownState& state = section(name);
        std::optional<std::uint32_t> key = xmhf_encoding(member);
        if (!encoding.empty()) key = static_cast<std::uint32_t>(std::stoul(encoding, nullptr, 16));
        if (!key) broken(fmt::format("no VMCS field is named {}.", member));
        const std::size_t* leaf = state_.find_field(*key);
        if (leaf == nullptr) broken(fmt::format("no VMCS field has the encoding {}.", hex(*key)));
        try {
            if (text == "unavailable") {
                state.set_absent(*leaf);
            } else {
                state.set(*leaf, value(text.substr(2), state_.leaves()[*leaf].width / 4), Standing::given);
            }
        } catch (const InputError& error) {
            if (std::string_view{error.what()}.starts_with(where_)) throw;
            broken(error.what());
        }
    }

    MsrAreaEntry& entry(const std::string& name, const std::string& position) {
        KnownState& state = section(name);
        const std::size_t k = position.size() > 3 ? most_entries : std::stoul(position);
        if (k >= most_entries)
            broken(fmt::format("entry {} of an MSR area is beyond the largest that is recommended, 512.", position));
        while (state.entry_msr_load.size() <= k) state.entry_msr_load.emplace_back();
        state.entry_msr_load[k].name = fmt::format("vmcs02_vmentry_msr_load_area[{}]", k);
        return state.entry_msr_load[k];
    }

    template <class T>
    void put(const MsrAreaEntry& entry, std::optional<T>& part, const char* name, T number) const {
        if (part && *part != number)
            broken(fmt::format("{}.{} is given twice with different values, {} and {}; keep the right one.", entry.name,
                               name, hex(*part), hex(number)));
        part = number;
    }

    void capability(const std::string& name, const std::string& position, const std::string& digits) {
        const std::size_t* leaf =
            state_.find_msr(first_capability_msr + static_cast<std::uint32_t>(std::stoul(position, nullptr, 16)));
        if (leaf == nullptr) return;
        const std::uint64_t number = value(digits, 16);
        try {
            section(name).set(*leaf, number, Standing::given);
        } catch (const InputError& error) {
            broken(error.what());
        }
    }

    // 1 encoding, 3 before|after, 4 12|02, 5 12|02, 6 name, 7 value
    const std::regex field_{
        R"((?:\((0x[0-9a-fA-F]{4})\) )?(@(before|after)(12|02)@|:vmcs(12|02):)(\w+) = (unavailable$|0x[0-9a-fA-F]+))"};
    const std::regex block_{R"(\[(before|after) (begin|end)\])"};
    const std::regex entry_{R"(:MSR:vmcs02_vmentry_msr_load_area\[(\d+)\] = 0x([0-9a-fA-F]+) -> 0x([0-9a-fA-F]+))"};
    const std::regex entry_part_{
        R"(@(before|after)@vmcs12_info->vmcs02_vmentry_msr_load_area\[(\d+)\]\.(index|reserved|data) = 0x([0-9a-fA-F]+))"};
    const std::regex capability_{R"(vcpu->vmx_(nested_)?msrs\[([0-9a-f]{1,2})\]=0x([0-9a-fA-F]+))"};
    const std::regex begun_{R"(@(before|after)(12|02)?@|:vmcs(12|02):|:MSR:vmcs02_vmentry)"};

    const State& state_;
    const std::string& where_;
    std::string block_name_;
    std::map<std::string, KnownState> sections_;
    std::vector<std::string> order_;
    unsigned number_ = 0;
    bool complete_ = true;
};

bool recognises(std::string_view text) {
    for (const std::string_view mark : {"@before12@", "@before02@", "@after12@", "@after02@", ":vmcs12:", ":vmcs02:"})
        if (text.find(mark) != std::string_view::npos) return true;
    return false;
}

std::vector<KnownState> read(const State& state, std::string_view text, const std::string& where) {
    XmhfDump dump{state, where};
    unsigned number = 0;
    while (!text.empty()) {
        const std::size_t end = text.find('\n');
        std::string line{text.substr(0, end)};
        if (line.ends_with('\r')) line.pop_back();
        dump.line(line, ++number, end != std::string_view::npos);
        if (end == std::string_view::npos) break;
        text.remove_prefix(end + 1);
    }
    return dump.sections();
}

}  // namespace

const Reader xmhf_reader{"xmhf", "XMHF's lines :vmcs02:guest_CR0 = 0x... or @after02@guest_CR0 = 0x...", recognises,
                         read};

}  // namespace vmxspec::query
