// Checks that no VM entry of a probe puts to the test, with the reason: data, for what the solver has not proven.
#pragma once

#include "proofs/validation/result.hpp"

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace vmxspec::validation {

/// The file of such checks (tests/bochs/unexercised.json).
class Unexercised {
public:
    Unexercised() = default;
    /// Throws InputError; `where` names the source in messages.
    Unexercised(const Specification& spec, std::string_view json, const std::string& where);

    /// The reason for a check on this model; null if none is listed.
    [[nodiscard]] const std::string* reason(const std::string& rule, const std::string& model) const;

private:
    struct Row {
        std::vector<std::string> models;  ///< empty: all
        std::string reason;
    };
    std::multimap<std::string, Row> rows_;
};

/// How a check was put to the test.
enum class Exercised : std::uint8_t {
    yes,         ///< broken by one VM entry, kept by another
    impossible,  ///< proven: the processor cannot express it
    listed,      ///< not, for a reason that the file has
    no,          ///< not, and nothing says why
    stale,       ///< it is, though something says that it cannot be
};
struct Exercising {
    std::string rule;
    Exercised how = Exercised::no;
    std::string reason;  ///< of `impossible` and `listed`; of `no` and `stale`, what is wrong
};

/// All checks of a result of the whole set of vectors.
[[nodiscard]] std::vector<Exercising> exercising(const Result& result, const Unexercised& list);

}  // namespace vmxspec::validation
