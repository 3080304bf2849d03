// Everything that the catalogue shows, as one JSON document; schema in proofs/catalogue/README.md.
#pragma once

#include "spec/specification.hpp"

#include <string>

namespace vmxspec::catalogue {

/// The rules in the manual's order with their readings, examples and processors; the ordinary VM entry; what VM entries
/// and VM exits load; the state machine's diagrams. Takes about a minute.
[[nodiscard]] std::string catalogue_json(Specification& spec);

}  // namespace vmxspec::catalogue
