// HAXM's dump (core/dump.c), one field a line, by its encoding: `haxm_warning: 6800 GUEST_CR0: 80000031`. Values are
// hexadecimal without 0x and without leading zeros.
#include "proofs/query/dumps/field_list.hpp"
#include "proofs/query/dumps/reader.hpp"
#include "proofs/query/dumps/row.hpp"

#include <array>
#include <span>

namespace vmxspec::query {

namespace {

constexpr std::uint32_t activity_state = 0x4826;

constexpr Collection collection[] = {
    {"guest.activity",
     "the whole dump: HAXM prints it as warnings, the last line of it is GUEST_ACTIVITY_STATE (raise the limits of the "
     "system's log if it cuts)"},
    {"control.", "fields that dump_vmcs of HAXM never prints: add their encodings to dump_vmcs_list in core/dump.c"},
    {"host.", "host fields that dump_vmcs of HAXM never prints: add their encodings to dump_vmcs_list in core/dump.c"},
    {"capability.",
     "capability MSRs: HAXM prints them when it is loaded (VMX basic info, VMX pin ctls ...); as a profile for "
     "--cpu"},
    {"processor.", "the processor's features (CPUID), as a profile for --cpu"},
    {"memory.", "memory that checks read, as --assume memory.pdpte0=..."},
};

/// Four digits, a name, a colon, digits.
std::optional<FieldValue> field(const Line& line) {
    const std::vector<Token> words = tokens(std::span{&line, 1});
    if (words.size() < 3 || words[0].text.size() != 4 || words[2].text != ":") return std::nullopt;
    constexpr std::array names{"VMX_", "VM_", "GUEST_", "HOST_"};
    bool named = false;
    for (const std::string_view name : names) named = named || words[1].text.starts_with(name);
    const std::optional<std::uint64_t> encoding = number(words[0], 4, 16, false);
    if (!named || !encoding) return std::nullopt;
    FieldValue result{static_cast<std::uint32_t>(*encoding), {}, false};
    // Anything behind the value means that two lines were printed into each other.
    if (words.size() == 4) result.value = number(words[3], 1, 64, false);
    return result;
}

bool recognises(std::string_view text) {
    if (text.find("GUEST_") == std::string_view::npos && text.find("VMX_") == std::string_view::npos) return false;
    return field_lines(field, text, 3) == 3;
}

std::vector<KnownState> read(const State& state, std::string_view text, const std::string& where) {
    static const FieldListFormat format{field, activity_state, collection};
    return read_field_list(state, format, text, where);
}

}  // namespace

const Reader haxm_reader{"haxm", "HAXM's lines 6800 GUEST_CR0: 80000031", recognises, read};

}  // namespace vmxspec::query
