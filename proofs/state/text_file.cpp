#include "proofs/state/text_file.hpp"

#include "proofs/state/input_error.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <memory>

namespace vmxspec {

namespace {

constexpr std::size_t largest = std::size_t{64} << 20;

struct Close {
    void operator()(std::FILE* file) const {
        if (file != stdin) (void)std::fclose(file);
    }
};

}  // namespace

std::string read_text(const std::string& path) {
    const std::string name = path == "-" ? "standard input" : path;
    std::error_code ignored;
    if (path != "-" && std::filesystem::is_directory(path, ignored))
        throw InputError(fmt::format("{} is a directory; name a file.", name));
    const std::unique_ptr<std::FILE, Close> file{path == "-" ? stdin : std::fopen(path.c_str(), "rb")};
    if (!file) throw InputError(fmt::format("{} cannot be read: {}; check the path.", name, std::strerror(errno)));
    std::string text;
    char block[1 << 16];
    while (const std::size_t count = std::fread(block, 1, sizeof block, file.get())) {
        text.append(block, count);
        if (text.size() > largest) throw InputError(fmt::format("{} is larger than 64 MiB; cut out the dump.", name));
    }
    if (std::ferror(file.get()) != 0)
        throw InputError(fmt::format("{} cannot be read: {}.", name, std::strerror(errno)));
    if (text.find_first_not_of(" \t\r\n") == std::string::npos)
        throw InputError(fmt::format("{} is empty; give a VMCS dump.", name));
    return text;
}

}  // namespace vmxspec
