#include "tests/bochs/probe/vector_file.hpp"

namespace vmxspec::probe {

namespace {

constexpr std::uint64_t magic = 0x3254'4345'5658'4d56;  // "VMXVECT2"

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

bool VectorFile::take_changes(std::size_t count) {
    if (count > changes_.size()) {
        return false;
    }
    for (std::size_t n = 0; n < count; ++n) {
        std::uint16_t encoding = 0;
        std::uint64_t value = 0;
        if (!take(encoding) || !take(value)) {
            return false;
        }
        changes_[n] = {Change::Kind::set, static_cast<Field>(encoding), value};
    }
    return true;
}

bool VectorFile::take_conditions(std::size_t count, Conditions& conditions) {
    for (std::size_t n = 0; n < count; ++n) {
        std::uint8_t number = 0;
        std::uint64_t value = 0;
        if (!take(number) || !take(value) || number >= condition_count) {
            return false;
        }
        conditions.set(static_cast<Condition>(number), value);
    }
    return true;
}

std::optional<Trial> VectorFile::next() {
    Trial trial;
    std::uint8_t changes = 0;
    std::uint8_t conditions = 0;
    std::array<std::uint8_t, areas> lengths{};
    if (!readable_ || read_ == count_ || !take_text(trial.id) || !take(changes) || !take(conditions) ||
        !take(lengths) || !take_changes(changes) || !take_conditions(conditions, trial.conditions)) {
        return std::nullopt;
    }
    for (std::size_t area = 0; area < areas; ++area) {
        if (lengths[area] > most_entries) {
            return std::nullopt;
        }
        for (std::size_t n = 0; n < lengths[area]; ++n) {
            if (!take(entries_[area][n])) {
                return std::nullopt;
            }
        }
    }
    ++read_;
    trial.changes = {changes_.data(), changes};
    trial.entry_msr_load = {entries_[0].data(), lengths[0]};
    trial.exit_msr_store = {entries_[1].data(), lengths[1]};
    trial.exit_msr_load = {entries_[2].data(), lengths[2]};
    return trial;
}

}  // namespace vmxspec::probe
