// A state as a list of fields, one a line.
#pragma once

#include "proofs/query/dumps/xmhf_names.hpp"
#include "tests/unit/row_renderer.hpp"

namespace vmxspec::test {

/// How a list is written.
enum class ListStyle { haxm, generic, halves, encodings };

[[nodiscard]] inline Rendered render_list(const KnownState& state, ListStyle style) {
    Rendered result;
    for (std::size_t n = 0; n < state.values().size(); ++n) {
        const Leaf& leaf = state.state().leaves()[n];
        const auto name = query::xmhf_name(leaf.key);
        if (leaf.source != Source::vmcs || !name || !state.value(n)) continue;
        const std::uint64_t value = *state.value(n);
        result.leaves.insert(n);
        switch (style) {
            case ListStyle::haxm:
                result.text += fmt::format("haxm_warning: {:04x} VMX_FIELD: {:x}\n", leaf.key, value);
                break;
            case ListStyle::generic: result.text += fmt::format("# VMCS_{} = 0x{:x}\n", *name, value); break;
            case ListStyle::encodings: result.text += fmt::format("[0x{:04x}] = 0x{:x}\n", leaf.key, value); break;
            case ListStyle::halves:
                if ((leaf.key >> 13 & 3) == 1) {
                    result.text += fmt::format("{}_FULL = 0x{:08x}\n{}_HIGH = 0x{:08x}\n", *name, value & 0xffffffff,
                                               *name, value >> 32);
                } else {
                    result.text += fmt::format("{}: 0x{:x}\n", *name, value);
                }
                break;
        }
    }
    return result;
}

}  // namespace vmxspec::test
