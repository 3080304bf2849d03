/// What the boot loader's configuration may ask of the hypervisor: words of its command line.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "hv/l1/log_level.hpp"

namespace vmxspec::hv {

/// A field of VMCS01 that gets another value than it should have: to see a VM entry fail.
struct BrokenField {
    std::uint32_t encoding;
    std::uint64_t value;
};

/// Where VM entries of L1's are written down.
enum class TracePort : std::uint8_t {
    none,
    debug,     ///< port E9H
    serial,    ///< COM1
    parallel,  ///< LPT1
};

struct Options {
    bool check_each_entry = false;     ///< `check=each`: the generated checks before every VM entry, not the first only
    LogLevel log = LogLevel::warning;  ///< `log=LEVEL`: lines up to this level go to the console
    bool log_leaf = false;             ///< `log.leaf`: L1 may read the log by CPUID
    bool linux_32_bit_entry = false;   ///< `linux=32`: a Linux kernel is entered by its 32-bit entry in any case
    bool nested = true;                ///< `nested=on`, `nested=off`: whether L1 has VMX
    bool explain = false;              ///< `explain=on`: why VM entries of L1 fail, a line each, on the console
    TracePort trace = TracePort::none;  ///< `trace=e9`, `trace=com1`, `trace=lpt1`: all VM entries of L1, for vmxspec
    std::optional<BrokenField> break_field;  ///< `break=FIELD:VALUE`, both hexadecimal
};

/// Reads the words of `line`.
/// \param unknown  becomes the first word that means nothing, and stays as it is if there is none
[[nodiscard]] Options read_options(std::string_view line, std::string_view& unknown);

}  // namespace vmxspec::hv
