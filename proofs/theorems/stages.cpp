// No two stages of a VM entry contradict each other: both can hold, and each can hold while the other fails.
#include "proofs/theorems/theorem.hpp"
#include "spec/state/architecture.hpp"

#include <array>

namespace vmxspec::proofs {

namespace {

struct StageName {
    Stage stage;
    const char* section;
};
constexpr std::array<StageName, 4> stages{
    {{Stage::basic, "29.1"}, {Stage::control_and_host, "29.2"}, {Stage::guest, "29.3"}, {Stage::msr_load, "29.4"}}};

}  // namespace

std::vector<Theorem> stage_theorems(Specification& spec) {
    const std::vector<Bool> given{consistent_processor(spec.state), consistent_mode(spec.state)};
    std::vector<Theorem> theorems;
    for (const StageName& a : stages) {
        for (const StageName& b : stages) {
            if (a.stage == b.stage) continue;
            const std::string pair = std::string{a.section} + "-" + b.section;
            const Bool first = spec.holds(a.stage);
            const Bool second = spec.holds(b.stage);
            if (a.stage < b.stage)
                theorems.push_back(
                    {"stages/" + pair + "/both",
                     "some VM entry passes the checks of " + std::string{a.section} + " and of " + b.section,
                     Form::possible,
                     given,
                     first && second,
                     Verdict::proven,
                     {}});
            theorems.push_back(
                {"stages/" + pair + "/first-only",
                 "some VM entry passes the checks of " + std::string{a.section} + " and fails one of " + b.section,
                 Form::possible,
                 given,
                 first && !second,
                 Verdict::proven,
                 {}});
        }
    }
    return theorems;
}

}  // namespace vmxspec::proofs
