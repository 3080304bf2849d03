#include "proofs/query/explanation.hpp"

#include <algorithm>
#include <array>

namespace vmxspec::query {

namespace {

struct Section {
    std::string_view number;
    std::string_view about;
};

/// In the manual's order.
constexpr std::array sections{
    Section{"27.8.2", "how many MSRs the VM-entry MSR-load area should have at most"},
    Section{"29.1",
            "whether the instruction may be executed at all: mode, privilege, and a current VMCS in the launch "
            "state that VMLAUNCH or VMRESUME needs"},
    Section{"29.2.1.1",
            "the controls that say what makes the guest exit: bits that the capability MSRs do not allow, "
            "addresses that are not aligned or too wide, and controls that need each other"},
    Section{"29.2.1.2", "the controls of VM exits, and the MSR areas that exits store and load"},
    Section{"29.2.1.3", "the controls of the VM entry, the event that it injects, and the MSR area that it loads"},
    Section{"29.2.2",
            "the control registers and MSRs that a VM exit would load: bits that VMX operation fixes, "
            "canonical addresses, reserved bits"},
    Section{"29.2.3", "the selectors and bases that a VM exit would load"},
    Section{"29.2.4", "that the 64-bit modes of hypervisor, host state and guest fit each other"},
    Section{"29.3.1.1",
            "the guest's control registers, debug registers and MSRs: bits that VMX operation fixes, what "
            "paging and IA-32e mode need of each other, canonical addresses, reserved bits"},
    Section{"29.3.1.2",
            "the guest's segment registers: whether selectors, bases, limits and access rights are such as "
            "the guest's mode could have loaded"},
    Section{"29.3.1.3", "the guest's GDTR and IDTR: canonical bases, limits of 16 bits"},
    Section{"29.3.1.4", "the guest's RIP, RFLAGS and SSP: whether they fit its mode, reserved bits"},
    Section{"29.3.1.5",
            "the rest of the guest's state: whether activity, blocking of events, pending debug exceptions "
            "and VMCS link pointer are such as a processor can have between two instructions"},
    Section{"29.3.1.6", "the guest's page-directory-pointer-table entries, if it uses PAE paging: reserved bits"},
    Section{"29.4",
            "each entry of the VM-entry MSR-load area, in order: MSRs that may not be loaded so, and values at "
            "which WRMSR would fault"},
};

}  // namespace

std::string_view about_failure(Channel channel) {
    switch (channel) {
        case Channel::invalid_opcode:
        case Channel::general_protection:
            return "The instruction faults in the hypervisor, as any other would; no guest ran, and no number is "
                   "written.";
        case Channel::vm_exit:
            return "The instruction was executed in a guest: it exits to the hypervisor below, which finds the exit "
                   "reason in its own VMCS.";
        case Channel::vmfail_invalid:
            return "VMfailInvalid: no guest ran. The hypervisor goes on behind VMLAUNCH or VMRESUME with RFLAGS.CF = "
                   "1; without a current VMCS there is no place for a number.";
        case Channel::vmfail_valid:
            return "VMfailValid: no guest ran. The hypervisor goes on behind VMLAUNCH or VMRESUME with RFLAGS.ZF = 1, "
                   "and reads the number from the VM-instruction error field (4400H): 7 for control fields, 8 for "
                   "host state.";
        case Channel::entry_failure:
            return "VM-entry failure: the guest executed no instruction. The hypervisor goes on at its host RIP, as "
                   "after a VM exit, and reads the exit reason (4402H): bit 31 is set, and the low bits are 33 for "
                   "guest state, 34 for MSR loading. The exit qualification (6400H) tells more.";
        case Channel::vmx_abort: return "The processor stops, and writes the indicator into the VMCS region.";
        case Channel::none: return {};
    }
    return {};
}

std::string_view about_section(std::string_view section) {
    const auto* found = std::ranges::find(sections, section, &Section::number);
    return found == sections.end() ? std::string_view{} : found->about;
}

std::vector<std::string> about_verdict(const Judgement& judgement) {
    std::vector<std::string> sentences;
    switch (judgement.decision) {
        case Decision::enters:
            sentences.emplace_back(
                "The processor checks the instruction (29.1), control fields and host state (29.2), guest state "
                "(29.3), and the MSRs to load (29.4). Nothing of it fails: the guest runs.");
            break;
        case Decision::undecided:
            sentences.emplace_back(
                "No check is seen to fail, but the checks below read values that are not known: the VM entry may "
                "succeed or fail.");
            break;
        case Decision::fails:
            for (const Outcome& outcome : judgement.outcomes) {
                const std::string_view about = about_failure(outcome.channel);
                if (std::ranges::find(sentences, about) == sentences.end()) sentences.emplace_back(about);
            }
            if (judgement.outcomes.size() > 1)
                sentences.emplace_back(
                    "There is more than one outcome where the processor may check in any order, or where a check that "
                    "comes before cannot be judged.");
            break;
    }
    return sentences;
}

std::string_view origin(Standing standing) {
    switch (standing) {
        case Standing::given: return "dump";
        case Standing::profile: return "profile";
        case Standing::assumed: return "assumed";
        case Standing::absent: return "absent";
        case Standing::unknown: break;
    }
    return "unknown";
}

std::vector<std::string> next_steps(const Judgement& judgement, bool repairable) {
    std::vector<std::string> steps;
    switch (judgement.decision) {
        case Decision::enters:
            steps.emplace_back(
                "If the processor refused this entry, then the dump is not of the moment before it, or what is taken "
                "for granted is not so, or --cpu names another processor.");
            break;
        case Decision::undecided:
            steps.emplace_back(
                "Give what is missing: --cpu for what the processor can, --assume NAME=VALUE for one value, or a dump "
                "that has more.");
            break;
        case Decision::fails:
            steps.emplace_back(
                "Find where the hypervisor writes the fields above. What has changed since an entry that succeeded "
                "shows vmxspec diff BEFORE AFTER; a rule in full is vmxspec rule ID.");
            if (repairable)
                steps.emplace_back(
                    "A repair is a smallest change after which no rule is broken: it says which values are wrong, not "
                    "which "
                    "ones were meant.");
            break;
    }
    return steps;
}

}  // namespace vmxspec::query
