#include "proofs/theorems/proof_cache.hpp"

#include "proofs/state/input_error.hpp"
#include "proofs/state/json_value.hpp"
#include "proofs/state/text_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

namespace vmxspec::proofs {

namespace {

constexpr std::string_view format = "vmxspec proofs 1";

nlohmann::json read(const std::string& path) {
    if (!std::filesystem::exists(path)) return nlohmann::json::object();
    const nlohmann::json file = json_document(read_text(path), path);
    if (!file.is_object() || file.value("format", "") != format || !file.contains("proofs"))
        throw InputError(fmt::format("{} does not hold proofs of this version of vmxspec; remove it.", path));
    return file["proofs"];
}

}  // namespace

ProofCache::ProofCache(Specification& spec, std::string path)
    : spec_{spec},
      path_{std::move(path)},
      digests_{spec.graph, [&spec](std::size_t leaf) { return spec.state.leaves()[leaf].name; }},
      old_(read(path_)),
      used_(nlohmann::json::object()) {}

std::string ProofCache::key(const Theorem& theorem) {
    std::string bytes = smt::solver_version();
    const auto append = [&](NodeId node) {
        const smt::Digest one = digests_(node);
        bytes.append(reinterpret_cast<const char*>(one.data()), one.size());
    };
    bytes += theorem.form == Form::always ? 'a' : 'p';
    append(theorem.claim.id());
    for (const Bool condition : theorem.given) append(condition.id());
    for (const std::size_t leaf : theorem.shown) append(spec_.state.node(leaf));
    return smt::hexadecimal(smt::digest(bytes));
}

std::optional<Proof> ProofCache::find(const Theorem& theorem) {
    const std::string name = key(theorem);
    if (!old_.contains(name)) return std::nullopt;
    const nlohmann::json& entry = used_[name] = old_[name];
    Proof proof = proof_of(theorem);
    try {
        proof.cached = true;
        proof.verdict = entry.at("verdict") == to_text(Verdict::proven) ? Verdict::proven : Verdict::refuted;
        for (const auto& [leaf, value] : entry.at("counterexample").items())
            proof.counterexample.push_back({spec_.state.leaf(leaf), value});
        for (const std::size_t place : entry.at("contradiction"))
            proof.contradiction.push_back(theorem.given.at(place).id());
    } catch (const std::exception&) {
        throw InputError(fmt::format("proof {} in {} is damaged; remove the file.", name, path_));
    }
    return proof;
}

void ProofCache::add(const Theorem& theorem, const Proof& proof) {
    if (proof.verdict == Verdict::unknown) return;
    nlohmann::json entry{{"theorem", theorem.name},
                         {"verdict", to_text(proof.verdict)},
                         {"counterexample", nlohmann::json::object()},
                         {"contradiction", nlohmann::json::array()}};
    for (const LeafValue& one : proof.counterexample)
        entry["counterexample"][spec_.state.leaves()[one.leaf].name] = one.value;
    for (std::size_t n = 0; n < theorem.given.size(); ++n)
        if (std::ranges::find(proof.contradiction, theorem.given[n].id()) != proof.contradiction.end())
            entry["contradiction"].push_back(n);
    used_[key(theorem)] = std::move(entry);
}

void ProofCache::save(bool all) const {
    nlohmann::json proofs = used_;
    if (!all)
        for (const auto& [name, entry] : old_.items()) proofs.emplace(name, entry);
    const std::string fresh = path_ + ".new";
    {
        std::ofstream file{fresh};
        file << nlohmann::json{{"format", format}, {"proofs", proofs}}.dump(1) << '\n';
        if (!file.flush()) throw InputError(fmt::format("{} cannot be written.", fresh));
    }
    std::error_code error;
    std::filesystem::rename(fresh, path_, error);
    if (error) throw InputError(fmt::format("{} cannot be written: {}.", path_, error.message()));
}

}  // namespace vmxspec::proofs
