#include "tests/bochs/probe/account.hpp"

#include "hv/check/words.hpp"
#include "runtime/cpu/processor_name.hpp"
#include "runtime/io/console.hpp"

namespace vmxspec::probe {

namespace {

using runtime::console;
using runtime::Decimal;
using runtime::Hex;
using runtime::print;

// So many of each, then a line.
constexpr std::size_t progress = 500;
constexpr std::size_t instructions_progress = 50;

constexpr std::uint64_t entry_failed = 1U << 31;  // of the exit reason (SDM 27.9.1)

/// Where people read.
struct People {
    static void write(std::string_view text) {
        console.serial().write(text);
        console.screen().write(text);
    }
    static void begin_line() {
        if (!console.debug().present()) {
            console.serial().write("# ");
        }
    }
};

[[nodiscard]] bool entered(const Outcome& outcome) {
    return outcome.kind == Outcome::Kind::exit && (outcome.number & entry_failed) == 0;
}

/// A failure as the generated checks name it.
[[nodiscard]] hv::Outcome failure(const Outcome& outcome) {
    const auto number = static_cast<std::uint32_t>(outcome.number & ~entry_failed);
    switch (outcome.kind) {
        case Outcome::Kind::fail_valid: return {generated::Channel::vmfail_valid, number, 0};
        case Outcome::Kind::fail_invalid: return {generated::Channel::vmfail_invalid, 0, 0};
        default: return {generated::Channel::entry_failure, number, outcome.qualification};
    }
}

void print_seen(People& people, const Outcome& outcome) {
    if (entered(outcome)) {
        print(people, "entered, then exit reason ", Decimal{outcome.number});
    } else {
        hv::print_outcome(people, failure(outcome));
    }
}

}  // namespace

void Account::open() {
    const runtime::ProcessorName processor;
    People people;
    People::begin_line();
    print(people, "vmxspec on ", processor.brand(), "\n");
    People::begin_line();
    if (console.debug().present()) {
        print(people, "The trace goes to port E9H.\n");
    } else if (console.serial().present()) {
        print(people, "The trace goes to COM1, 115200 baud.\n");
    } else {
        print(people, "There is no COM1 for the trace: what stands here is all that this run tells.\n");
    }
}

void Account::entry(std::string_view id, const hv::Prediction& prediction, const Outcome& outcome) {
    const bool agree = entered(outcome) ? prediction.enters() : prediction.allows(failure(outcome));
    ++tried_;
    differing_ += !agree && prediction.complete() ? 1 : 0;
    open_ += !agree && !prediction.complete() ? 1 : 0;
    People people;
    if (brief_ && tried_ % progress == 0) {
        People::begin_line();
        print(people, Decimal{tried_}, " VM entries\n");
    }
    if (brief_ && (agree || !prediction.complete())) {
        return;
    }
    People::begin_line();
    print(people, id, ": manual: ");
    hv::print_prediction(people, prediction);
    print(people, "; machine: ");
    print_seen(people, outcome);
    print(people, agree ? "; they agree\n" : prediction.complete() ? "; THEY DIFFER\n" : "; undecided\n");
}

void Account::not_tried(std::string_view id, std::uint64_t encoding) {
    if (brief_) {
        return;
    }
    People people;
    People::begin_line();
    print(people, id, ": not tried: this processor has no VMCS field ", Hex{encoding}, "H\n");
}

void Account::instruction(InstructionEnd end) {
    ++instructions_[static_cast<std::size_t>(end)];
    std::size_t tried = 0;
    for (const std::size_t one : instructions_) {
        tried += one;
    }
    if (tried % instructions_progress == 0) {
        People people;
        People::begin_line();
        print(people, Decimal{tried}, " VMX instructions\n");
    }
}

void Account::close_instructions() {
    const auto number = [this](InstructionEnd end) { return instructions_[static_cast<std::size_t>(end)]; };
    People people;
    People::begin_line();
    print(people, "vmxspec: VMX instructions: ", Decimal{number(InstructionEnd::completed)}, " completed, ",
          Decimal{number(InstructionEnd::exception)}, " exceptions, ", Decimal{number(InstructionEnd::vm_exit)},
          " VM exits, ", Decimal{number(InstructionEnd::not_tried)},
          " not tried; vmxspec validate judges them by the trace.\n");
}

void Account::close() {
    People people;
    People::begin_line();
    print(people, "vmxspec: ", Decimal{tried_}, " VM entries: the manual and this processor agree on ",
          Decimal{tried_ - differing_ - open_}, ", differ on ", Decimal{differing_}, ", undecided ", Decimal{open_},
          ".\n");
}

}  // namespace vmxspec::probe
