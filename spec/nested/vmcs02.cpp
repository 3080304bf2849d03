#include "spec/nested/vmcs02.hpp"

#include <stdexcept>

namespace vmxspec::nested {

namespace {

bool is_field(const Leaf& leaf) { return leaf.source == Source::vmcs && Encoding{leaf.key}.area() != Area::read_only; }

/// CR0 bits that neither VM entries nor VM exits modify: L0 finds and leaves them as L1 has them (29.3.2.1, 30.5.1).
constexpr std::uint64_t unmodified_cr0 =
    1ULL << 4 | 0x3ffULL << 6 | 1ULL << 17 | 0x3ffULL << 19 | 1ULL << 29 | 1ULL << 30;

}  // namespace

/// L0's exits are the same from L1 and from L2.
void vmcs02_host(FieldTable& table, const State& s, const Level0& l0) {
    table.section({"27.5", "Host-State Area"});
    for (std::size_t n = 0; n < s.leaves().size(); ++n) {
        const Leaf& leaf = s.leaves()[n];
        if (leaf.source == Source::vmcs && Encoding{leaf.key}.area() == Area::host)
            table.add(n, constant(s.graph(), true), l0.vmcs01(s.node(n)));
    }
}

FieldTable vmcs02_rows(const State& s, const Level0& l0, const load::Registers& loaded) {
    FieldTable table{s};
    vmcs02_controls(table, s, l0);
    vmcs02_guest(table, s, l0, loaded);
    vmcs02_host(table, s, l0);
    table.sort();
    for (std::size_t n = 0; n < s.leaves().size(); ++n)
        if (is_field(s.leaves()[n]) && table.find(n) == nullptr)
            throw std::logic_error("VMCS02 has no row for " + s.leaves()[n].name);
    return table;
}

View vmcs02_view(const State& s, const Level0& l0, const FieldTable& rows) {
    const auto& [before, host] = std::tie(s.before, s.host);
    View view = l0.real;
    for (const FieldRow& row : rows) view.put(row.leaf, row.value);
    const Bits<64> cr0 = l0.vmcs01(Bits<64>{host.cr0});
    view.put(leaf_of(before.cr0), ((cr0 & ~unmodified_cr0) | (before.cr0 & unmodified_cr0)).id());
    view.put(leaf_of(before.cr3), l0.vmcs01(host.cr3.id()));
    view.put(leaf_of(before.cr4), l0.vmcs01(host.cr4.id()));
    view.put(leaf_of(before.efer), l0.vmcs01(host.efer.id()));
    view.put(leaf_of(before.current_vmcs), l0.vmcs02.id());
    view.put(leaf_of(s.memory.link_word), l0.link_word.id());
    view.put(leaf_of(before.trace_enabled), l0.trace_enabled.id());
    return view;
}

}  // namespace vmxspec::nested
