#include "proofs/query/trace_line.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace vmxspec::query {

std::uint64_t hexadecimal(std::string_view digits) {
    std::uint64_t value = 0;
    const auto [stop, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
    if (digits.empty() || error != std::errc{} || stop != digits.data() + digits.size())
        throw InputError(fmt::format("\"{}\" is not a hexadecimal number.", digits));
    return value;
}

TraceLine::TraceLine(std::string text, const std::string& where, unsigned number) : where_{where}, number_{number} {
    if (text.ends_with('\r')) text.pop_back();
    words_.str(std::move(text));
    kind_ = word();
    if (kind_.starts_with('#')) kind_.clear();
}

std::string TraceLine::word() {
    std::string one;
    words_ >> one;
    return one;
}

std::string TraceLine::rest() {
    std::string text;
    std::getline(words_ >> std::ws, text);
    return text;
}

std::size_t TraceLine::sign_of(const std::string& pair) const {
    const std::size_t sign = pair.find('=');
    if (sign == std::string::npos) broken(fmt::format("\"{}\" is not key=value.", pair));
    return sign;
}

std::uint64_t TraceLine::number(std::string_view digits) const {
    std::uint64_t value = 0;
    placed([&] { value = hexadecimal(digits); });
    return value;
}

std::uint32_t TraceLine::number32(std::string_view digits) const {
    const std::uint64_t value = number(digits);
    if (value > 0xffffffff) broken(fmt::format("{} does not fit 32 bits.", digits));
    return static_cast<std::uint32_t>(value);
}

std::size_t TraceLine::field(const State& state, const std::string& encoding) const {
    const std::size_t* leaf = state.find_field(number32(encoding));
    if (leaf == nullptr) unknown(fmt::format("no VMCS field has the encoding {}", encoding));
    return *leaf;
}

void TraceLine::set(KnownState& state, std::size_t leaf, std::uint64_t value) const {
    placed([&] { state.set(leaf, value, Standing::given); });
}

void TraceLine::replace(KnownState& state, std::size_t leaf, std::uint64_t value) const {
    const Leaf& one = state.state().leaves()[leaf];
    const unsigned width = std::max<unsigned>(1, one.width);
    if ((value & ~low_bits(width)) != 0) broken(fmt::format("{} does not fit {}.", hex(value), one.name));
    state.set_bits(leaf, Known::exactly(value, width), Standing::given);
}

void TraceLine::broken(std::string_view what) const {
    throw InputError(fmt::format("{}, line {}: {}", where_, number_, what));
}

void TraceLine::unknown(std::string_view what) const {
    broken(fmt::format("{}; record the trace again with the probe of this version of vmxspec.", what));
}

}  // namespace vmxspec::query
