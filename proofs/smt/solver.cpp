#include "proofs/smt/solver.hpp"

#include "proofs/smt/translation.hpp"

#include <map>

namespace vmxspec::smt {

namespace {

Satisfiability meaning(z3::check_result result) {
    switch (result) {
        case z3::sat: return Satisfiability::satisfiable;
        case z3::unsat: return Satisfiability::unsatisfiable;
        default: return Satisfiability::unknown;
    }
}

}  // namespace

std::string solver_version() { return Z3_get_full_version(); }

struct Solver::Implementation {
    Implementation(const Graph& graph, Limits limits)
        : translation{graph, context},
          solver{limits.propositional ? z3::solver{context, "QF_BV"} : z3::solver{context}} {
        z3::params parameters{context};
        parameters.set("timeout", limits.milliseconds);
        parameters.set("random_seed", limits.seed);
        solver.set(parameters);
    }
    z3::context context;
    Translation translation;
    /// The literal that stands for the condition.
    z3::expr literal(NodeId condition) {
        const auto [place, is_new] = literals.try_emplace(condition, context);
        if (is_new) {
            place->second = context.bool_const(("assumed" + std::to_string(condition)).c_str());
            solver.add(z3::implies(place->second, translation(condition)));
        }
        return place->second;
    }
    z3::solver solver;
    std::optional<z3::model> model;
    std::map<NodeId, z3::expr> literals;
    std::vector<z3::expr> assumed;
};

Solver::Solver(const Graph& graph, Limits limits) : self_{std::make_unique<Implementation>(graph, limits)} {}
Solver::~Solver() = default;

void Solver::require(Bool condition) { self_->solver.add(self_->translation(condition.id())); }
void Solver::push() { self_->solver.push(); }
void Solver::pop() { self_->solver.pop(); }

Satisfiability Solver::check() {
    const Satisfiability answer = meaning(self_->solver.check());
    if (answer == Satisfiability::satisfiable) self_->model.emplace(self_->solver.get_model());
    return answer;
}

Satisfiability Solver::check(std::span<const Bool> assumed) {
    self_->assumed.clear();
    z3::expr_vector literals{self_->context};
    for (const Bool condition : assumed) {
        self_->assumed.push_back(self_->literal(condition.id()));
        literals.push_back(self_->assumed.back());
    }
    const Satisfiability answer = meaning(self_->solver.check(literals));
    self_->model.reset();
    if (answer == Satisfiability::satisfiable) self_->model.emplace(self_->solver.get_model());
    return answer;
}

std::vector<std::size_t> Solver::contradiction() {
    std::vector<std::size_t> places;
    for (const z3::expr& member : self_->solver.unsat_core())
        for (std::size_t n = 0; n < self_->assumed.size(); ++n)
            if (z3::eq(self_->assumed[n], member)) places.push_back(n);
    return places;
}

std::uint64_t Solver::value(NodeId node) {
    if (!self_->model) throw std::logic_error("a value is asked of a query that has no model");
    return self_->translation.value(*self_->model, node);
}

struct Optimizer::Implementation {
    Implementation(const Graph& graph, Limits limits) : translation{graph, context}, optimizer{context} {
        z3::params parameters{context};
        parameters.set("timeout", limits.milliseconds);
        optimizer.set(parameters);
    }
    z3::context context;
    Translation translation;
    z3::optimize optimizer;
    std::optional<z3::model> model;
};

Optimizer::Optimizer(const Graph& graph, Limits limits) : self_{std::make_unique<Implementation>(graph, limits)} {}
Optimizer::~Optimizer() = default;

void Optimizer::require(Bool condition) { self_->optimizer.add(self_->translation(condition.id())); }

void Optimizer::wish(Bool condition, unsigned weight) {
    self_->optimizer.add_soft(self_->translation(condition.id()), weight);
}

Satisfiability Optimizer::check() {
    const Satisfiability answer = meaning(self_->optimizer.check());
    self_->model.reset();
    if (answer == Satisfiability::satisfiable) self_->model.emplace(self_->optimizer.get_model());
    return answer;
}

std::uint64_t Optimizer::value(NodeId node) {
    if (!self_->model) throw std::logic_error("a value is asked of a query that has no model");
    return self_->translation.value(*self_->model, node);
}

}  // namespace vmxspec::smt
