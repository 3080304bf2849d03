/// What should become of each trial of legacy_trials.S, in their order.
#include "tests/bochs/hv/legacy.hpp"

namespace vmxspec::legacy {

namespace {

constexpr Word cf = 1, zf = 1U << 6;
constexpr Word general_protection = 13, page_fault = 14;
constexpr Word fault_present = 1, fault_write = 2, fault_reserved = 8;

struct Outcome {
    std::string_view name;
    Word word;  ///< or `or_word`, if that is not 0
    Word flags = 0;
    Word vector = no_exception;
    Word error_code = 0, address = 0;
    Word or_word = 0;
};

}  // namespace

void judge_trials(Word vmcs, bool is_pae) {
    constexpr Word untouched = filling, low = 0x89ab'cdef, high = 0x0123'4567;
    const auto faults = [](std::string_view name, Word word, Word code, Word address) {
        return Outcome{name, word, 0, page_fault, code, address};
    };
    const auto protection = [](std::string_view name) { return Outcome{name, 0, 0, general_protection}; };
    const auto number = [](Word error) { return Outcome{"the VM-instruction error", error}; };
    const std::array outcomes{
        Outcome{"VMREAD to memory", gdtr_base},
        Outcome{"behind the word", untouched},
        Outcome{"VMREAD to two pages", gdtr_base},
        Outcome{"before the word in two pages", untouched},
        Outcome{"behind the word in two pages", untouched},
        Outcome{"VMREAD to a register", gdtr_base},
        Outcome{"VMWRITE from two pages", 0},
        Outcome{"what that has written", low},
        Outcome{"VMWRITE of a high half", 0},
        Outcome{"VMREAD of a high half", high},
        Outcome{"the low half", low},
        Outcome{"VMWRITE from a read-only page", 0},
        Outcome{"what that has written", gdtr_base},
        Outcome{"the high half behind a full access", 0},
        Outcome{"VMWRITE from a page for itself", 0},
        Outcome{"VMREAD to a page for itself", gdtr_base},
        faults("VMREAD to a read-only page", gdtr_base, fault_write | fault_present, window + 0x3100),
        faults("VMREAD to no page", 0, fault_write, window + 0x2000),
        faults("VMWRITE from no page", 0, 0, window + 0x2004),
        faults("VMREAD to a page and none", untouched, fault_write, window + 0x2000),
        faults("VMCLEAR of no page", 0, 0, window + 0x2008),
        faults("VMPTRST to a read-only page", 0, fault_write | fault_present, window + 0x3010),
        faults("VMREAD to a page with a reserved bit", 0,
               is_pae ? fault_reserved | fault_write | fault_present : fault_write, window + 0x4000),
        Outcome{"VMREAD to a read-only page with CR0.WP = 0", gdtr_base},
        Outcome{"VMREAD by a PDPTE that is another one in memory", gdtr_base},
        Outcome{"VMREAD by FS", gdtr_base},
        protection("VMREAD beyond the limit of FS"),
        Outcome{"VMREAD with an address of 16 bits", gdtr_base},
        Outcome{"VMREAD with an address that wraps around", gdtr_base},
        Outcome{"VMREAD to an expand-down segment", gdtr_base},
        protection("VMREAD below an expand-down segment"),
        protection("VMREAD to a read-only segment"),
        Outcome{"VMWRITE from a read-only segment", 0},
        Outcome{"VMWRITE from the code segment", 0},
        protection("VMWRITE beyond the limit of GS"),
        protection("VMREAD to the code segment"),
        protection("VMREAD by a null selector"),
        Outcome{"VMPTRST to two pages", vmcs},
        Outcome{"the high half of that", 0},
        Outcome{"VMPTRLD from two pages", 0},
        Outcome{"INVEPT", 0},
        faults("INVEPT with no page", 0, 0, window + 0x2000),
        Outcome{"INVVPID", 0},
        Outcome{"VMCLEAR of what is no page", 0, zf},
        number(2),
        Outcome{"VMREAD of no field", 0, zf},
        number(12),
        Outcome{"VMWRITE of no field", 0, zf},
        number(12),
        Outcome{"VMRESUME of a clear VMCS", 0, zf},
        number(5),
        Outcome{"VMXON in VMX root operation", 0, zf},
        number(15),
        Outcome{"VMLAUNCH of a launched VMCS", 0, zf},
        number(4),
        Outcome{"host address-space size in legacy mode", 0, zf},
        // The manual leaves open whether this is about controls or about the host state (SDM 29.2.4).
        Outcome{"the VM-instruction error", 7, 0, no_exception, 0, 0, 8},
    };
    static_assert(outcomes.size() <= most_trials);
    expect("trials", legacy_trial_count, outcomes.size());
    for (std::size_t n = 0; n < outcomes.size(); ++n) {
        const Outcome& outcome = outcomes[n];
        const Trial& trial = legacy_trials[n];
        expect(outcome.name, trial.vector, outcome.vector);
        const bool is_other = outcome.or_word != 0 && trial.word == outcome.or_word;
        expect(outcome.name, trial.word, is_other ? outcome.or_word : outcome.word);
        expect(outcome.name, trial.flags & (cf | zf), outcome.flags);
        if (outcome.vector != no_exception) {
            expect(outcome.name, trial.error_code, outcome.error_code);
            expect(outcome.name, trial.address, outcome.address);
        }
    }
}

}  // namespace vmxspec::legacy
