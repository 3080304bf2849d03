// A pasted log as it left its machine: what mail, web pages, terminals and log daemons put around and into it is
// undone.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace vmxspec::query {

/// One line of the input, without prefixes, with ordinary blanks.
struct Line {
    std::string text;
    unsigned number = 0;   ///< in the input, from 1
    bool complete = true;  ///< ends with a line end: false for the last line of an input that stops within it
    std::string source;    ///< who printed it, where the kernel tells ("T1234", CONFIG_PRINTK_CALLER); empty otherwise
};

/// The lines of `text` that hold anything. Undone are: quoted-printable (RFC 2045, 6.7), no-break spaces and other
/// invisible characters, terminal colours, HTML entities, carriage returns, code fences, quote marks, and the prefixes
/// of syslog, journal, dmesg, Xen, kernel modules and DebugView. Wrapped lines stay apart: readers match across line
/// ends.
[[nodiscard]] std::vector<Line> undamaged(std::string_view text);

/// The lines by who printed them, where the log tells of more than one; all lines as one group otherwise.
[[nodiscard]] std::vector<std::vector<Line>> by_source(const std::vector<Line>& lines);

}  // namespace vmxspec::query
