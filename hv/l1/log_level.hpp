/// How much the hypervisor says.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace vmxspec::hv {

/// The more important, the lower.
enum class LogLevel : std::uint8_t {
    error,    ///< L1 can't go on, or the machine can't be used
    warning,  ///< L1 did what it should not, and goes on
    info,     ///< what is found and done before L1 starts
    debug,    ///< the same in numbers
};

/// Names by level, as the option `log=` takes them.
inline constexpr auto log_level_names = std::array<std::string_view, 4>{"error", "warning", "info", "debug"};

[[nodiscard]] constexpr std::string_view name_of(LogLevel level) {
    return log_level_names[static_cast<std::size_t>(level)];
}

/// The level of that name; nothing if there is none.
[[nodiscard]] constexpr std::optional<LogLevel> log_level_of(std::string_view name) {
    for (std::size_t n = 0; n < log_level_names.size(); ++n) {
        if (log_level_names[n] == name) {
            return static_cast<LogLevel>(n);
        }
    }
    return std::nullopt;
}

}  // namespace vmxspec::hv
