#include "hv/l1/entry_check.hpp"

#include <array>
#include <new>

#include "hv/check/prediction.hpp"
#include "hv/check/words.hpp"
#include "hv/l1/report.hpp"
#include "runtime/io/console.hpp"

namespace vmxspec::hv {

namespace {

/// Memory that the checks may read: of VMCS01's operands only PDPTEs, and with EPT not even them.
constexpr std::array<runtime::Region, 1> readable{{{0, runtime::mapped_end}}};

alignas(EntryCheck) constinit std::array<std::byte, sizeof(EntryCheck)> storage{};
constinit const EntryCheck* checker = nullptr;

[[nodiscard]] Prediction predict(runtime::VmEntryInstruction instruction) {
    Circumstances circumstances;
    circumstances.instruction = instruction;
    circumstances.launched = instruction == runtime::VmEntryInstruction::vmresume;
    circumstances.readable = readable;
    return checker->predict(circumstances);
}

}  // namespace

void prepare_entry_check() { checker = new (storage.data()) EntryCheck; }

void check_entry(Processor& processor, const Registers& registers, runtime::VmEntryInstruction instruction) {
    const Prediction prediction = predict(instruction);
    if (prediction.enters()) {
        return;
    }
    {
        const runtime::LockGuard telling{machine.telling};
        hv::report(runtime::console, prediction);
    }
    stop("the next VM entry would fail", processor, registers);
}

void explain_entry(runtime::VmEntryInstruction instruction) {
    const Prediction prediction = predict(instruction);
    const runtime::LockGuard telling{machine.telling};
    hv::report(runtime::console, prediction);
}

}  // namespace vmxspec::hv
