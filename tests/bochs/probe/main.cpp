/// The probe: puts every vector to the processor and reports what it did.
#include "runtime/boot/kernel.hpp"
#include "runtime/cpu/vmx_operation.hpp"
#include "tests/bochs/probe/experiment.hpp"
#include "tests/bochs/probe/instruction_table.hpp"
#include "tests/bochs/probe/memory.hpp"
#include "tests/bochs/probe/trace.hpp"
#include "tests/bochs/probe/vector.hpp"
#include "tests/bochs/probe/vector_file.hpp"

namespace vmxspec::probe {

namespace {

/// `first=N` of the kernel's command line: how many vectors of the file are passed over.
[[nodiscard]] std::uint32_t passed_over(std::string_view command_line) {
    constexpr std::string_view key = "first=";
    while (!command_line.empty() && !command_line.starts_with(key)) {
        command_line.remove_prefix(1);
    }
    std::uint32_t number = 0;
    for (std::size_t n = key.size(); n < command_line.size() && command_line[n] >= '0' && command_line[n] <= '9'; ++n) {
        number = number * 10 + static_cast<std::uint32_t>(command_line[n] - '0');
    }
    return number;
}

/// Runs the vectors of the first module. \return how many
std::uint64_t run_file(const runtime::BootInformation& boot, Experiment& experiment, Trace& trace, Account& account) {
    const runtime::Region region = boot.modules().front().region;
    VectorFile file{{reinterpret_cast<const std::byte*>(region.begin), region.end - region.begin}};
    if (!file.readable()) {
        runtime::refuse("the boot module is no file of vectors, or of another version");
    }
    const std::uint32_t first = passed_over(boot.command_line());
    std::uint64_t run = 0;
    for (std::uint32_t n = 0; const auto trial = file.next(); ++n) {
        if (n >= first) {
            experiment.run(*trial, trace, account);
            ++run;
        }
    }
    if (!file.at_end()) {
        runtime::refuse("the file of vectors is damaged");
    }
    return run;
}

}  // namespace

}  // namespace vmxspec::probe

namespace vmxspec::runtime {

void kernel_main(const BootInformation& boot, PageAllocator& pages) {
    if (const auto refusal = enter_vmx_operation(probe::zeroed_page(pages))) {
        refuse(sentence(*refusal));
    }
    probe::Experiment experiment{pages, boot.usable()};
    probe::Trace trace;
    probe::Account account{!boot.modules().empty()};
    trace.begin();
    probe::Account::open();
    std::uint64_t vectors = 0;
    if (boot.modules().empty()) {
        for (const probe::Vector& vector : probe::vectors()) {
            experiment.run(vector.trial(), trace, account);
            ++vectors;
        }
        probe::run_instructions(pages, experiment, trace, account);
    } else {
        vectors = experiment.widen_base(pages, trace, account);
        vectors += probe::run_file(boot, experiment, trace, account);
    }
    account.close();
    trace.end(vectors);
}

}  // namespace vmxspec::runtime
