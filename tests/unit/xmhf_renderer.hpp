// A state as XMHF prints it, in both of its notations.
#pragma once

#include "proofs/query/dumps/xmhf_names.hpp"
#include "proofs/state/known_state.hpp"

#include <fmt/format.h>

#include <string>

namespace vmxspec::test {

enum class Notation { at_signs, blocks };

class XmhfRenderer {
public:
    XmhfRenderer(const KnownState& state, Notation notation) : state_{state}, notation_{notation} {}

    [[nodiscard]] std::string text() const {
        std::string fields;
        for (std::size_t n = 0; n < state_.state().leaves().size(); ++n) fields += field(n);
        std::string rest = capabilities();
        const std::string begin = fmt::format("--------[{} begin]--------\n", when());
        const std::string end = fmt::format("--------[{} end]--------\n", when());
        if (notation_ == Notation::blocks) return begin + rest + fields + area() + end;
        return "CPU(0x05): vcpu->id=0x00000005\n" + fields + area() + begin + rest + end;
    }

private:
    /// "before" or "after", then "12" or "02".
    [[nodiscard]] std::string when() const { return state_.name.substr(0, state_.name.size() - 2); }
    [[nodiscard]] std::string which() const { return state_.name.substr(state_.name.size() - 2); }
    [[nodiscard]] std::string tag() const {
        return notation_ == Notation::blocks ? fmt::format(":vmcs{}:", which()) : fmt::format("@{}@", state_.name);
    }

    [[nodiscard]] std::string field(std::size_t n) const {
        const Leaf& leaf = state_.state().leaves()[n];
        const Standing standing = state_.standing(n);
        const auto name = query::xmhf_name(leaf.key);
        if (leaf.source != Source::vmcs || !name || (standing != Standing::given && standing != Standing::absent))
            return {};
        // VMCS02 is read by VMREAD and printed with encodings; VMCS12 is a structure in memory.
        const std::string encoding = which() == "02" ? fmt::format("(0x{:04x}) ", leaf.key) : "";
        const std::string value = standing == Standing::absent
                                      ? "unavailable"
                                      : fmt::format("0x{:0{}x}", state_.values()[n].value, leaf.width / 4);
        return fmt::format("CPU(0x05): {}{}{} = {}\n", encoding, tag(), *name, value);
    }

    [[nodiscard]] std::string area() const {
        std::string lines;
        for (std::size_t k = 0; k < state_.entry_msr_load.size(); ++k) {
            const MsrAreaEntry& one = state_.entry_msr_load[k];
            if (notation_ == Notation::blocks) {
                lines += fmt::format("CPU(0x05): :MSR:vmcs02_vmentry_msr_load_area[{}] = 0x{:08x} -> 0x{:016x}\n", k,
                                     *one.index, *one.data);
                continue;
            }
            const std::string name =
                fmt::format("CPU(0x05): @{}@vmcs12_info->vmcs02_vmentry_msr_load_area[{}]", when(), k);
            lines += fmt::format("{0}.index = 0x{1:08x}\n{0}.reserved = 0x{2:08x}\n{0}.data = 0x{3:016x}\n", name,
                                 *one.index, *one.reserved, *one.data);
        }
        return lines;
    }

    [[nodiscard]] std::string capabilities() const {
        std::string lines;
        for (std::uint32_t index = 0; index <= 0x11; ++index) {
            const std::size_t n = *state_.state().find_msr(0x480 + index);
            if (state_.standing(n) != Standing::given) continue;
            lines += fmt::format("CPU(0x05): vcpu->vmx_{}msrs[{:x}]=0x{:016x}\n", which() == "12" ? "nested_" : "",
                                 index, state_.values()[n].value);
        }
        return lines;
    }

    const KnownState& state_;
    Notation notation_;
};

}  // namespace vmxspec::test
