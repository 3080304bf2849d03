// What a file of vectors is: of which specification and base state, which part of the whole, and what it leaves out.
#pragma once

#include "proofs/vectors/vector.hpp"

#include <nlohmann/json.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace vmxspec::vectors {

/// Part `number` of `of`: vectors number-1, number-1+of, ... of the whole set.
struct Shard {
    unsigned number = 1;
    unsigned of = 1;

    friend bool operator==(const Shard&, const Shard&) = default;
};
/// "2/8"; throws InputError.
[[nodiscard]] Shard parse_shard(std::string_view text);

/// Beside a file of vectors, as FILE.json.
struct VectorSet {
    std::string specification;  ///< digest of the specification
    std::string digest;         ///< of the whole set, of which this may be a shard
    bool whole = true;          ///< all families, each vector; not every n-th
    std::size_t vectors = 0;    ///< in the whole set
    Shard shard;
    std::vector<LeftOut> left_out;
    std::vector<std::string> notes;  ///< for people: how many vectors, what else is not tried
};

[[nodiscard]] nlohmann::ordered_json to_json(const VectorSet& set);
/// Throws InputError; `where` names the source in messages.
[[nodiscard]] VectorSet parse_vector_set(std::string_view json, const std::string& where);
[[nodiscard]] VectorSet vector_set(const nlohmann::json& document, const std::string& where);

}  // namespace vmxspec::vectors
