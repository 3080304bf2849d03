// A path as a URI reference (RFC 3986), for SARIF.
#pragma once

#include <string>

namespace vmxspec::query {

/// Name of the base of relative URIs.
inline constexpr const char* working_directory = "WORKING_DIRECTORY";

/// The path names a file relative to the working directory; standard input, "-", is none.
[[nodiscard]] bool is_relative(const std::string& path);

/// `my dumps/a:b.txt` as `my%20dumps/a%3Ab.txt`; an absolute path as a file URI.
[[nodiscard]] std::string artifact_uri(const std::string& path);

}  // namespace vmxspec::query
