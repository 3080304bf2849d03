#include "proofs/theorems/batch.hpp"

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <thread>

namespace vmxspec::proofs {

namespace {

/// Long enough to gain from shared assumptions, short enough to keep all threads busy to the end.
constexpr std::size_t run_length = 48;

}  // namespace

void prove_all(const Theorems& theorems, std::span<const std::size_t> places, smt::Limits limits, unsigned jobs,
               const std::function<void(std::size_t place, Proof proof)>& done) {
    std::atomic<std::size_t> next = 0;
    std::mutex one_at_a_time;
    std::exception_ptr failure;
    const auto work = [&] {
        try {
            Specification spec;
            const std::vector<Theorem> list = theorems(spec);
            Prover prover{spec, limits};
            for (std::size_t first; (first = next.fetch_add(run_length)) < places.size();) {
                for (const std::size_t place : places.subspan(first, std::min(run_length, places.size() - first))) {
                    Proof proof = prover.prove(list.at(place));
                    const std::lock_guard lock{one_at_a_time};
                    done(place, std::move(proof));
                }
            }
        } catch (...) {
            const std::lock_guard lock{one_at_a_time};
            if (!failure) failure = std::current_exception();
            next = places.size();
        }
    };
    std::vector<std::jthread> threads;
    for (unsigned n = 1; n < jobs; ++n) threads.emplace_back(work);
    work();
    threads.clear();  // joins
    if (failure) std::rethrow_exception(failure);
}

}  // namespace vmxspec::proofs
