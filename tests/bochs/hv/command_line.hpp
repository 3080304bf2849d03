/// Words on the command line of a test hypervisor.
#pragma once

#include <cstdint>
#include <string_view>

namespace vmxspec::l1 {

/// The decimal number behind a word such as "rounds="; `otherwise` if the word is not there.
[[nodiscard]] constexpr std::uint64_t number_behind(std::string_view line, std::string_view word,
                                                    std::uint64_t otherwise) {
    for (; line.size() > word.size(); line.remove_prefix(1)) {
        if (!line.starts_with(word)) {
            continue;
        }
        line.remove_prefix(word.size());
        std::uint64_t number = 0;
        for (; !line.empty() && line[0] >= '0' && line[0] <= '9'; line.remove_prefix(1)) {
            number = number * 10 + static_cast<std::uint64_t>(line[0] - '0');
        }
        return number;
    }
    return otherwise;
}

}  // namespace vmxspec::l1
