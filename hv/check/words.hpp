/// Predictions and outcomes of VM entries in the manual's words.
#pragma once

#include "hv/check/prediction.hpp"
#include "runtime/io/format.hpp"

namespace vmxspec::hv {

/// "VMfailValid 8" or "exit reason 80000022H, qualification 1".
template <runtime::TextSink Sink>
void print_outcome(Sink& sink, const Outcome& outcome) {
    using enum generated::Channel;
    using runtime::Decimal;
    switch (outcome.channel) {
        case invalid_opcode: return sink.write("#UD");
        case general_protection: return sink.write("#GP(0)");
        case vm_exit: return runtime::print(sink, "VM exit, exit reason ", Decimal{outcome.number});
        case vmfail_invalid: return sink.write("VMfailInvalid");
        case vmfail_valid: return runtime::print(sink, "VMfailValid ", Decimal{outcome.number});
        case entry_failure:
            constexpr std::uint32_t failed = std::uint32_t{1} << 31;  // of the exit reason (SDM 27.9.1)
            return runtime::print(sink, "exit reason ", runtime::Hex{failed | outcome.number}, "H, qualification ",
                                  Decimal{outcome.qualification});
    }
}

/// "will enter", or "will fail: VMfailValid 8: host.cr4.fixed (SDM 29.2.2), ...": the outcomes that the manual allows,
/// and the rules that decide.
template <runtime::TextSink Sink>
void print_prediction(Sink& sink, const Prediction& prediction) {
    if (prediction.enters()) {
        sink.write("will enter");
    } else {
        std::string_view separator = "will fail: ";
        prediction.each_outcome([&](const Outcome& outcome) {
            sink.write(separator);
            print_outcome(sink, outcome);
            separator = " or ";
        });
        separator = ": ";
        prediction.each_deciding([&](std::string_view id, std::string_view section) {
            runtime::print(sink, separator, id, " (SDM ", section, ")");
            separator = ", ";
        });
    }
    if (!prediction.complete()) {
        sink.write(", as far as memory that may be read tells");
    }
}

/// One line, for a hypervisor that is about to make the entry, or whose entry has failed.
template <runtime::TextSink Sink>
void report(Sink& sink, const Prediction& prediction) {
    sink.write("vmxspec: this VM entry ");
    print_prediction(sink, prediction);
    sink.write("\n");
}

}  // namespace vmxspec::hv
