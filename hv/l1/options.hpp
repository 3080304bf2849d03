/// What the boot loader's configuration may ask of the hypervisor: words of its command line.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace vmxspec::hv {

/// A field of VMCS01 that gets another value than it should have: to see a VM entry fail.
struct BrokenField {
    std::uint32_t encoding;
    std::uint64_t value;
};

struct Options {
    bool check_each_entry = false;  ///< `check=each`: the generated checks before every VM entry, not the first only
    bool verbose = false;           ///< `log=info`: what the hypervisor finds and does before L1 starts
    bool linux_32_bit_entry =
        false;  ///< `linux=32`: a Linux kernel is entered in 32-bit mode, though it has a 64-bit entry
    std::optional<BrokenField> break_field;  ///< `break=FIELD:VALUE`, both hexadecimal
};

/// Reads the words of `line`.
/// \param unknown  becomes the first word that means nothing, and stays as it is if there is none
[[nodiscard]] Options read_options(std::string_view line, std::string_view& unknown);

}  // namespace vmxspec::hv
