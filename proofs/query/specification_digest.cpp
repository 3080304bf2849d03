#include "proofs/query/specification_digest.hpp"

#include "proofs/smt/digest.hpp"

#include <fmt/format.h>

namespace vmxspec::query {

std::string specification_digest(const Specification& spec) {
    smt::Digests digests{spec.graph, [&](std::size_t leaf) { return spec.state.leaves()[leaf].name; }};
    std::string text;
    const auto append = [&](NodeId node) { text += smt::hexadecimal(digests(node)) + '\n'; };
    for (const Leaf& leaf : spec.state.leaves())
        text += fmt::format("{} {} {:x} {}\n", leaf.name, leaf.width, leaf.key, static_cast<unsigned>(leaf.source));
    for (const RuleTable* table : spec.tables())
        for (const Rule& rule : *table) {
            text += fmt::format("{} {} {}", rule.id, to_text(rule.stage), to_text(rule.kind));
            for (const Outcome& one : rule.outcomes)
                text += fmt::format(" {}:{}:{}", static_cast<unsigned>(one.channel), one.number, one.qualification);
            append(rule.condition.id());
        }
    for (const NodeId node : {spec.loaded.efer.id(), spec.loaded.cr0.id(), spec.loaded.cr4.id(),
                              spec.msr_load.accepted.id(), spec.msr_load.efer_after.id()})
        append(node);
    return smt::hexadecimal(smt::digest(text));
}

}  // namespace vmxspec::query
