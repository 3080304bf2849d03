// HAXM's dump (core/dump.c), one field a line, by its encoding: `haxm_warning: 6800 GUEST_CR0: 80000031`. Values are
// hexadecimal without 0x and without leading zeros. When HAXM is loaded it prints the capability MSRs: `VMX pin ctls :
// 0x16, 0x7F`, the low half before the high one.
#include "proofs/query/dumps/field_list.hpp"
#include "proofs/query/dumps/reader.hpp"
#include "proofs/query/dumps/row.hpp"

#include <array>
#include <map>
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

constexpr Row capability_rows[] = {
    {Section::any, "VMX basic info : 0x{16 capability.basic}"},
    {Section::any, "VMX misc info : 0x{16 capability.misc}"},
    {Section::any, "VMX exit ctls : 0x{x exit_low}, 0x{x exit_high}"},
    {Section::any, "VMX entry ctls : 0x{x entry_low}, 0x{x entry_high}"},
    {Section::any, "VMX pin ctls : 0x{x pin_low}, 0x{x pin_high}"},
    {Section::any, "VMX cpu prim ctrls : 0x{x proc_low}, 0x{x proc_high}"},
    {Section::any, "VMX cpu sec ctrl : 0x{x proc2_low}, 0x{x proc2_high}"},
    {Section::any, "VMX fixed CR0 bits : 0x{x capability.cr0_fixed0}, {x capability.cr0_fixed1}"},
    {Section::any, "VMX fixed CR4 bits : 0x{x capability.cr4_fixed0}, {x capability.cr4_fixed1}"},
    {Section::any, "VMX EPT/VPID caps : 0x{16 capability.ept_vpid}"},
};

/// Capability MSRs, by leaf. HAXM prints 0 for an MSR that the processor does not have; where two lines differ nothing
/// is taken.
std::map<std::size_t, std::optional<std::uint64_t>> capabilities(const State& state, std::string_view text) {
    const RowTable table{state, capability_rows};
    std::map<std::size_t, std::optional<std::uint64_t>> result;
    const auto tell = [&](std::size_t leaf, std::uint64_t value) {
        const auto [place, is_new] = result.try_emplace(leaf, value);
        if (!is_new && place->second != value) place->second.reset();
    };
    for (const Reading& reading : table.find(undamaged(text))) {
        if (!reading.whole) continue;
        for (const Fill& fill : reading.fills)
            if (fill.leaf && fill.value != 0) tell(*fill.leaf, fill.value);
        if (reading.fills.size() != 2 || reading.fills[0].leaf) continue;
        const std::string_view name = reading.fills[0].name;
        const std::uint64_t value = reading.fills[1].value << 32 | reading.fills[0].value;
        const bool fits = reading.fills[0].value <= low_bits(32) && reading.fills[1].value <= low_bits(32);
        if (fits && value != 0) tell(state.leaf("capability." + std::string{name.substr(0, name.find('_'))}), value);
    }
    return result;
}

std::vector<KnownState> read(const State& state, std::string_view text, const std::string& where) {
    static const FieldListFormat format{field, activity_state, collection};
    std::vector<KnownState> states = read_field_list(state, format, text, where);
    for (const auto& told : capabilities(state, text))
        for (KnownState& one : states)
            if (told.second) one.set(told.first, *told.second, Standing::given);
    return states;
}

}  // namespace

const Reader haxm_reader{"haxm", "HAXM's lines 6800 GUEST_CR0: 80000031", recognises, read};

}  // namespace vmxspec::query
