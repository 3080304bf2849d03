#include "proofs/query/assumptions.hpp"

#include "proofs/query/name.hpp"
#include "proofs/state/input_error.hpp"
#include "proofs/state/json_value.hpp"

#include <fmt/format.h>

#include <array>

namespace vmxspec::query {

namespace {

struct Usual {
    const char* leaf;
    Known bits;
    const char* reason;
};

constexpr Known ones(std::uint64_t mask) { return {mask, mask}; }
constexpr Known zeros(std::uint64_t mask) { return {0, mask}; }

constexpr std::uint64_t pe_et_pg = 1ULL | 1ULL << 4 | 1ULL << 31;

/// One row a thing that dumps do not show.
constexpr std::array usual{
    Usual{"before.in_smm", zeros(1), "hypervisors run outside SMM"},
    Usual{"before.in_seam", zeros(1), "hypervisors run outside SEAM"},
    Usual{"before.trace_enabled", zeros(1), "Intel PT is not tracing"},
    Usual{"before.cr0", ones(pe_et_pg), "VMX root operation has protection and paging on"},
    Usual{"before.cr4", ones(1ULL << 13), "VMX operation needs CR4.VMXE"},
    Usual{"before.rflags", zeros(1ULL << 17), "a VM entry was made, so not in virtual-8086 mode"},
    Usual{"before.in_vmx_operation", ones(1), "a VM entry was made"},
    Usual{"before.non_root", zeros(1), "a VM entry was made"},
    Usual{"before.cpl", zeros(3), "a VM entry was made"},
    Usual{"before.current_vmcs", zeros(0xfff),
          "the VMCS of the input is current; VMPTRLD takes aligned addresses only"},
    Usual{"before.current_is_shadow", zeros(1), "the VMCS of the input is an ordinary one"},
    Usual{"before.launched", zeros(1), "the instruction fits the launch state"},
    Usual{"before.vmresume", zeros(1), "the instruction fits the launch state"},
    Usual{"before.blocking_by_mov_ss", zeros(1), "the instruction before the VM entry did not load SS"},
};

/// LMA and LME at VM entry, which no dump shows: "host address-space size" is the mode in which every VM exit leaves
/// the hypervisor, and from which its next entry is made.
void assume_mode(KnownState& state) {
    constexpr std::uint64_t lme_lma = 1ULL << 8 | 1ULL << 10;
    const std::optional<std::uint64_t> exit_controls = state.value("control.exit");
    const std::size_t efer = state.state().leaf("before.efer");
    if (!exit_controls || state.standing(efer) != Standing::unknown) return;
    const bool host64 = (*exit_controls >> 9 & 1) != 0;
    state.set_bits(efer, host64 ? ones(lme_lma) : zeros(lme_lma), Standing::assumed,
                   "LMA and LME as \"host address-space size\" says, in which VM exits leave the hypervisor");
}

/// In IA-32e mode the instruction is made in 64-bit mode: in compatibility mode it does not exist.
void assume_code_segment(KnownState& state) {
    constexpr std::uint64_t lma = 1 << 10;
    const Known efer = state.values()[state.state().leaf("before.efer")];
    const std::size_t cs_l = state.state().leaf("before.cs_l");
    if ((efer.known & lma) == 0 || state.standing(cs_l) != Standing::unknown) return;
    state.set_bits(cs_l, (efer.value & lma) != 0 ? ones(1) : zeros(1), Standing::assumed,
                   "as LMA: a VM entry was made");
}

}  // namespace

void assume_usual_entry(KnownState& state) {
    for (const Usual& one : usual) {
        const std::size_t* leaf = state.state().find(one.leaf);
        if (leaf == nullptr || state.standing(*leaf) != Standing::unknown) continue;
        state.set_bits(*leaf, one.bits, Standing::assumed, one.reason);
    }
    assume_mode(state);
    assume_code_segment(state);
}

void assume(KnownState& state, const std::vector<std::string>& wishes) {
    for (const std::string& wish : wishes) {
        const std::size_t sign = wish.find('=');
        if (sign == std::string::npos)
            throw InputError(fmt::format("\"{}\" assumes nothing; write name=value, such as before.efer.lma=1.", wish));
        const Name name = resolve(state.state(), std::string_view{wish}.substr(0, sign));
        const std::uint64_t value = parse_number(std::string_view{wish}.substr(sign + 1), "--assume " + wish);
        if ((value & ~low_bits(name.high - name.low + 1)) != 0)
            throw InputError(fmt::format("--assume {}: the value does not fit.", wish));
        state.set_bits(name.leaf, {value << name.low, low_bits(name.high - name.low + 1) << name.low},
                       Standing::assumed, "as you say");
    }
}

std::vector<std::string> assumptions(const KnownState& state) {
    std::vector<std::string> lines = state.notes;
    for (std::size_t n = 0; n < state.values().size(); ++n) {
        if (state.standing(n) != Standing::assumed) continue;
        lines.push_back(fmt::format("{}: {}", state.state().leaves()[n].manual_name, state.reason(n)));
    }
    return lines;
}

}  // namespace vmxspec::query
