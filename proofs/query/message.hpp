// What an emulator writes into its log when a VM entry fails, and which rule it means by that: a second opinion on
// which rule is broken, where the outcome alone is the same for many.
#pragma once

#include "proofs/query/trace.hpp"

#include <map>
#include <regex>
#include <string>
#include <string_view>
#include <vector>

namespace vmxspec::query {

/// The messages of an emulator, as data (tests/bochs/messages.json).
class Messages {
public:
    /// From the JSON text: rows of a regular expression for a whole message and the rules that it may stand for; none
    /// for a message that names no check. A row with `of` is one for each name in it: {} is the name, in rules in lower
    /// case. Throws InputError; `where` names the source in messages.
    Messages(const Specification& spec, std::string_view json, const std::string& where);

    Messages(const Messages&) = delete;  // what was asked for points into the rows
    Messages& operator=(const Messages&) = delete;

    /// The rules that a message stands for; null if no row knows it.
    [[nodiscard]] const std::vector<std::string>* rules(const std::string& message) const;

private:
    struct Row {
        std::regex text;
        std::vector<std::string> rules;
    };
    std::vector<Row> rows_;
    mutable std::map<std::string, const Row*> known_;  ///< messages that were asked for
};

/// What is wrong with what the emulator said of an entry: that nobody knows the message, that a failed entry has none,
/// or that it stands for no rule that the specification finds broken (or open) in the stage that decides. Empty if
/// nothing is, and for hardware, which says nothing.
[[nodiscard]] std::string message_difference(const Messages& messages, const Trace& trace, const TraceEntry& entry,
                                             const Judgement& judgement);

}  // namespace vmxspec::query
