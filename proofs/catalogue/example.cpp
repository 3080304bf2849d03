#include "proofs/catalogue/example.hpp"

#include "proofs/catalogue/ordinary_entry.hpp"
#include "spec/lang/known.hpp"
#include "spec/state/architecture.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>

namespace vmxspec::catalogue {

using smt::Satisfiability;

std::vector<const Rule*> other_checks(const Specification& spec, const Rule& rule) {
    std::vector<const Rule*> list;
    const bool exit = rule.stage == Stage::vm_exit;
    for (const RuleTable* table : {&spec.rules, exit ? &spec.exit_rules : &spec.msr_load.rules})
        for (const Rule& other : *table)
            if (other.kind == RuleKind::check && other.id != rule.id) list.push_back(&other);
    return list;
}

std::vector<Bool> consistency(Specification& spec) {
    return {consistent_processor(spec.state), consistent_mode(spec.state),
            Bits<64>{spec.state.msr_entry.efer_before} == spec.loaded.efer};
}

ExampleSearch::ExampleSearch(Specification& spec, std::vector<std::uint64_t> ordinary,
                             const std::function<bool(std::size_t)>& fixed)
    : spec_{spec},
      ordinary_{std::move(ordinary)},
      efer_before_{spec.state.leaf("msr_entry.efer_before")},
      consistent_{consistency(spec)},
      solver_{spec.graph, {.propositional = true}} {
    std::vector<NodeId> read;
    for (const RuleTable* table : spec.tables())
        for (const Rule& rule : *table) read.push_back(rule.condition.id());
    for (const Bool one : consistent_) {
        read.push_back(one.id());
        solver_.require(one);
    }
    leaves_ = spec.graph.support(read);
    std::erase(leaves_, efer_before_);
    for (const std::size_t leaf : leaves_)
        if (fixed(leaf)) solver_.require(condition({leaf, std::max(spec.state.leaves()[leaf].width, 1U) - 1, 0}));
}

bool ExampleSearch::of_vmcs(std::size_t leaf) const { return spec_.state.leaves()[leaf].source == Source::vmcs; }

ExampleSearch::Task ExampleSearch::task(const Rule& rule, std::span<const Rule* const> given_up) const {
    Task task{rule, {&rule}, {!rule.condition}, spec_.graph.support(std::array{rule.condition.id()}), {}, ordinary_};
    for (const Rule* other : other_checks(spec_, rule)) {
        if (std::ranges::find(given_up, other) != given_up.end()) continue;
        task.rules.push_back(other->condition);
        task.owners.push_back(other);
    }
    for (const std::size_t leaf : leaves_)
        task.kept.push_back({leaf, std::max(spec_.state.leaves()[leaf].width, 1U) - 1, 0});
    return task;
}

Bool ExampleSearch::condition(const Kept& bits) const {
    Graph& g = spec_.graph;
    const NodeId leaf = spec_.state.node(bits.leaf);
    const std::uint64_t value = ordinary_[bits.leaf];
    const unsigned width = g[leaf].width;
    if (width == 0) return value != 0 ? Bool{&g, leaf} : !Bool{&g, leaf};
    const unsigned part = bits.high - bits.low + 1;
    const NodeId word = part == width ? leaf : g.make(Op::extract, part, {leaf}, bits.low);
    const NodeId constant = g.make(Op::constant, part, {}, value >> bits.low & low_bits(part));
    return {&g, g.make(Op::equal, 0, {word, constant})};
}

/// One bit of one field is often enough, and no solver is needed to see it.
bool ExampleSearch::flip_one_bit(Task& task) const {
    for (const std::size_t leaf : task.reads) {
        if (!of_vmcs(leaf)) continue;
        for (unsigned bit = 0; bit < spec_.state.leaves()[leaf].width; ++bit) {
            std::vector<std::uint64_t> values = ordinary_;
            values[leaf] ^= std::uint64_t{1} << bit;
            if (!fulfils(task, values)) continue;
            task.values = values;
            return true;
        }
    }
    return false;
}

/// Asks the solver; the values become those of its answer.
Satisfiability ExampleSearch::solve(Task& task) {
    std::vector<Bool> assumed = task.rules;
    for (const Kept& bits : task.kept) assumed.push_back(condition(bits));
    const Satisfiability answer = solver_.check(assumed);
    if (answer == Satisfiability::unknown) throw std::runtime_error("no answer is found for " + task.rule.id);
    if (answer == Satisfiability::satisfiable)
        for (const std::size_t leaf : leaves_) task.values[leaf] = solver_.value(spec_.state.node(leaf));
    return answer;
}

/// Frees leaves until the rules can hold: fields that the broken rule reads, then what stands in the way, again fields
/// first. False when it is other rules that stand in the way.
bool ExampleSearch::loosen(Task& task) {
    std::erase_if(task.kept, [&](const Kept& bits) {
        return of_vmcs(bits.leaf) && std::ranges::count(task.reads, bits.leaf) > 0;
    });
    while (solve(task) != Satisfiability::satisfiable) {
        std::vector<std::size_t> fields;
        std::vector<std::size_t> others;
        for (const std::size_t place : solver_.contradiction()) {
            if (place < task.rules.size()) continue;
            const std::size_t leaf = task.kept[place - task.rules.size()].leaf;
            (of_vmcs(leaf) ? fields : others).push_back(leaf);
        }
        const std::vector<std::size_t>& freed = fields.empty() ? others : fields;
        if (freed.empty()) return false;
        std::erase_if(task.kept, [&](const Kept& bits) { return std::ranges::count(freed, bits.leaf) > 0; });
    }
    return true;
}

/// Whether the values fulfil the task, by evaluation. IA32_EFER before the MSR-load entry is made to follow.
bool ExampleSearch::fulfils(const Task& task, std::vector<std::uint64_t>& values) const {
    std::vector<Known> known(values.size());
    for (const std::size_t leaf : leaves_) known[leaf] = Known::exactly(values[leaf], spec_.state.leaves()[leaf].width);
    values[efer_before_] = Evaluation{spec_.graph, known}.value(spec_.loaded.efer.id()).value();
    known[efer_before_] = Known::exactly(values[efer_before_], 64);
    const Evaluation evaluation{spec_.graph, known};
    const auto holds = [&](Bool one) { return evaluation.truth(one.id()).value_or(false); };
    return std::ranges::all_of(task.rules, holds) && std::ranges::all_of(consistent_, holds);
}

/// Keeps these bits too, if they can be. The other values may do already; if not, the solver looks for some that do.
bool ExampleSearch::keep(Task& task, const Kept& bits) {
    std::vector<std::uint64_t> values = task.values;
    const std::uint64_t mask = low_bits(bits.high - bits.low + 1) << bits.low;
    values[bits.leaf] = (values[bits.leaf] & ~mask) | (ordinary_[bits.leaf] & mask);
    task.kept.push_back(bits);
    if (fulfils(task, values)) {
        task.values = values;
        return true;
    }
    if (solve(task) == Satisfiability::satisfiable) return true;
    task.kept.pop_back();
    return false;
}

/// Of a range that cannot be kept whole, keeps as many bits as possible, half by half.
void ExampleSearch::tighten(Task& task, const Kept& range) {
    if (range.high == range.low) return;
    const unsigned middle = (range.high + range.low) / 2;
    for (const Kept& half : {Kept{range.leaf, range.high, middle + 1}, Kept{range.leaf, middle, range.low}})
        if (!keep(task, half)) tighten(task, half);
}

/// After a check that no value stands in the way of: rules that contradict the broken one, none of them for nothing.
std::vector<const Rule*> ExampleSearch::implying(const Task& task) {
    std::vector<std::size_t> core = solver_.contradiction();
    std::erase_if(core, [&](std::size_t place) { return place == 0 || place >= task.rules.size(); });
    for (std::size_t k = core.size(); k-- > 0;) {
        std::vector<Bool> fewer{task.rules[0]};
        for (std::size_t n = 0; n < core.size(); ++n)
            if (n != k) fewer.push_back(task.rules[core[n]]);
        if (solver_.check(fewer) == Satisfiability::unsatisfiable)
            core.erase(core.begin() + static_cast<std::ptrdiff_t>(k));
    }
    std::vector<const Rule*> list;
    for (const std::size_t place : core) list.push_back(task.owners[place]);
    return list;
}

/// The values of the task become those of the nearest state that fulfils it. False when rules contradict each other.
bool ExampleSearch::find(Task& search) {
    const std::vector<Kept> all = search.kept;
    if (!loosen(search)) return false;
    // The processor stays as it is if it can; then the fields, the broken rule's own last.
    std::vector<Kept> freed;
    for (const Kept& one : all)
        if (std::ranges::find(search.kept, one.leaf, &Kept::leaf) == search.kept.end()) freed.push_back(one);
    std::ranges::stable_sort(freed, {}, [&](const Kept& one) {
        return of_vmcs(one.leaf) ? 1 + std::ranges::count(search.reads, one.leaf) : 0;
    });
    std::erase_if(freed, [&](const Kept& one) { return keep(search, one); });
    for (const Kept& one : freed) tighten(search, one);
    // Said by the solver, judged once more without it.
    if (!fulfils(search, search.values)) throw std::logic_error("the example of " + search.rule.id + " is none");
    return true;
}

Example ExampleSearch::example(const Task& task) const {
    Example example;
    for (const std::size_t leaf : leaves_)
        if (task.values[leaf] != ordinary_[leaf]) example.changes.push_back({leaf, ordinary_[leaf], task.values[leaf]});
    return example;
}

Example ExampleSearch::operator()(const Rule& rule) {
    Task search = task(rule);
    if (!flip_one_bit(search) && !find(search)) return {{}, implying(search)};
    return example(search);
}

Example ExampleSearch::operator()(Bool wish, std::span<const Rule* const> given_up) {
    Rule opposite;
    opposite.id = "a wish";
    opposite.condition = !wish;
    Task search = task(opposite, given_up);
    search.reads.clear();  // what it reads is as good to keep as anything else
    if (fulfils(search, search.values) || find(search)) return example(search);
    Example none{{}, implying(search)};
    // What is left then is the processor, and what is fixed.
    if (none.implied_by.empty()) throw std::logic_error("no processor is like the ordinary VM entry's");
    return none;
}

}  // namespace vmxspec::catalogue
