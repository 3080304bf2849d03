// A dump format as rows: a row is a line as the hypervisor prints it, with places for values.
//
//     {Section::guest, "CR0: actual=0x{16 guest.cr0}, shadow=0x{16 control.cr0_shadow}, gh_mask={16 control.cr0_mask}"}
//
// Places: {16 name} at least 16 hexadecimal digits, {x name} hexadecimal as short as it is, {l name} the same of bits
// 31:0 only, {d name} decimal, {16} a value that is no field, {~} anything up to what follows. `name` is a leaf, or a
// word of the reader's own such as msr.index; {{ and }} are braces. Blanks and line ends do not matter, so that a
// wrapped line is read as the whole one; whether 0x is before a value does.
#pragma once

#include "proofs/query/dumps/transport.hpp"
#include "proofs/state/known_state.hpp"

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace vmxspec::query {

/// Parts of a dump, in their order. Rows of `any` may stand everywhere.
enum class Section : std::uint8_t { any, guest, host, control };

/// What a row says beside its values.
enum class Mark : std::uint8_t {
    none,
    starts,      ///< a dump begins here
    header,      ///< the header of its section
    always,      ///< printed in every dump: where it is missing, the dump is not whole
    effective,   ///< the value is computed by the hypervisor
    autoload,    ///< the value is in an MSR area
    entry_load,  ///< entries of the VM-entry MSR-load area follow
    other_area,  ///< entries of another MSR area follow
};

struct Row {
    Section section = Section::any;
    std::string_view text;
    Mark mark = Mark::none;
    unsigned eras = ~0U;  ///< bit n: era n of the hypervisor prints it; readers take rows of all eras
};

/// A value that was read.
struct Fill {
    std::string_view name;
    std::optional<std::size_t> leaf;
    std::uint64_t value = 0;
    bool low32 = false;  ///< bits 63:32 are not printed
};

/// A row found in the text.
struct Reading {
    const Row* row = nullptr;
    std::vector<Fill> fills;
    unsigned line = 0;       ///< on which it ends
    std::size_t length = 0;  ///< tokens
    bool ambiguous = false;  ///< another section has a row that reads the same
    bool whole = true;       ///< all of the row was there
};

/// The rows of one format, ready to be looked for.
class RowTable {
public:
    RowTable(const State& state, std::span<const Row> rows);
    ~RowTable();
    RowTable(const RowTable&) = delete;
    RowTable& operator=(const RowTable&) = delete;

    /// All rows in the lines, in their order; of several that match, the longest, of equally long ones that of the
    /// section that the text is in. What matches no row is passed over.
    [[nodiscard]] std::vector<Reading> find(std::span<const Line> lines) const;

private:
    struct Compiled;
    std::unique_ptr<Compiled> compiled_;
};

/// A word or a sign of a line.
struct Token {
    std::string_view text;
    unsigned line = 0;
    bool first = false;  ///< of its line
    bool open = false;   ///< may go on: the input stops or leaves something out behind it
};

/// Words are letters, digits and _; everything else but blanks stands alone.
[[nodiscard]] std::vector<Token> tokens(std::span<const Line> lines);

/// A number of hexadecimal (or decimal) digits with or without 0x, or nothing when it is none, has too few or too many,
/// or may have been longer.
[[nodiscard]] std::optional<std::uint64_t> number(const Token& token, unsigned least, unsigned width, bool decimal);

}  // namespace vmxspec::query
