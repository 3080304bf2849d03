/// What the demo guest consists of: checks, each of which looks at one thing of the machine from inside.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "runtime/boot/boot_information.hpp"
#include "runtime/memory/page_allocator.hpp"

namespace vmxspec::demo {

/// What a check finds. What it sees and did not expect is said at once, in front of the check's own line.
class Account {
public:
    /// \param what  names the value, in a few words
    void expect(std::string_view what, std::uint64_t seen, std::uint64_t wanted);

    /// What was not expected has been said otherwise.
    void fail() { failed_ = true; }

    /// The check does not apply to this machine.
    void skip(std::string_view why) { why_skipped_ = why; }

    [[nodiscard]] bool failed() const { return failed_; }
    [[nodiscard]] std::string_view why_skipped() const { return why_skipped_; }

private:
    bool failed_ = false;
    std::string_view why_skipped_;
};

struct Check {
    std::string_view name;
    void (*run)(Account& account);
};

/// What the boot loader told, for those checks that need it.
struct Given {
    const runtime::BootInformation* boot;
    runtime::PageAllocator* pages;
    bool under_hypervisor;  ///< the command line has the word `hv`: vmxspec's hypervisor runs beneath
};
extern Given given;

// In the order in which they are executed, one file each.
extern const std::span<const Check> memory_checks;
extern const std::span<const Check> cpuid_checks;
extern const std::span<const Check> msr_checks;
extern const std::span<const Check> control_register_checks;
extern const std::span<const Check> instruction_checks;
extern const std::span<const Check> exception_checks;
extern const std::span<const Check> debug_checks;
extern const std::span<const Check> code_checks;
extern const std::span<const Check> device_checks;
extern const std::span<const Check> legacy_checks;
extern const std::span<const Check> real_mode_checks;
extern const std::span<const Check> task_checks;
extern const std::span<const Check> task_fault_checks;
extern const std::span<const Check> processor_checks;

}  // namespace vmxspec::demo
