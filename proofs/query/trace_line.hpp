// One line of a trace: the word that says what it is about, the words behind it, and its place for who must be told
// what is wrong with it.
#pragma once

#include "proofs/state/input_error.hpp"
#include "proofs/state/known_state.hpp"

#include <cstdint>
#include <sstream>
#include <string>
#include <string_view>

namespace vmxspec::query {

/// What traces write numbers as: hexadecimal digits, nothing else. Throws InputError without place.
[[nodiscard]] std::uint64_t hexadecimal(std::string_view digits);

class TraceLine {
public:
    /// \param where   what the line is of, as messages name it
    /// \param number  from 1
    TraceLine(std::string text, const std::string& where, unsigned number);

    /// The first word; empty if the line tells nothing: it has no word, or is a comment.
    [[nodiscard]] const std::string& kind() const { return kind_; }
    /// The next word behind it; empty when there is none.
    [[nodiscard]] std::string word();
    /// All that has not been taken yet, without the blanks in front.
    [[nodiscard]] std::string rest();
    /// The words that have not been taken yet.
    [[nodiscard]] std::istream& words() { return words_; }
    /// Calls f(key, value) for each word, which must be key=value.
    template <class F>
    void each_pair(F f) {
        for (std::string one = word(); !one.empty(); one = word()) {
            const std::size_t sign = sign_of(one);
            f(one.substr(0, sign), one.substr(sign + 1));
        }
    }

    [[nodiscard]] std::uint64_t number(std::string_view digits) const;
    /// One that must fit 32 bits.
    [[nodiscard]] std::uint32_t number32(std::string_view digits) const;
    /// The leaf of the VMCS field that has this encoding.
    [[nodiscard]] std::size_t field(const State& state, const std::string& encoding) const;

    /// Sets a leaf that nothing has told yet.
    void set(KnownState& state, std::size_t leaf, std::uint64_t value) const;
    /// Sets a leaf in place of what was told of it.
    void replace(KnownState& state, std::size_t leaf, std::uint64_t value) const;

    /// Throws InputError: what is wrong, with the place of the line.
    [[noreturn]] void broken(std::string_view what) const;
    /// The same for a name that the specification does not know, and what to do about it.
    [[noreturn]] void unknown(std::string_view what) const;
    /// Does it; an InputError gets the place of the line.
    template <class F>
    void placed(F act) const {
        try {
            act();
        } catch (const InputError& error) {
            broken(error.what());
        }
    }

private:
    [[nodiscard]] std::size_t sign_of(const std::string& pair) const;

    const std::string& where_;
    unsigned number_;
    std::istringstream words_;
    std::string kind_;
};

}  // namespace vmxspec::query
