// Dumps of a VMCS, in the formats in which people have them. A reader turns text into states, one a section.
#pragma once

#include "proofs/state/known_state.hpp"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace vmxspec::query {

struct Reader {
    std::string_view name;         ///< for --from
    std::string_view description;  ///< what it looks like
    bool (*recognises)(std::string_view text);
    /// The states of the text, in its order. Throws InputError; `where` names the input in messages.
    std::vector<KnownState> (*read)(const State& state, std::string_view text, const std::string& where);
};

/// All readers, the most particular first.
[[nodiscard]] std::span<const Reader> readers();

/// The states of a dump. An empty `from` lets the format be recognised. Throws InputError.
[[nodiscard]] std::vector<KnownState> read_dump(const State& state, std::string_view text, const std::string& where,
                                                const std::string& from);

/// Throws InputError when an input holds so many dumps that it can only be a log of all entries.
void refuse_many(std::size_t dumps, const std::string& where);

// One file each.
extern const Reader json_reader;
extern const Reader xmhf_reader;
extern const Reader xen_reader;
extern const Reader kvm_reader;
extern const Reader qemu_reader;
extern const Reader haxm_reader;
extern const Reader noirvisor_reader;
extern const Reader virtualbox_reader;
extern const Reader generic_reader;

}  // namespace vmxspec::query
