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

/// Looks for the port of the option `trace=`. \return whether it is there, or none is wanted
[[nodiscard]] bool open_trace();

/// A piece of the trace, which goes to the port of the option `trace=`: while this exists nobody else writes there. L1
/// may, if it has the port too: so each line begins with "@ ", and the first one on a new line.
class TraceChannel {
public:
    TraceChannel();
    ~TraceChannel();
    TraceChannel(const TraceChannel&) = delete;
    TraceChannel& operator=(const TraceChannel&) = delete;

    void write(std::string_view text);

private:
    bool at_begin_ = true;  ///< of a line
};

/// From now on the console is L1's.
void leave_console_to_guest();

/// What L1 reads of the log by CPUID (log_ring.hpp).
[[nodiscard]] runtime::CpuidResult cpuid_of_log(std::uint32_t leaf, std::uint32_t subleaf);

}  // namespace vmxspec::hv
