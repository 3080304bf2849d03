#include "hv/nested/entry_check.hpp"

#include "hv/check/memory_operands.hpp"
#include "hv/check/words.hpp"
#include "hv/l1/machine.hpp"
#include "hv/nested/guest_memory.hpp"
#include "runtime/io/console.hpp"

namespace vmxspec::hv {

namespace {

void read_memory_operands12(State& s) {
    const MemoryReads reads = memory_reads(s);
    s.memory_vtpr = reads.vtpr ? read_guest<std::uint8_t>(s.control_virtual_apic + vtpr_offset) : 0;
    s.memory_link_word = reads.link_word ? read_guest<std::uint32_t>(s.guest_link_pointer) : 0;
    const auto pdptes = reads.pdptes
                            ? read_guest<std::array<std::uint64_t, 4>>(s.guest_cr3 & pae_cr3_address)
                            : std::array<std::uint64_t, 4>{};
    s.memory_pdpte0 = pdptes[0];
    s.memory_pdpte1 = pdptes[1];
    s.memory_pdpte2 = pdptes[2];
    s.memory_pdpte3 = pdptes[3];
}

}  // namespace

void read_entry12(Nested& nested, bool vmresume) {
    State& s = nested.entry_state;
    const InstructionState& before = nested.machine;
    generated::each_vmcs_field(s, [&](std::uint32_t encoding, std::uint64_t& member) {
        const std::size_t place = place_of(encoding);
        member = place != no_place && nested.fields.contains(place) ? nested.vmcs12.values[place] : 0;
    });
    s.before_cr0 = before.before_cr0;
    s.before_cr4 = before.before_cr4;
    s.before_efer = before.before_efer;
    s.before_rflags = before.before_rflags;
    s.before_cpl = before.before_cpl;
    s.before_cs_l = before.before_cs_l;
    s.before_current_vmcs = before.before_current_vmcs;
    s.before_in_vmx_operation = before.before_in_vmx_operation;
    s.before_blocking_by_mov_ss = before.before_blocking_by_mov_ss;
    s.before_launched = before.before_launched;
    s.before_vmresume = vmresume;
    read_memory_operands12(s);
}

generated::Rule first_broken(const Nested& nested) { return generated::first_violation(nested.entry_state); }

void explain(const Nested& nested, const generated::Outcome& outcome, generated::MsrRule msr_rule) {
    auto& console = runtime::console;
    if (!machine.options.explain_entries) {
        return;
    }
    console.write("vmxspec: L1 entry fails: ");
    print_outcome(console, outcome);
    const char* separator = ": ";
    if (msr_rule != generated::MsrRule::none) {
        runtime::print(console, separator, std::string_view{generated::information(msr_rule)->id});
    } else {
        const generated::RuleSet broken = generated::violations(nested.entry_state);
        for (std::size_t n = 0; n < generated::rule_count; ++n) {
            if (broken.contains(static_cast<generated::Rule>(n))) {
                runtime::print(console, separator, std::string_view{generated::rule_information[n].id}, " (SDM ",
                               std::string_view{generated::rule_information[n].section}, ")");
                separator = ", ";
            }
        }
    }
    console.write("\n");
}

}  // namespace vmxspec::hv
