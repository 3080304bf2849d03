// Whole inputs as text.
#pragma once

#include <string>

namespace vmxspec {

/// The content of a file; "-" is standard input. Throws InputError when it cannot be read, is empty, or is larger than
/// 64 MiB.
[[nodiscard]] std::string read_text(const std::string& path);

}  // namespace vmxspec
