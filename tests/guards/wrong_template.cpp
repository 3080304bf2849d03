// Proves the theorems about generated code that was made from a wrong template: prints each that is not as expected,
// exits 1 if there is one, as `vmxspec prove` does.
#include "proofs/theorems/theorem.hpp"

#include <cstdio>

int main() {
    using namespace vmxspec;
    Specification spec;
    proofs::Prover prover{spec};
    int count = 0;
    int unexpected = 0;
    for (const proofs::Theorem& theorem : proofs::all_theorems(spec)) {
        if (!theorem.name.starts_with("generated")) continue;
        const proofs::Proof proof = prover.prove(theorem);
        ++count;
        if (proof.as_expected()) continue;
        ++unexpected;
        std::printf("%s %s\n", proofs::to_text(proof.verdict), proof.name.c_str());
    }
    std::printf("%d theorems, %d not as expected\n", count, unexpected);
    return unexpected == 0 ? 0 : 1;
}
