#include "hv/trace/explanation.hpp"

#include "hv/check/words.hpp"
#include "hv/l1/log.hpp"
#include "hv/l1/machine.hpp"

namespace vmxspec::hv {

namespace {

using generated::MsrRule;
using generated::Outcome;
using generated::Rule;
using runtime::Decimal;
using runtime::Hex;
using runtime::print;

void print_times(LogLine& line, std::uint64_t times) {
    if (times > 1) {
        print(line, " (", Decimal{times}, " times)");
    }
}

/// Calls tell(line) if the reason of that number is to be told now.
template <class Tell>
void tell_seldom(Nested& nested, std::size_t reason, Tell tell) {
    if (!machine.options.explain) {
        return;
    }
    const std::uint64_t times = nested.failures.count(reason);
    if (times == 0) {
        return;
    }
    LogLine line{LogLevel::warning};
    line.write("L1 entry fails: ");
    tell(line);
    print_times(line, times);
}

/// The fields of VMCS12 that the rule reads.
void print_inputs(LogLine& line, Nested& nested, Rule rule) {
    std::string_view separator = " with ";
    for (const generated::CheckInput& input : generated::check_inputs) {
        const FieldMap::Place* const place = input.rules.contains(rule) ? nested.fields.find(input.encoding) : nullptr;
        if (place != nullptr) {
            print(line, separator, input.name, " = ", Hex{at(nested.vmcs12, *place)}, "H");
            separator = ", ";
        }
    }
}

/// Whether the outcome may be that of rule `n`, if `broken` is the first that is broken.
[[nodiscard]] bool decides(std::size_t n, Rule broken, const Outcome& outcome) {
    bool allowed = false;
    each_rule_outcome(n, [&](const Outcome& one) { allowed = allowed || one == outcome; });
    return allowed && rule_stage(n) == rule_stage(static_cast<std::size_t>(broken));
}

}  // namespace

void explain(Nested& nested, InstructionRow row) {
    const auto number = static_cast<std::size_t>(row);
    if (number >= generated::instruction_row_count) {
        return;
    }
    tell_seldom(nested, Nested::first_row_failure + number, [&](LogLine& line) {
        const auto& told = generated::instruction_row_information[number];
        switch (ending_of(nested, row)) {
            case Ending::invalid_opcode: line.write("#UD"); break;
            case Ending::general_protection: line.write("#GP(0)"); break;
            case Ending::vmfail_valid: print(line, "VMfailValid ", Decimal{told.number}); break;
            default: line.write("VMfailInvalid");
        }
        print(line, ": ", told.id, " (SDM ", told.section, ")");
    });
}

void explain(Nested& nested, Rule broken, const Outcome& outcome) {
    tell_seldom(nested, static_cast<std::size_t>(broken), [&](LogLine& line) {
        print_outcome(line, outcome);
        std::string_view separator = ": ";
        std::uint64_t others = 0;
        nested.unchecked.each([&](Rule rule) {
            const auto n = static_cast<std::size_t>(rule);
            if (generated::is_kept(rule, nested.vmcs12)) {
                return true;
            }
            if (decides(n, broken, outcome)) {
                print(line, separator, rule_id(n), " (SDM ", rule_section(n), ")");
                print_inputs(line, nested, rule);
                separator = "; ";
            } else {
                ++others;
            }
            return true;
        });
        if (others != 0) {
            print(line, "; broken besides, with other outcomes: ", Decimal{others});
        }
    });
}

void explain(Nested& nested, MsrRule broken, const Outcome& outcome, const MsrAreaEntry& entry) {
    const auto number = static_cast<std::size_t>(broken);
    tell_seldom(nested, Nested::first_area_failure + number, [&](LogLine& line) {
        print_outcome(line, outcome);
        print(line, ": ", generated::information(broken)->id, " with MSR ", Hex{entry.index}, "H = ", Hex{entry.data},
              "H");
    });
}

void explain_processor(Nested& nested, const Outcome& outcome) {
    if (const std::uint64_t times = nested.failures.count(Nested::processor_failure); times != 0) {
        LogLine line{LogLevel::warning};
        line.write("this processor fails a VM entry of L2's that the manual lets pass: ");
        print_outcome(line, outcome);
        print_times(line, times);
    }
}

}  // namespace vmxspec::hv
