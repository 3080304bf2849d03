#include "proofs/query/dumps/field_list.hpp"

#include "proofs/query/dumps/reader.hpp"
#include "proofs/state/input_error.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

namespace vmxspec::query {

namespace {

constexpr std::uint32_t high = 1;  ///< access type, bit 0 of an encoding
constexpr std::uint64_t low32 = 0xffffffff;

/// By the width that encodings have (SDM 27.11.2); natural-width fields have no halves.
bool is_64_bit(std::uint32_t encoding) { return (encoding >> 13 & 3) == 1; }

struct FieldList {
    std::vector<FieldValue> fields;
    unsigned last_line = 0;
    std::size_t copies = 1;

    [[nodiscard]] std::map<std::uint32_t, std::vector<FieldValue>> by_encoding() const {
        std::map<std::uint32_t, std::vector<FieldValue>> result;
        for (const FieldValue& one : fields) result[one.encoding].push_back(one);
        return result;
    }
};

std::vector<FieldList> lists(const FieldLine& field, std::span<const Line> lines) {
    std::vector<FieldList> result;
    for (const Line& line : lines) {
        const std::optional<FieldValue> one = field(line);
        if (!one) continue;
        if (result.empty() || result.back().fields.front().encoding == one->encoding) result.emplace_back();
        result.back().fields.push_back(*one);
        result.back().last_line = line.number;
    }
    return result;
}

/// Lists of which a later one holds fields twice belong to it when they stopped before that field: their rest is there.
void merge_copies(std::vector<FieldList>& all) {
    const auto count = [](FieldList& list) {
        list.copies = 1;
        for (const auto& [encoding, values] : list.by_encoding()) list.copies = std::max(list.copies, values.size());
    };
    for (FieldList& list : all) count(list);
    for (std::size_t n = 1; n < all.size();) {
        if (all[n].copies == 1 || all[n - 1].fields.size() > all[n].fields.size() / 2) {
            ++n;
            continue;
        }
        std::ranges::copy(all[n].fields, std::back_inserter(all[n - 1].fields));
        all[n - 1].last_line = all[n].last_line;
        all.erase(all.begin() + static_cast<std::ptrdiff_t>(n));
        count(all[n - 1]);
    }
}

/// What all copies agree on.
std::optional<std::uint64_t> agreed(const std::vector<FieldValue>& values, std::size_t copies) {
    if (values.size() < copies) return std::nullopt;
    for (const FieldValue& one : values)
        if (!one.value || one.value != values[0].value) return std::nullopt;
    return values[0].value;
}

KnownState known(const State& state, const FieldListFormat& format, const FieldList& list) {
    KnownState result{state};
    const auto values = list.by_encoding();
    unsigned refused = 0;
    // Where some fields are printed in halves, all 64-bit ones are; and of the last line the high half may be cut off.
    const bool halves = std::ranges::any_of(values, [](const auto& one) { return (one.first & high) != 0; });
    const std::uint32_t last = list.fields.back().encoding;
    for (const auto& [encoding, some] : values) {
        const std::size_t* leaf = state.find_field(encoding & ~high);
        if (leaf == nullptr) continue;
        const unsigned width = state.leaves()[*leaf].width;
        std::optional<std::uint64_t> value = agreed(some, list.copies);
        const auto other = values.find(encoding ^ high);
        if ((encoding & high) != 0) {
            if (other != values.end() || !value || width != 64) continue;  // told with the low half, or no field
            result.set_bits(*leaf, {*value << 32, low32 << 32}, Standing::given);
            continue;
        }
        const bool in_halves = width == 64 && is_64_bit(encoding) &&
                               (halves || encoding == last || std::ranges::any_of(some, &FieldValue::half));
        if (value && width < 64 && (*value & ~low_bits(width)) != 0) value.reset();
        if (!value) {
            ++refused;
        } else if (!in_halves || *value > low32) {
            result.set(*leaf, *value, Standing::given);
        } else {
            result.set_bits(*leaf, {*value, low32}, Standing::given);
            const auto upper = other == values.end() ? std::nullopt : agreed(other->second, list.copies);
            if (upper && *upper <= low32) result.set_bits(*leaf, {*upper << 32, low32 << 32}, Standing::given);
        }
    }
    if (list.copies > 1)
        result.caveats.push_back(fmt::format(
            "{} dumps are printed into each other, and nothing tells whose a line is: only values on which they "
            "agree are taken",
            list.copies));
    if (refused > 0 && list.copies == 1)
        result.caveats.push_back(fmt::format(
            "{} fields have a value that is missing, cut, too wide or of unknown base, and stay unknown", refused));
    if (format.last && !values.contains(*format.last))
        result.caveats.push_back(fmt::format(
            "the dump is not whole: the field that is always printed last is missing; the last line of it is line {}",
            list.last_line));
    result.collect.assign(format.collect.begin(), format.collect.end());
    return result;
}

}  // namespace

std::vector<KnownState> read_field_list(const State& state, const FieldListFormat& format, std::string_view text,
                                        const std::string& where) {
    const std::vector<Line> lines = undamaged(text);
    std::vector<FieldList> all;
    unsigned printers = 0;
    for (const std::vector<Line>& group : by_source(lines)) {
        std::vector<FieldList> some = lists(format.field, group);
        if (!some.empty()) ++printers;
        std::ranges::move(some, std::back_inserter(all));
    }
    if (printers < 2) all = lists(format.field, lines);
    refuse_many(all.size(), where);
    merge_copies(all);
    if (all.empty()) throw InputError(fmt::format("{}: no VMCS field was found in it; give the whole dump.", where));
    std::vector<KnownState> result;
    for (std::size_t n = 0; n < all.size(); ++n) {
        result.push_back(known(state, format, all[n]));
        if (all.size() > 1) result.back().name = fmt::format("dump {} of {}", n + 1, all.size());
    }
    return result;
}

unsigned field_lines(const FieldLine& field, std::string_view text, unsigned enough) {
    constexpr std::size_t far = 1 << 20, piece = 1 << 14;
    unsigned count = 0;
    text = text.substr(0, far);
    while (!text.empty()) {
        const std::size_t end = text.find('\n', piece);
        const std::string_view some = text.substr(0, end);
        for (const Line& line : undamaged(some)) {
            if (field(line)) ++count;
            if (count == enough) return count;
        }
        text.remove_prefix(std::min(text.size(), some.size() + 1));
    }
    return count;
}

}  // namespace vmxspec::query
