#include "proofs/query/artifact_uri.hpp"

#include <fmt/format.h>

#include <string_view>

namespace vmxspec::query {

bool is_relative(const std::string& path) { return path != "-" && !path.starts_with('/'); }

std::string artifact_uri(const std::string& path) {
    constexpr std::string_view unreserved =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/";  // RFC 3986, 2.3
    std::string uri = is_relative(path) ? "" : "file://";
    for (const char c : path) {
        if (unreserved.find(c) != std::string_view::npos)
            uri += c;
        else
            uri += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
    return uri;
}

}  // namespace vmxspec::query
