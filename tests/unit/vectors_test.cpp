// Vectors: families near a state that a machine told, what is left out for its safety, and the file that the probe
// reads.
#include "proofs/query/divergence.hpp"
#include "proofs/state/input_error.hpp"
#include "proofs/vectors/family.hpp"
#include "proofs/vectors/safety.hpp"
#include "proofs/vectors/vector_file.hpp"
#include "tests/bochs/probe/vector_file.hpp"
#include "tests/unit/fixture.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <set>
#include <span>

namespace vmxspec::vectors_test {
namespace {

using Catch::Matchers::Contains;
using vectors::Collection;
using vectors::Vector;

/// The recorded VM entry as the base of vectors: it enters, and the preemption timer expires at once.
struct Fixture {
    Specification spec;
    KnownState base{test::entry_of(spec.state, test::changed(test::fixture_json("virtualbox-before02"),
                                                             {{"control.pin", "0x5f"},
                                                              {"guest.preemption_timer", "0x0"},
                                                              {"control.exit_msr_load_count", "0x0"},
                                                              {"control.exit_msr_store_count", "0x0"},
                                                              {"control.entry_msr_load_count", "0x0"}}))};
    Fixture() { base.entry_msr_load.clear(); }

    [[nodiscard]] std::size_t leaf(const char* name) const { return spec.state.leaf(name); }
    [[nodiscard]] const char* danger(const Collection& collection, const Vector& vector) const {
        const KnownState state = collection.state(vector);
        return vectors::danger(spec, state, query::judge(spec, state), base);
    }
};

/// What the probe reads of a file.
struct Read {
    struct One {
        std::string id;
        std::vector<std::pair<std::uint32_t, std::uint64_t>> changes;
        std::size_t entries = 0;
        std::size_t exit_stored = 0;
        std::size_t exit_loaded = 0;
        probe::Conditions conditions;
    };
    std::vector<One> vectors;
    bool at_end = false;

    explicit Read(const std::string& bytes) {
        probe::VectorFile file{std::as_bytes(std::span{bytes})};
        while (const auto trial = file.next()) {
            One one{std::string{trial->id},       {},
                    trial->entry_msr_load.size(), trial->exit_msr_store.size(),
                    trial->exit_msr_load.size(),  trial->conditions};
            for (const probe::Change& change : trial->changes)
                one.changes.emplace_back(probe::encoding(change.field), change.value);
            vectors.push_back(one);
        }
        at_end = file.at_end();
    }
};

}  // namespace

TEST_CASE("the probe reads the file of vectors that was written", "[vectors]") {
    const Fixture f;
    std::vector<Vector> list{{"a", {{f.leaf("guest.cr0"), 0x80000031}, {f.leaf("control.vpid"), 7}}, {}},
                             {"b/c", {}, {{0xc0000080U, 1U, 0xd01U, {}}, {0x277U, 0U, 6U, {}}}},
                             {"d",
                              {{f.leaf("memory.link_word"), 5},
                               {f.leaf("memory.pdpte3"), 1},
                               {f.leaf("memory.vtpr"), 0x70},
                               {f.leaf("before.vmresume"), 1},
                               {f.leaf("before.blocking_by_mov_ss"), 1},
                               {f.leaf("before.current_vmcs"), ~0ULL}},
                              {},
                              {{0x277U, 0U, 6U, {}}},
                              {{0x277U, 0U, 6U, {}}, {0x277U, 0U, 6U, {}}},
                              true},
                             {"e", {}, {}, {}, {}, false, true}};
    const std::string bytes = vectors::file(f.spec.state, list);
    const Read read{bytes};
    CHECK(read.at_end);
    REQUIRE(read.vectors.size() == 4);
    CHECK(read.vectors[3].conditions.has(probe::Condition::link_is_current));
    using enum probe::Condition;
    const probe::Conditions& conditions = read.vectors[2].conditions;
    CHECK(conditions.value(link) == 5);
    CHECK(conditions.value(pdpte3) == 1);
    CHECK(conditions.value(vtpr) == 0x70);
    for (const probe::Condition one : {vmresume, mov_ss, no_current, legacy}) CHECK(conditions.has(one));
    CHECK_FALSE(conditions.has(link_is_current));
    for (const probe::Condition one : {launched, shadow, pdpte0, pdpte1, pdpte2}) CHECK_FALSE(conditions.has(one));
    CHECK(read.vectors[2].entries == 0);
    CHECK(read.vectors[2].exit_stored == 1);
    CHECK(read.vectors[2].exit_loaded == 2);
    CHECK(read.vectors[2].changes.empty());
    CHECK(read.vectors[0].id == "a");
    auto changes = read.vectors[0].changes;
    std::ranges::sort(changes);
    CHECK(changes == std::vector<std::pair<std::uint32_t, std::uint64_t>>{{0x0000, 7}, {0x6800, 0x80000031}});
    CHECK(read.vectors[1].entries == 2);
    // Whatever is missing at the end, it is noticed and nothing is read past it.
    for (std::size_t size = 0; size < bytes.size(); ++size) {
        CAPTURE(size);
        CHECK_FALSE(Read{bytes.substr(0, size)}.at_end);
    }
    CHECK_FALSE(Read{bytes + "x"}.at_end);
    CHECK_FALSE(Read{"VMXVECT1" + bytes.substr(8)}.at_end);
    // The largest vector that can be written is the largest that the probe has room for.
    STATIC_REQUIRE(vectors::most_fields == probe::VectorFile::most_changes);
    STATIC_REQUIRE(vectors::most_entries == probe::most_entries);
    Vector largest{std::string(vectors::most_characters, 'a'), {}, {}};
    for (std::size_t n = 0; largest.fields.size() < vectors::most_fields; ++n)
        if (f.spec.state.leaves()[n].source == Source::vmcs) largest.fields[n] = n;
    largest.entry_msr_load.assign(vectors::most_entries, {0x277U, 0U, 6U, {}});
    const Read whole{vectors::file(f.spec.state, {largest})};
    REQUIRE(whole.vectors.size() == 1);
    CHECK(whole.at_end);
    CHECK(whole.vectors[0].changes.size() == vectors::most_fields);
    CHECK(whole.vectors[0].entries == vectors::most_entries);
    list[0].id.assign(vectors::most_characters + 1, 'a');
    CHECK_THROWS_WITH(vectors::file(f.spec.state, list), Contains("does not fit the format"));
}

TEST_CASE("a vector that the machine would not come back from is left out, with the reason", "[vectors]") {
    const Fixture f;
    const Collection collection{f.spec, {f.base, {}}};
    const auto because = [&](const char* leaf, std::uint64_t value) {
        const char* reason = f.danger(collection, {"x", {{f.leaf(leaf), value}}, {}});
        return std::string{reason == nullptr ? "" : reason};
    };
    REQUIRE(f.danger(collection, {"x", {}, {}}) == nullptr);
    CHECK(because("host.cr3", 0x1000) == "a VM exit would load another host state than the probe's");
    CHECK(because("host.cr4", 0).empty());  // fails before anything is loaded
    CHECK(because("guest.rflags", 0).empty());
    CHECK_THAT(because("control.exit_msr_load_count", 1), Contains("load MSRs"));
    CHECK_THAT(because("control.exit_msr_store_count", 1), Contains("store MSRs"));
    CHECK_THAT(because("control.entry_msr_load_count", 1), Contains("longer"));
    CHECK_THAT(because("guest.activity", 3), Contains("SIPI"));
    // Of the host state, what the probe puts back may be another.
    CHECK(because("host.sysenter_esp", 0x1000).empty());
    CHECK(because("host.efer", f.base.value("host.efer").value_or(0) ^ 1).empty());
    CHECK_THAT(because("host.efer", f.base.value("host.efer").value_or(0) ^ 1 << 11), Contains("another host state"));
    // A VMX abort is what is to be seen; an MSR that the probe needs is not loaded.
    const auto loading = [&](std::uint32_t index) {
        const char* reason = f.danger(collection, {"x", {}, {}, {}, {{index, 0U, 0U, {}}}});
        return std::string{reason == nullptr ? "" : reason};
    };
    CHECK(loading(0xc0000081).empty());
    CHECK(loading(0x808).empty());
    CHECK_THAT(loading(0x1b), Contains("the probe needs"));
    CHECK_THAT(
        f.danger(
            collection,
            {"x", {{f.leaf("control.pin"), 0x1f}, {f.leaf("control.exit"), 0x36fff}, {f.leaf("guest.rip"), 5}}, {}}),
        Contains("without the VMX-preemption timer"));
    CHECK_THAT(f.danger(collection, {"x", {}, {{0x1bU, 0U, 0xfee00000U, {}}}}), Contains("put back"));
    CHECK(f.danger(collection, {"x", {}, {{0x277U, 0U, 6U, {}}}}) == nullptr);
}

TEST_CASE("families are the same each time, and each vector is there once", "[vectors]") {
    Fixture f;
    const auto made = [&](std::size_t every) {
        Collection collection{f.spec, {f.base, f.base}, every};
        const std::vector<vectors::Mode> modes = vectors::modes(collection);
        CHECK(modes.size() >= 2);
        vectors::flips(collection, modes);
        vectors::edges(collection);
        vectors::events(collection);
        vectors::msr_areas(collection);
        vectors::memory(collection);
        vectors::circumstances(collection);
        vectors::legacy(collection);
        vectors::exit_areas(collection);
        CHECK_FALSE(collection.exclusions().empty());
        return std::pair{collection.vectors(), vectors::file(f.spec.state, collection.vectors())};
    };
    const auto [list, bytes] = made(20);  // so dense that each family has some
    CHECK(made(20).second == bytes);
    CHECK(list.size() > 300);
    std::set<std::string> ids;
    std::set<std::string> families;
    for (const Vector& one : list) {
        CHECK(ids.insert(one.id).second);
        families.insert(one.id.substr(0, one.id.find('/')));
    }
    CHECK(families == std::set<std::string>{"edge", "event", "exit", "flip", "how", "memory", "mode", "msr"});
}

TEST_CASE("known divergences explain what they are about, and nothing else", "[vectors]") {
    Specification spec;
    const auto parse = [&](const std::string& rows) {
        return query::parse_divergences(spec, R"({"format": "vmxspec-divergences", "divergences": [)" + rows + "]}",
                                        "it");
    };
    const std::string rest = R"("version": "it 1", "manual": "m", "machine": "n", "evidence": "e"})";
    std::vector<query::Divergence> known =
        parse(R"({"rule": "guest.cr0.pg-pe", "seen": "entered", "where": "guest.cr4.pae = 0", )" + rest);
    query::TraceEntry entry{"flip/1",
                            test::entry_of(spec.state, test::changed(test::fixture_json("virtualbox-before02"),
                                                                     {{"guest.cr0", "0x80000034"}})),
                            {},
                            {},
                            {},
                            {},
                            {},
                            {}};
    query::Trace trace;
    entry.observed.number = 52;
    query::Comparison comparison = query::compare(spec, entry);
    REQUIRE(comparison.agreement == query::Agreement::differs);
    REQUIRE(comparison.judgement.violated.front().rule->id == "guest.cr0.pg-pe");
    CHECK(query::explain(spec, known, trace, entry, comparison) == &known[0]);
    CHECK(known[0].count == 1);
    comparison.predicted_right = false;
    CHECK(query::explain(spec, known, trace, entry, comparison) == nullptr);
    comparison.predicted_right = true;
    // Of an emulator: its version, its model, its words.
    trace.version = "it 1";
    trace.model = "a";
    CHECK(query::explain(spec, known, trace, entry, comparison) != nullptr);
    trace.version = "it 2";
    CHECK(query::explain(spec, known, trace, entry, comparison) == nullptr);
    trace.version = "it 1";
    entry.said = {"bad CR0"};
    CHECK(query::explain(spec, known, trace, entry, comparison) == nullptr);
    const auto with = [&](const std::string& more) { return parse(R"({"rule": "guest.cr0.pg-pe", )" + more + rest); };
    std::vector<query::Divergence> named = with(R"("said": "CR0$", "models": ["a"], )");
    CHECK(query::explain(spec, named, trace, entry, comparison) == &named[0]);
    CHECK_FALSE(named[0].shown);
    entry.id = "e";
    CHECK(query::explain(spec, named, trace, entry, comparison) == &named[0]);
    CHECK(named[0].shown);
    named = with(R"("said": "CR4", )");
    CHECK(query::explain(spec, named, trace, entry, comparison) == nullptr);
    named = with(R"("said": "CR0", "models": ["b", "c"], )");
    CHECK_FALSE(query::concerns(named[0], trace));
    CHECK(query::explain(spec, named, trace, entry, comparison) == nullptr);
    CHECK_THROWS_WITH(with(R"("models": [], )"), Contains("nor a list of models"));
    trace = {};
    entry.id = "flip/1";
    for (const char* other : {R"({"rule": "guest.cr0.fixed", )", R"({"rule": "guest.cr0.pg-pe", "seen": "VMfail", )",
                              R"({"rule": "guest.cr0.pg-pe", "vector": "^walk/", )",
                              R"({"rule": "guest.cr0.pg-pe", "where": "guest.cr4.pae = 1", )", R"({"rule": "", )"}) {
        CAPTURE(other);
        std::vector<query::Divergence> list = parse(other + rest);
        CHECK(query::explain(spec, list, trace, entry, comparison) == nullptr);
    }
    // Of what was loaded otherwise, each difference wants a row that is about it.
    comparison.loaded = {"guest.rip is 2H, the manual says 1H", "guest.rflags is 3H, the manual says 2H"};
    CHECK(query::explain(spec, known, trace, entry, comparison) == nullptr);
    std::vector<query::Divergence> loaded = parse(R"({"rule": "any", "after": "^guest.rip", )" + rest);
    CHECK(query::explain(spec, loaded, trace, entry, comparison) == nullptr);
    comparison.loaded.pop_back();
    CHECK(query::explain(spec, loaded, trace, entry, comparison) == &loaded[0]);
    comparison.loaded.clear();
    CHECK(query::explain(spec, loaded, trace, entry, comparison) == nullptr);
    CHECK_THROWS_WITH(parse(R"({"rule": "guest.cr0.pg", )" + rest), Contains("no rule is named guest.cr0.pg"));
    CHECK_THROWS_WITH(parse(R"({"rule": "any", "seen": "(", )" + rest), Contains("is no regular expression"));
    CHECK_THROWS_WITH(parse(R"({"rule": "any", "where": "guest.cr0 =", )" + rest), Contains("column"));
    CHECK_THROWS_WITH(parse(R"({"rule": "any", "version": "it 1", "manual": "m", "machine": "n"})"), Contains("needs"));
    CHECK_THROWS_WITH(query::parse_divergences(spec, "{}", "it"), Contains("no list of divergences"));
}

}  // namespace vmxspec::vectors_test
