// Dumps that are a list of fields, one a line, in no sections: generic loops, HAXM.
#pragma once

#include "proofs/query/dumps/transport.hpp"
#include "proofs/state/known_state.hpp"

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace vmxspec::query {

/// One field as a line tells it.
struct FieldValue {
    std::uint32_t encoding = 0;          ///< that of the high half where the line tells that (SDM 27.11.2)
    std::optional<std::uint64_t> value;  ///< nothing: the line names the field without a value that can be used
    bool half = false;                   ///< the low half of a 64-bit field, by its name
};

/// What one line tells, or nothing.
using FieldLine = std::function<std::optional<FieldValue>(const Line& line)>;

/// A format of such lines.
struct FieldListFormat {
    FieldLine field;
    std::optional<std::uint32_t> last;  ///< the field that is printed last: without it the dump is not whole
    std::span<const Collection> collect;
};

/// The states of the lines: one that begins with the same field again is a new one. Where a field comes twice within
/// one, two dumps are printed into each other, and only what they agree on is taken. Throws InputError when there is no
/// field.
[[nodiscard]] std::vector<KnownState> read_field_list(const State& state, const FieldListFormat& format,
                                                      std::string_view text, const std::string& where);

/// How many of the lines at the beginning of a text tell a field, up to `enough`; for recognising.
[[nodiscard]] unsigned field_lines(const FieldLine& field, std::string_view text, unsigned enough);

}  // namespace vmxspec::query
