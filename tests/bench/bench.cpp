// How fast the parts are, on the recorded VM entry that fails and the one before it that succeeds.
#include "vmxspec/generated/entry_checks.hpp"
#include "vmxspec/generated/entry_load.hpp"

#include "proofs/query/assumptions.hpp"
#include "proofs/query/dumps/reader.hpp"
#include "proofs/query/judgement.hpp"
#include "proofs/query/repair.hpp"
#include "proofs/state/profile.hpp"
#include "proofs/state/text_file.hpp"
#include "proofs/theorems/theorem.hpp"

#include <benchmark/benchmark.h>

#include <memory>

using namespace vmxspec;

namespace {

Specification& specification() {
    static Specification spec;
    return spec;
}

std::string text_of(const char* name) {
    return read_text(std::string{VMXSPEC_FIXTURES "/virtualbox-"} + name + ".json");
}

KnownState state_of(const char* name) {
    const State& s = specification().state;
    KnownState state = query::read_dump(s, text_of(name), name, "json").front();
    apply(profile(s, "arrandale"), state);
    query::assume_usual_entry(state);
    return state;
}

/// The recorded state as the generated code takes it; what is unknown is 0.
template <class Struct>
Struct machine_words(const KnownState& state) {
    Struct words;
    generated::each_leaf(words, [&](const char*, unsigned number, auto& member) {
        member = static_cast<std::remove_reference_t<decltype(member)>>(state.values()[number].value);
    });
    return words;
}

void build_specification(benchmark::State& run) {
    for (auto _ : run) benchmark::DoNotOptimize(std::make_unique<Specification>());
}
void read_json_dump(benchmark::State& run) {
    const std::string text = text_of("after02");
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
void generated_check_of_an_entry_that_passes(benchmark::State& run) {
    auto words = machine_words<generated::EntryState<std::uint64_t>>(state_of("before02"));
    for (auto _ : run) {
        benchmark::DoNotOptimize(words);
        benchmark::DoNotOptimize(generated::violations(words));
    }
}
void generated_check_of_an_entry_that_fails(benchmark::State& run) {
    auto words = machine_words<generated::EntryState<std::uint64_t>>(state_of("before02"));
    words.guest_cr4 |= std::uint64_t{1} << 63;
    for (auto _ : run) {
        benchmark::DoNotOptimize(words);
        benchmark::DoNotOptimize(generated::violations(words));
    }
}
void generated_load_of_three_msrs(benchmark::State& run) {
    auto words = machine_words<generated::EntryState<std::uint64_t>>(state_of("before02"));
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
BENCHMARK(generated_check_of_an_entry_that_passes);
BENCHMARK(generated_check_of_an_entry_that_fails);
BENCHMARK(generated_load_of_three_msrs);

}  // namespace

BENCHMARK_MAIN();
