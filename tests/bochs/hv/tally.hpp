/// The checks of a test hypervisor: those that fail are told, and its last line says how many there were.
#pragma once

#include <cstdint>
#include <string_view>

#include "runtime/io/console.hpp"

namespace vmxspec::l1 {

class Tally {
public:
    void pass(std::uint64_t checks = 1) { passed_ += checks; }

    /// One check has failed: a line with what it was, of the first that do.
    template <class... Text>
    void fail(const Text&... what) {
        constexpr std::uint64_t most_lines = 50;
        if (++failed_ <= most_lines) {
            print(runtime::console, "failed: ", what..., "\n");
        }
    }

    template <class... Text>
    void expect(std::uint64_t seen, std::uint64_t expected, const Text&... what) {
        using runtime::Hex;
        seen == expected ? pass() : fail(what..., " is ", Hex{seen}, "H, expected ", Hex{expected}, "H");
    }

    /// The last line, which demo.sh looks for.
    void close(std::string_view name) const {
        using runtime::Decimal;
        print(runtime::console, name, ": ", Decimal{passed_}, " checks passed, ", Decimal{failed_},
              " failed, 0 skipped\n");
    }

private:
    std::uint64_t passed_ = 0, failed_ = 0;
};

}  // namespace vmxspec::l1
