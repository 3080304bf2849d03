// For each shipped processor profile some VM entry passes all checks, and the profile itself is consistent.
#include "proofs/state/profile.hpp"
#include "proofs/theorems/theorem.hpp"
#include "spec/state/architecture.hpp"

namespace vmxspec::proofs {

std::vector<Theorem> profile_theorems(Specification& spec) {
    std::vector<Theorem> theorems;
    for (const std::string& name : profile_names()) {
        Bool is_profile = constant(spec.graph, true);
        for (const auto& [leaf, value] : profile(spec.state, name).values) {
            const NodeId node = spec.state.node(leaf);
            const unsigned width = spec.graph[node].width;
            const Bool equal =
                width == 0
                    ? (value != 0 ? Bool{&spec.graph, node} : !Bool{&spec.graph, node})
                    : Bool{&spec.graph,
                           spec.graph.make(Op::equal, 0, {node, spec.graph.make(Op::constant, width, {}, value)})};
            is_profile = is_profile && equal;
        }
        const std::vector<Bool> given{is_profile, consistent_mode(spec.state)};
        theorems.push_back({"profile/" + name + "/consistent",
                            "the profile " + name + " is a processor that the manual knows",
                            Form::always,
                            given,
                            consistent_processor(spec.state),
                            Verdict::proven,
                            {},
                            {}});
        theorems.push_back({"profile/" + name + "/satisfiable",
                            "on " + name + " some VM entry passes all checks",
                            Form::possible,
                            given,
                            spec.checks_pass,
                            Verdict::proven,
                            {},
                            {}});
    }
    return theorems;
}

}  // namespace vmxspec::proofs
