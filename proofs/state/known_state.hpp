// What is known of one VM entry: the value of each leaf, where it comes from, and the VM-entry MSR-load area.
#pragma once

#include "spec/lang/known.hpp"
#include "spec/state/state.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vmxspec {

/// How a value came to be known.
enum class Standing : std::uint8_t {
    unknown,  ///< the input does not tell
    given,    ///< the input tells
    profile,  ///< the processor's profile tells
    absent,   ///< the input says that the VMCS or processor does not have it
    assumed,  ///< taken for granted, with a reason that is shown
};

/// One entry of an MSR area; a part that the input does not tell is unknown.
struct MsrAreaEntry {
    std::optional<std::uint32_t> index;
    std::optional<std::uint32_t> reserved;
    std::optional<std::uint64_t> data;
    std::string name;  ///< as the input names it, for messages

    friend bool operator==(const MsrAreaEntry&, const MsrAreaEntry&) = default;
};

/// How to get what an input does not show: for a leaf, or for all whose names begin so if it ends with a dot, what to
/// collect with which command or setting of the hypervisor. A sentence without its period, to follow "collect".
struct Collection {
    std::string_view leaves;
    std::string_view how;
};

class KnownState {
public:
    explicit KnownState(const State& state);

    /// Sets leaf n. Throws InputError when the value is wider than the leaf, or when the input gave another one.
    void set(std::size_t n, std::uint64_t value, Standing standing, std::string reason = {});
    /// Sets the known bits of leaf n, of which the others stay as they are.
    void set_bits(std::size_t n, Known bits, Standing standing, std::string reason = {});
    /// The input says that there is no such field.
    void set_absent(std::size_t n);

    [[nodiscard]] const State& state() const { return *state_; }
    [[nodiscard]] const std::vector<Known>& values() const { return values_; }
    [[nodiscard]] Standing standing(std::size_t n) const { return standing_[n]; }
    /// Why an assumed value is taken for granted; empty for others.
    [[nodiscard]] const std::string& reason(std::size_t n) const { return reason_[n]; }
    /// The value of a leaf, or nothing.
    [[nodiscard]] std::optional<std::uint64_t> value(std::size_t n) const;
    [[nodiscard]] std::optional<std::uint64_t> value(std::string_view leaf) const { return value(state_->leaf(leaf)); }

    std::string name;                          ///< of the section or state in the input
    std::string processor;                     ///< name of the profile in use, empty if none
    std::vector<std::string> notes;            ///< what a reader took for granted about the input, a sentence each
    std::vector<std::string> caveats;          ///< what the input shows and is not what it seems, a sentence each
    std::vector<Collection> collect;           ///< how to get the rest
    std::vector<MsrAreaEntry> entry_msr_load;  ///< as far as the input tells; may be shorter than the count field
    std::vector<MsrAreaEntry> exit_msr_store;  ///< likewise; a trace of the probe tells them
    std::vector<MsrAreaEntry> exit_msr_load;

private:
    const State* state_;
    std::vector<Known> values_;
    std::vector<Standing> standing_;
    std::vector<std::string> reason_;
};

/// Hexadecimal in the manual's way: 80010035H, 0D01H would be D01H.
[[nodiscard]] std::string hex(std::uint64_t value);

}  // namespace vmxspec
