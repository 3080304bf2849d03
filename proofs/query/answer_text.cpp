// Answers as text and as JSON.
#include "proofs/query/answer.hpp"
#include "proofs/query/report.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace vmxspec::query {

namespace {

using proofs::Verdict;
using Json = nlohmann::ordered_json;

const char* name(Transition about) {
    switch (about) {
        case Transition::entry: return "VM entry";
        case Transition::exit: return "VM exit";
        case Transition::failure: return "VM-entry failure";
    }
    return "";
}

/// "31:0, 15": the set bits of a mask.
std::string bit_ranges(std::uint64_t mask) {
    std::string text;
    for (int high = 63; high >= 0; --high) {
        const auto set = [&](int n) { return n >= 0 && (mask >> n & 1) != 0; };
        if (!set(high)) continue;
        int low = high;
        while (set(low - 1)) --low;
        text += fmt::format("{}{}", text.empty() ? "" : ", ",
                            low == high ? std::to_string(high) : fmt::format("{}:{}", high, low));
        high = low;
    }
    return text;
}

/// "every VM entry with ... that succeeds establishes ...": what stands behind the verdict.
std::string headline(const Question& question, const Answer& answer) {
    const std::string with = question.given.empty() ? "" : " with " + question.given;
    const std::string& then = question.then;
    const bool proven = answer.verdict == Verdict::proven;
    switch (question.about) {
        case Transition::entry:
            return proven ? fmt::format("every VM entry{} that succeeds establishes {}", with, then)
                          : fmt::format("a VM entry{} can succeed without {}", with, then);
        case Transition::exit:
            return proven ? fmt::format("every VM exit{} establishes {}", with, then)
                          : fmt::format("a VM exit{} can end without {}", with, then);
        case Transition::failure:
            return proven ? fmt::format("every VM entry{} that fails in 29.3 or 29.4 leaves {}", with, then)
                          : fmt::format("a VM entry{} can fail in 29.3 or 29.4 without {}", with, then);
    }
    return {};
}

std::string scope(const Question& question, const Answer& answer) {
    return fmt::format("  (on {}, MSR-load area of at most {} entries; {:.1f} s)",
                       question.processor.empty() ? "every processor" : question.processor, most_msr_entries,
                       answer.seconds);
}

std::string undefined_line(const AnsweredValue& one) {
    const bool one_bit = (one.undefined & (one.undefined - 1)) == 0;
    return fmt::format("  the manual leaves bit{} {} of {} undefined here (SDM {} {}){}", one_bit ? "" : "s",
                       bit_ranges(one.undefined), one.leaf.name, one.row->citation.section, one.row->citation.title,
                       one.row->note.empty() ? "" : fmt::format(": {}", one.row->note));
}

std::string hexadecimal(std::uint64_t value) { return fmt::format("{:#x}", value); }

}  // namespace

std::string text_answer(const Question& question, const Answer& answer, bool all, const Terminal& terminal) {
    std::string text;
    const auto line = [&](const std::string& content) { text += terminal.wrapped(content) + "\n"; };
    if (answer.verdict == Verdict::unknown) {
        line(fmt::format("{} {}.", terminal.styled(Tone::open, "undecided:"), answer.reason));
        return text;
    }
    if (answer.verdict == Verdict::proven) {
        line(fmt::format("{} {}", terminal.styled(Tone::success, "proven:"), headline(question, answer)));
        line(scope(question, answer));
        return text;
    }
    line(fmt::format("{} {}, {}for example with", terminal.styled(Tone::failure, "refuted:"),
                     headline(question, answer), answer.by_undefined ? "for the manual leaves it undefined, " : ""));
    for (const AnsweredValue& one : answer.values)
        if (one.asked || all) line(fmt::format("  {} = {}", one.leaf.name, value_text(one.leaf, one.value)));
    if (!all) line(fmt::format("  and what any {} needs (--all shows it)", name(question.about)));
    for (const AnsweredValue& one : answer.values)
        if (one.undefined != 0) line(undefined_line(one));
    if (answer.holds_where_defined) line("  where the manual defines what is asked, it is proven");
    line(scope(question, answer));
    return text;
}

std::string json_answer(const Question& question, const Answer& answer) {
    Json json{{"about", name(question.about)},
              {"given", question.given},
              {"then", question.then},
              {"processor", question.processor},
              {"msr_load_entries", most_msr_entries},
              {"manual", edition.order_number},
              {"verdict", answer.verdict == Verdict::unknown ? "undecided" : proofs::to_text(answer.verdict)}};
    if (!answer.reason.empty()) json["reason"] = answer.reason;
    if (answer.verdict == Verdict::refuted) {
        json["by_undefined"] = answer.by_undefined;
        json["holds_where_defined"] = answer.holds_where_defined;
        json["counterexample"] = Json::array();
        for (const AnsweredValue& one : answer.values) {
            Json value{{"name", one.leaf.name}, {"value", hexadecimal(one.value)}, {"asked", one.asked}};
            if (one.row != nullptr) {
                value["section"] = one.row->citation.section;
                value["undefined"] = hexadecimal(one.undefined);
            }
            json["counterexample"].push_back(value);
        }
    }
    json["seconds"] = answer.seconds;
    return json.dump(2) + "\n";
}

}  // namespace vmxspec::query
