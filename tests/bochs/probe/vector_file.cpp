#include "tests/bochs/probe/vector_file.hpp"

namespace vmxspec::probe {

namespace {

constexpr std::uint64_t magic = 0x3154'4345'5658'4d56;  // "VMXVECT1"

}  // namespace

template <class T>
bool VectorFile::take(T& value) {
    if (rest_.size() < sizeof value) {
        return false;
    }
    __builtin_memcpy(&value, rest_.data(), sizeof value);
    rest_ = rest_.subspan(sizeof value);
    return true;
}

bool VectorFile::take_text(std::string_view& text) {
    std::uint8_t length = 0;
    if (!take(length) || length == 0 || rest_.size() < length) {
        return false;
    }
    text = {reinterpret_cast<const char*>(rest_.data()), length};
    rest_ = rest_.subspan(length);
    for (const char character : text) {
        if (character <= ' ' || character > '~') {
            return false;
        }
    }
    return true;
}

VectorFile::VectorFile(std::span<const std::byte> bytes) : rest_{bytes} {
    std::uint64_t first = 0;
    readable_ = take(first) && first == magic && take(count_);
}

std::optional<Trial> VectorFile::next() {
    Trial trial;
    std::uint8_t changes = 0;
    std::uint8_t entries = 0;
    if (!readable_ || read_ == count_ || !take_text(trial.id) || !take(changes) || !take(entries) ||
        changes > changes_.size() || entries > entries_.size()) {
        return std::nullopt;
    }
    for (std::size_t n = 0; n < changes; ++n) {
        std::uint16_t encoding = 0;
        std::uint64_t value = 0;
        if (!take(encoding) || !take(value)) {
            return std::nullopt;
        }
        changes_[n] = {Change::Kind::set, static_cast<Field>(encoding), value};
    }
    for (std::size_t n = 0; n < entries; ++n) {
        if (!take(entries_[n])) {
            return std::nullopt;
        }
    }
    ++read_;
    trial.changes = {changes_.data(), changes};
    trial.entry_msr_load = {entries_.data(), entries};
    return trial;
}

}  // namespace vmxspec::probe
