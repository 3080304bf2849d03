// Loops of small hypervisors over the fields of the VMCS: `GUEST_CR0 = 0x31`, `# VMCS_GUEST_CS_SEL: 0x10`,
// `[0x6800] guest cr0 = 80000031H`, `IO_BITMAP_A_HIGH = 0x0`. The name decides, or the encoding where there is one.
#include "proofs/query/dumps/field_list.hpp"
#include "proofs/query/dumps/field_names.hpp"
#include "proofs/query/dumps/reader.hpp"
#include "proofs/query/dumps/row.hpp"

#include <span>

namespace vmxspec::query {

namespace {

constexpr std::size_t longest_line = 400;

constexpr Collection collection[] = {
    {"control.", "the control fields that the loop leaves out: print them by the same loop"},
    {"guest.", "the guest fields that the loop leaves out: print them by the same loop"},
    {"host.", "the host fields that the loop leaves out: print them by the same loop"},
    {"capability.", "capability MSRs 480H to 493H (RDMSR, or on Linux rdmsr of msr-tools), as a profile for --cpu"},
    {"processor.", "the processor's features (CPUID), as a profile for --cpu"},
    {"memory.", "memory that checks read, as --assume memory.pdpte0=..."},
};

/// 0x10, 10H, or a number whose base does not matter.
std::optional<std::uint64_t> value(const Token& token) {
    std::string_view text = token.text;
    if (text.starts_with("0x") || text.starts_with("0X")) return number(token, 1, 64, false);
    if (text.size() > 1 && (text.ends_with('H') || text.ends_with('h')))
        return number({text.substr(0, text.size() - 1), token.line, token.first, token.open}, 1, 64, false);
    if (text.size() == 16 || (text.size() == 8 && text.starts_with('0')))  // as wide as a register: printed by %016lx
        return number(token, 1, 64, false);
    return text.size() == 1 && text[0] >= '0' && text[0] <= '9' ? number(token, 1, 4, true) : std::nullopt;
}

/// The encoding that stands on the left of a line: four or eight hexadecimal digits of a field's shape (SDM 27.11.2).
std::optional<std::uint32_t> encoding_in(std::span<const Token> words) {
    constexpr std::size_t prefix = 2;
    constexpr std::uint64_t shape = 0x6fff;  // bit 12 and bits 31:15 are reserved
    for (const Token& word : words) {
        const bool is_hex = word.text.starts_with("0x") || word.text.starts_with("0X");
        if (!is_hex || (word.text.size() != prefix + 4 && word.text.size() != prefix + 8)) continue;
        const std::optional<std::uint64_t> encoding = number(word, 1, 32, false);
        if (encoding && (*encoding & ~shape) == 0) return static_cast<std::uint32_t>(*encoding);
    }
    return std::nullopt;
}

bool is_word(const Token& token) {
    const char c = token.text.front();
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/// The name that all words at the end of `left` make; a word before them would be of the name.
std::optional<FieldName> name_in(std::span<const Token> left, bool may_be_cut) {
    constexpr std::size_t most = 24;  // words and signs: the longest names have half as many
    for (std::size_t first = left.size() > most ? left.size() - most : 0; first < left.size(); ++first) {
        if (!is_word(left[first]) || (first > 0 && is_word(left[first - 1]))) continue;  // no name begins with a digit
        // Of one line: what is between the words is part of no name.
        const char* begin = left[first].text.data();
        const char* end = left.back().text.data() + left.back().text.size();
        const std::optional<FieldName> name = field_named({begin, static_cast<std::size_t>(end - begin)});
        if (name && !(name->may_be_cut && may_be_cut && first == 0)) return name;
    }
    return std::nullopt;
}

/// `left` sign `right`.
std::optional<FieldValue> pair(std::span<const Token> left, const Token* right, bool may_be_cut) {
    const std::optional<FieldName> name = name_in(left, may_be_cut);
    const std::optional<std::uint32_t> encoding = encoding_in(left);
    if (!name && !encoding) return std::nullopt;
    FieldValue result;
    result.encoding = name ? name->encoding | (name->half == Half::high ? 1U : 0U) : *encoding;
    result.half = name && name->half == Half::low;
    const bool contradicts = name && encoding && (*encoding & ~1U) != name->encoding;
    if (right != nullptr && !contradicts) result.value = value(*right);
    return result;
}

std::optional<FieldValue> field(const Line& line) {
    if (line.text.size() > longest_line) return std::nullopt;
    const std::vector<Token> words = tokens(std::span{&line, 1});
    std::size_t begin = 0;
    for (std::size_t n = 0; n < words.size(); ++n) {
        if (words[n].text != "=" && words[n].text != ":") continue;
        const std::span<const Token> left = std::span{words}.subspan(begin, n - begin);
        const Token* right = n + 1 < words.size() ? &words[n + 1] : nullptr;
        if (auto found = pair(left, right, line.number == 1 && begin == 0)) return found;
        begin = n + 1;
    }
    return std::nullopt;
}

bool recognises(std::string_view text) { return field_lines(field, text, 5) == 5; }

std::vector<KnownState> read(const State& state, std::string_view text, const std::string& where) {
    static const FieldListFormat format{field, {}, collection};
    return read_field_list(state, format, text, where);
}

}  // namespace

const Reader generic_reader{"generic", "any loop that prints NAME = 0x... or 0xENCODING = 0x..., a field a line",
                            recognises, read};

}  // namespace vmxspec::query
