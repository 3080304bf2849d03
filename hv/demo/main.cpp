/// A guest that looks from inside whether it has the machine: a line a check, and a last line that counts.
#include <array>

#include "hv/demo/check.hpp"
#include "hv/demo/interrupts.hpp"
#include "runtime/boot/kernel.hpp"
#include "runtime/cpu/descriptor_tables.hpp"
#include "runtime/io/console.hpp"

namespace vmxspec::demo {

using runtime::console;
using runtime::Hex;
using runtime::print;

constinit Given given{};

void Account::expect(std::string_view what, std::uint64_t seen, std::uint64_t wanted) {
    if (seen != wanted) {
        failed_ = true;
        print(console, "  ", what, ": saw ", Hex{seen}, "H, expected ", Hex{wanted}, "H\n");
    }
}

namespace {

const std::array groups{&memory_checks,      &cpuid_checks,     &msr_checks,       &control_register_checks,
                        &instruction_checks, &exception_checks, &debug_checks,     &code_checks,
                        &device_checks,      &legacy_checks,    &real_mode_checks, &task_checks,
                        &task_fault_checks,  &processor_checks};

struct Counts {
    unsigned passed = 0, failed = 0, skipped = 0;
};

void run(const Check& check, Counts& counts) {
    Account account;
    check.run(account);
    if (account.failed()) {
        ++counts.failed;
        print(console, "FAILED  ", check.name, "\n");
    } else if (!account.why_skipped().empty()) {
        ++counts.skipped;
        print(console, "skipped ", check.name, ": ", account.why_skipped(), "\n");
    } else {
        ++counts.passed;
        print(console, "ok      ", check.name, "\n");
    }
}

/// Calls visit(word) for each word of a command line.
template <class Visit>
void each_word(std::string_view line, Visit visit) {
    std::size_t begin = 0;
    for (std::size_t n = 0; n <= line.size(); ++n) {
        if (n == line.size() || line[n] == ' ') {
            visit(std::string_view{line.data() + begin, n - begin});
            begin = n + 1;
        }
    }
}

/// What the command line asks for.
struct Options {
    bool under_hypervisor = false;  ///< `hv`
    bool triple_fault = false;      ///< `triple-fault`: nothing but that
    std::string_view only;          ///< `only=TEXT`: the checks whose names begin so
};

[[nodiscard]] Options read_options(std::string_view line) {
    constexpr std::string_view only = "only=";
    Options options;
    each_word(line, [&](std::string_view word) {
        options.under_hypervisor |= word == "hv";
        options.triple_fault |= word == "triple-fault";
        if (word.starts_with(only)) {
            options.only = {word.data() + only.size(), word.size() - only.size()};
        }
    });
    return options;
}

/// An exception without an IDT.
void triple_fault() {
    const runtime::TablePointer no_table{};
    asm volatile("lidt %0\n\tud2" : : "m"(no_table));
}

}  // namespace

}  // namespace vmxspec::demo

namespace vmxspec::runtime {

void kernel_main(const BootInformation& boot, PageAllocator& pages) {
    using namespace vmxspec::demo;
    const Options options = read_options(boot.command_line());
    given = {&boot, &pages, options.under_hypervisor};
    if (options.triple_fault) {
        triple_fault();
    }
    prepare_interrupts();
    Counts counts;
    for (const auto* group : groups) {
        for (const Check& check : *group) {
            if (check.name.starts_with(options.only)) {
                vmxspec::demo::run(check, counts);
            }
        }
    }
    print(console, "demo: ", runtime::Decimal{counts.passed}, " checks passed, ", runtime::Decimal{counts.failed},
          " failed, ", runtime::Decimal{counts.skipped}, " skipped\n");
}

}  // namespace vmxspec::runtime
