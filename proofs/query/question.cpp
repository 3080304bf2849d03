#include "proofs/query/question.hpp"

#include "proofs/query/name.hpp"
#include "proofs/state/input_error.hpp"
#include "proofs/state/json_value.hpp"
#include "proofs/state/profile.hpp"
#include "spec/state/architecture.hpp"

#include <fmt/format.h>

#include <array>
#include <cctype>

namespace vmxspec::query {

namespace {

std::string_view trim(std::string_view text) {
    while (!text.empty() && std::isspace(static_cast<unsigned char>(text.front())) != 0) text.remove_prefix(1);
    while (!text.empty() && std::isspace(static_cast<unsigned char>(text.back())) != 0) text.remove_suffix(1);
    return text;
}

/// The registers after a VM entry with at most `most_msr_entries` MSR-load entries, and that all of them are accepted.
struct After {
    Bool accepted;
    Bits<64> efer;
};

After after_msr_load(Specification& spec) {
    State& s = spec.state;
    const Bits<32> count = s.control.entry_msr_load_count;
    After after{count <= most_msr_entries, spec.loaded.efer};
    for (unsigned k = 0; k < most_msr_entries; ++k) {
        std::map<std::size_t, NodeId> step{{s.leaf("msr_entry.efer_before"), after.efer.id()}};
        for (const char* member : {"index", "reserved", "data", "unlisted_accepted"}) {
            const std::string generic = std::string{"msr_entry."} + member;
            const std::string fresh = fmt::format("msr_entry[{}].{}", k, member);
            const std::size_t* there = s.find(fresh);
            step[s.leaf(generic)] = s.node(there != nullptr ? *there : s.add_copy(s.leaf(generic), fresh));
        }
        const Bool made = count > k;
        after.accepted =
            after.accepted && (made >> Bool{&spec.graph, spec.graph.substitute(spec.msr_load.accepted.id(), step)});
        after.efer =
            select(made, Bits<64>{&spec.graph, spec.graph.substitute(spec.msr_load.efer_after.id(), step)}, after.efer);
    }
    return after;
}

class Parser {
public:
    explicit Parser(Specification& spec) : spec_{spec} {}

    Bool comparison(std::string_view text) {
        constexpr std::array<std::string_view, 7> signs{"!=", "<=", ">=", "==", "=", "<", ">"};
        for (const std::string_view sign : signs) {
            const std::size_t place = text.find(sign);
            if (place == std::string_view::npos) continue;
            const Bits<64> left = operand(trim(text.substr(0, place)));
            const Bits<64> right = operand(trim(text.substr(place + sign.size())));
            if (sign == "!=") return left != right;
            if (sign == "<=") return left <= right;
            if (sign == ">=") return left >= right;
            if (sign == "<") return left < right;
            if (sign == ">") return left > right;
            return left == right;
        }
        throw InputError(fmt::format("\"{}\" compares nothing; write name=value, such as guest.cr0.PG=1.", text));
    }

private:
    Bits<64> operand(std::string_view text) {
        if (text.empty()) throw InputError("a comparison lacks one side; write name=value, such as guest.cr0.PG=1.");
        Graph& g = spec_.graph;
        if (std::isdigit(static_cast<unsigned char>(text.front())) != 0)
            return {&g, g.make(Op::constant, 64, {}, parse_number(text, "the question"))};
        const State& s = spec_.state;
        for (const auto& [prefix, like] : {std::pair{"after.cr0", "guest.cr0"}, std::pair{"after.cr4", "guest.cr4"},
                                           std::pair{"after.efer", "guest.efer"}}) {
            if (!text.starts_with(prefix)) continue;
            const Name name = resolve(s, std::string{like} + std::string{text.substr(std::string_view{prefix}.size())});
            const NodeId whole = prefix == std::string_view{"after.cr0"}   ? spec_.loaded.cr0.id()
                                 : prefix == std::string_view{"after.cr4"} ? spec_.loaded.cr4.id()
                                                                           : after_msr_load(spec_).efer.id();
            return part(whole, name);
        }
        const Name name = resolve(s, text);
        return part(s.node(name.leaf), name);
    }

    Bits<64> part(NodeId whole, Name name) {
        Graph& g = spec_.graph;
        const unsigned width = g[whole].width;
        if (width == 0)
            return select(Bool{&g, whole}, Bits<64>{&g, g.make(Op::constant, 64, {}, 1)},
                          Bits<64>{&g, g.make(Op::constant, 64, {}, 0)});
        const unsigned bits = name.high - name.low + 1;
        const NodeId slice = bits == width ? whole : g.make(Op::extract, bits, {whole}, name.low);
        return {&g, bits == 64 ? slice : g.make(Op::extend, 64, {slice})};
    }

    Specification& spec_;
};

}  // namespace

Bool parse_question(Specification& spec, std::string_view text) {
    Parser parser{spec};
    Bool all = constant(spec.graph, true);
    while (!trim(text).empty()) {
        const std::size_t comma = text.find(',');
        all = all && parser.comparison(trim(text.substr(0, comma)));
        if (comma == std::string_view::npos) break;
        text.remove_prefix(comma + 1);
    }
    return all;
}

proofs::Theorem question(Specification& spec, const std::string& given, const std::string& then,
                         const std::string& profile_name) {
    if (trim(then).empty())
        throw InputError("--then is empty; say what every entry should establish, such as after.efer.LME=0.");
    const State& s = spec.state;
    proofs::Theorem theorem{"question",
                            given + " => " + then,
                            proofs::Form::always,
                            {},
                            parse_question(spec, then),
                            proofs::Verdict::proven,
                            {},
                            {}};
    theorem.given = {consistent_processor(s), consistent_mode(s), spec.checks_pass, after_msr_load(spec).accepted,
                     parse_question(spec, given)};
    if (!profile_name.empty()) {
        theorem.given.push_back(is_processor(s, profile(s, profile_name)));
    }
    std::vector<NodeId> roots{theorem.claim.id(), parse_question(spec, given).id()};
    theorem.shown = spec.graph.support(roots);
    // Made small last to first: an example without MSR-load entries, if there is one, is the plainest.
    const std::size_t count = s.leaf("control.entry_msr_load_count");
    std::erase_if(theorem.shown, [&](std::size_t n) { return n == count; });
    theorem.shown.push_back(count);
    return theorem;
}

}  // namespace vmxspec::query
