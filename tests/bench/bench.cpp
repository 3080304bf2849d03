// How fast the parts are, on the recorded VM entry that fails and the one before it that succeeds.
#include "vmxspec/generated/entry_checks.hpp"
#include "vmxspec/generated/entry_load.hpp"

#include "proofs/query/judgement.hpp"
#include "proofs/query/repair.hpp"
#include "tests/bench/recorded_state.hpp"

#include <benchmark/benchmark.h>

#include <memory>

using namespace vmxspec;
using Words = generated::EntryState<std::uint64_t>;

namespace {

Specification& specification() {
    static Specification spec;
    return spec;
}

KnownState state_of(const char* name) { return bench::state_of(specification().state, name); }

void build_specification(benchmark::State& run) {
    for (auto _ : run) benchmark::DoNotOptimize(std::make_unique<Specification>());
}
void read_json_dump(benchmark::State& run) {
    const std::string text = bench::text_of("after02");
    for (auto _ : run) benchmark::DoNotOptimize(query::read_dump(specification().state, text, "after02", "json"));
    run.SetBytesProcessed(static_cast<std::int64_t>(run.iterations() * text.size()));
}
void judge_all_rules(benchmark::State& run) {
    const KnownState state = state_of("after02");
    for (auto _ : run) benchmark::DoNotOptimize(query::judge(specification(), state));
}
void smallest_repair(benchmark::State& run) {
    const KnownState state = state_of("after02");
    const query::Judgement judgement = query::judge(specification(), state);
    for (auto _ : run) benchmark::DoNotOptimize(query::repairs(specification(), state, judgement));
}
/// An entry that passes, and one that breaks a rule of the last stage.
Words passing() { return bench::machine_words<Words>(state_of("before02")); }
Words failing() {
    Words words = passing();
    words.guest_rflags |= std::uint64_t{1} << 63;
    return words;
}
void check(benchmark::State& run, Words words, auto question) {
    for (auto _ : run) {
        benchmark::DoNotOptimize(words);
        benchmark::DoNotOptimize(question(words));
    }
}
void violations_of_an_entry_that_passes(benchmark::State& run) {
    check(run, passing(), [](const Words& s) { return generated::violations(s); });
}
void violations_of_an_entry_that_fails(benchmark::State& run) {
    check(run, failing(), [](const Words& s) { return generated::violations(s); });
}
void first_violation_of_an_entry_that_passes(benchmark::State& run) {
    check(run, passing(), [](const Words& s) { return generated::first_violation(s); });
}
void first_violation_of_an_entry_that_fails(benchmark::State& run) {
    check(run, failing(), [](const Words& s) { return generated::first_violation(s); });
}
void generated_load_of_three_msrs(benchmark::State& run) {
    const Words words = passing();
    generated::MsrAreaEntry area[]{{0xc0000080, 0, 0x801}, {0x277, 0, 0x0407050600070106}, {0xc0000081, 0, 0}};
    for (auto _ : run) {
        benchmark::DoNotOptimize(area);
        benchmark::DoNotOptimize(generated::load_msrs(words, area, 3, false));
    }
}

BENCHMARK(build_specification)->Unit(benchmark::kMillisecond);
BENCHMARK(read_json_dump)->Unit(benchmark::kMicrosecond);
BENCHMARK(judge_all_rules)->Unit(benchmark::kMicrosecond);
BENCHMARK(smallest_repair)->Unit(benchmark::kMillisecond)->Iterations(5);
BENCHMARK(violations_of_an_entry_that_passes);
BENCHMARK(violations_of_an_entry_that_fails);
BENCHMARK(first_violation_of_an_entry_that_passes);
BENCHMARK(first_violation_of_an_entry_that_fails);
BENCHMARK(generated_load_of_three_msrs);

}  // namespace

BENCHMARK_MAIN();
