#include "proofs/validation/verdict.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <iterator>

namespace vmxspec::validation {

namespace {

/// What a trace leaves open is open: memory that it does not show, traits of the model. Were it more than one entry in
/// so many, nothing was compared.
constexpr std::size_t most_undecided = 20;

class Text {
public:
    template <class... T>
    void line(fmt::format_string<T...> pattern, T&&... values) {
        fmt::format_to(std::back_inserter(verdict.text), pattern, std::forward<T>(values)...);
        verdict.text += '\n';
    }
    template <class... T>
    void red(fmt::format_string<T...> pattern, T&&... values) {
        verdict.as_it_should = false;
        line(pattern, std::forward<T>(values)...);
    }
    Verdict verdict;
};

void divergences(Text& out, const Result& result, bool whole) {
    for (const SeenDivergence& one : result.divergences) {
        const std::string rule = one.rule.empty() ? "enters" : one.rule;
        if (one.count != 0) out.line("{:6} known: {}: {} The machine: {}", one.count, rule, one.manual, one.machine);
        if (!whole || !one.concerns) continue;
        if (one.count == 0) {
            out.red("  none known: {}: a divergence that is not seen any more: {}", rule, one.machine);
        } else if (!one.shown) {
            out.red("  none known: {}: its evidence {} does not show it: {}", rule, one.evidence, one.machine);
        }
    }
}

void coverage(Text& out, const Result& result, const Unexercised& list) {
    std::size_t exercised = 0;
    std::size_t impossible = 0;
    std::size_t listed = 0;
    for (const Exercising& one : exercising(result, list)) switch (one.how) {
            case Exercised::yes: ++exercised; break;
            case Exercised::impossible: ++impossible; break;
            case Exercised::listed: ++listed; break;
            case Exercised::no: out.red("not exercised: {}: {}", one.rule, one.reason); break;
            case Exercised::stale: out.red("not so any more: {}: {}", one.rule, one.reason);
        }
    out.line(
        "{} of {} checks are broken by one VM entry and kept by another; {} cannot be broken alone on this processor, "
        "which is proven; {} are not exercised for reasons that are listed.",
        exercised, result.rules.size(), impossible, listed);
}

}  // namespace

Verdict verdict(const Result& result, const std::optional<Unexercised>& whole) {
    Text out;
    for (const OpenDifferences& one : result.differences)
        out.red("{:6} differ: {}\n         as in {}", one.count, one.difference, fmt::join(one.samples, ", "));
    divergences(out, result, whole.has_value());
    if (whole) coverage(out, result, *whole);
    if (!result.set.digest.empty() && result.undecided * most_undecided > result.entries)
        out.red("of {} VM entries {} cannot be judged, more than one in {}.", result.entries, result.undecided,
                most_undecided);
    out.line(
        "{}: {} VM entries, {} of them with the generated code's prediction: {} agree, {} differ, {} cannot be judged.",
        result.model.empty() ? result.processor : fmt::format("{}, {}", result.version, result.model), result.entries,
        result.predicted, result.agree, result.known + result.open, result.undecided);
    if (result.not_tried != 0)
        out.line("{} more were not tried: the processor's VMCS lacks a field of them.", result.not_tried);
    return out.verdict;
}

}  // namespace vmxspec::validation
