/// What the hypervisor says of what it does: lines, each with a level.
#pragma once

#include <string_view>

#include "hv/l1/log_level.hpp"
#include "runtime/cpu/cpuid.hpp"
#include "runtime/io/format.hpp"

namespace vmxspec::hv {

/// One line of the log, from the making of this object until its end; others wait meanwhile. Every line goes into a
/// ring in the hypervisor's memory, with its level. Lines up to the level of the option `log=` also go to the console;
/// once L1 runs, for the console is L1's then, only errors and warnings do, which are rare.
class LogLine {
public:
    explicit LogLine(LogLevel level);
    ~LogLine();
    LogLine(const LogLine&) = delete;
    LogLine& operator=(const LogLine&) = delete;

    void write(std::string_view text);

private:
    bool shown_;
};

/// Logs one line: text as it is, `Hex` and `Decimal` as digits, without a line end.
template <class... Parts>
void log(LogLevel level, const Parts&... parts) {
    LogLine line{level};
    runtime::print(line, parts...);
}

/// From now on the console is L1's.
void leave_console_to_guest();

/// What L1 reads of the log by CPUID (log_ring.hpp).
[[nodiscard]] runtime::CpuidResult cpuid_of_log(std::uint32_t leaf, std::uint32_t subleaf);

}  // namespace vmxspec::hv
