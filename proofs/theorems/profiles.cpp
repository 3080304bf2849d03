// For each shipped processor profile: it is a processor that the manual knows, and some VM entry on it passes all
// checks. What a profile leaves open, such as an MSR that its processor does not have, may be anything.
#include "proofs/state/profile.hpp"
#include "proofs/theorems/theorem.hpp"
#include "spec/state/architecture.hpp"

namespace vmxspec::proofs {

std::vector<Theorem> profile_theorems(Specification& spec) {
    std::vector<Theorem> theorems;
    for (const std::string& name : profile_names()) {
        const Bool processor = is_processor(spec.state, profile(spec.state, name));
        const Bool known = consistent_processor(spec.state);
        theorems.push_back({"profile/" + name + "/consistent",
                            "the profile " + name + " is a processor that the manual knows",
                            Form::possible,
                            {processor},
                            known,
                            Verdict::proven,
                            {},
                            {}});
        theorems.push_back({"profile/" + name + "/satisfiable",
                            "on " + name + " some VM entry passes all checks",
                            Form::possible,
                            {processor, known, consistent_mode(spec.state)},
                            spec.checks_pass,
                            Verdict::proven,
                            {},
                            {}});
    }
    return theorems;
}

}  // namespace vmxspec::proofs
