// Verdicts of earlier runs, by digest of the theorem and the solver: what has not changed is not proven again.
#pragma once

#include "proofs/smt/digest.hpp"
#include "proofs/theorems/theorem.hpp"

#include <nlohmann/json.hpp>

#include <optional>

namespace vmxspec::proofs {

/// A file of proofs. The key of one is the SHA-256 of the solver's name and version, the theorem's form, and the
/// expressions of its assumptions and claim: neither its name nor its words. Unknown verdicts are not kept.
class ProofCache {
public:
    /// Reads the file if there is one; throws InputError when it is not such a file.
    ProofCache(Specification& spec, std::string path);

    /// The proof of a theorem that an earlier run found, or none.
    [[nodiscard]] std::optional<Proof> find(const Theorem& theorem);
    /// Remembers a verdict.
    void add(const Theorem& theorem, const Proof& proof);
    /// Writes the file, whole or not at all; throws InputError when it cannot. `all` says that every theorem was asked
    /// for: what none of them needed is left out.
    void save(bool all) const;

private:
    [[nodiscard]] std::string key(const Theorem& theorem);

    Specification& spec_;
    std::string path_;
    smt::Digests digests_;
    nlohmann::json old_;   ///< the file's proofs
    nlohmann::json used_;  ///< those of them that were needed, and new ones
};

}  // namespace vmxspec::proofs
