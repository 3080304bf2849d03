// Where a machine is known not to do what the manual says: data, with evidence.
#pragma once

#include "proofs/query/trace.hpp"

#include <optional>
#include <regex>
#include <string>
#include <string_view>
#include <vector>

namespace vmxspec::query {

/// A known divergence: differences of this kind are explained by it.
struct Divergence {
    std::string version;              ///< the emulator and its version
    std::vector<std::string> models;  ///< its models that it was seen on; empty: all
    std::string rule;       ///< the first rule that is broken; empty where the manual lets the VM entry succeed
    bool any_rule = false;  ///< whatever rule is broken
    std::regex seen;        ///< in what the machine did, as to_text(Observation) says it
    std::optional<std::regex>
        said;           ///< in what the emulator wrote into its log, if it wrote something; none: it does not
    std::regex vector;  ///< in the vector's id
    std::optional<std::regex> after;  ///< in what was loaded or saved; such differences are explained one by one
    Bool where;                       ///< of the state, in the language of `ask`; true if the data do not say
    std::string manual;               ///< what the manual says
    std::string machine;              ///< what the machine does
    std::string evidence;             ///< id of a vector that shows it
    std::size_t count = 0;            ///< differences that it explained
    bool shown = false;               ///< the evidence is one of them
};

/// The list from its JSON text. Throws InputError; `where` names the source in messages.
[[nodiscard]] std::vector<Divergence> parse_divergences(Specification& spec, std::string_view json,
                                                        const std::string& where);

/// Whether it is one of this machine's; of hardware, which a trace does not name, each may be.
[[nodiscard]] bool concerns(const Divergence& divergence, const Trace& trace);

/// The divergence that explains a difference, counted; null if none does. A difference from the generated code's
/// prediction is explained by none. What the emulator said counts: a divergence explains only its own message.
[[nodiscard]] Divergence* explain(const Specification& spec, std::vector<Divergence>& known, const Trace& trace,
                                  const TraceEntry& entry, const Comparison& comparison);

}  // namespace vmxspec::query
