/// EPT for L2: EPT12, which is in L1's memory, composed with the hypervisor's own map of L1 (SDM 31.3).
#pragma once

#include <array>
#include <cstdint>

#include "hv/l1/ept.hpp"
#include "hv/l1/page_pool.hpp"

namespace vmxspec::hv {

/// What becomes of an EPT violation of L2's.
enum class EptOutcome : std::uint8_t {
    mapped,         ///< L2 goes on
    log_full,       ///< a flag of EPT12 would have to be set, and may not be (SDM 31.3.6)
    changed,        ///< another processor of L1's has just changed EPT12: L2 tries again
    violation,      ///< EPT12 does not allow the access
    misconfigured,  ///< an entry of EPT12 is (SDM 31.3.3.1)
};

struct EptAnswer {
    EptOutcome outcome;
    std::uint64_t rights;  ///< of all entries of EPT12 on the way: bit 0 read, 1 write, 2 execute
    bool invalidate;       ///< structures are in use otherwise than before: INVEPT is due
    bool dirtied;          ///< a dirty flag of EPT12 was set
};

/// Addresses in the EPT pointer and in entries; accessed and dirty flags are in use (SDM 27.6.11).
inline constexpr std::uint64_t ept_address_bits = 0x000f'ffff'ffff'f000, eptp_has_flags = 1U << 6;

/// What an EPT12 is checked against.
struct Ept12Rules {
    unsigned physical_address_width;
    bool execute_only;  ///< IA32_VMX_EPT_VPID_CAP[0]
    bool two_mib, one_gib;
};

/// A few EPT02s, one for an EPT pointer of L1's, filled as L2 touches pages. Since L1's guest-physical addresses are
/// physical addresses, a leaf of EPT02 is one of EPT12, with the rights of all its levels, as large as both allow; its
/// memory type is EPT12's, for MTRRs do not matter where there is EPT (SDM 31.3.7.2). Where EPT12 has accessed and
/// dirty flags (SDM 31.3.5), they are set when a leaf is made, which is writable only once its dirty flag is set. Pages
/// of the hypervisor are one page that belongs to nobody.
class Ept02 {
public:
    constexpr Ept02() = default;

    /// \param hole  the hypervisor's memory; \param sink  what L2 finds there, read-only until it writes; \param pool
    /// memory for all contexts
    Ept02(runtime::Region hole, runtime::PhysicalAddress sink, Ept12Rules rules, EptPageSizes sizes, PagePool pool);

    /// The EPT pointer for VMCS02 that stands for `eptp12`. \param fresh  whether INVEPT of it is due
    [[nodiscard]] std::uint64_t pointer(std::uint64_t eptp12, bool& fresh);

    /// Looks `address` up for an access with these rights, and maps it. For the context of the last `pointer`.
    /// \param may_set_flags  whether flags of EPT12 may be set, where it has such
    [[nodiscard]] EptAnswer fill(std::uint64_t address, std::uint64_t access, bool may_set_flags);

    /// L1 has executed INVEPT for one context, which is what has the root of `eptp12` (SDM 31.4.3.1); INVEPT of what
    /// `each` is called with is due.
    template <class Each>
    void forget(std::uint64_t eptp12, Each each) {
        for (Context& context : contexts_) {
            if (context.eptp12 != 0 && ((context.eptp12 ^ eptp12) & ept_address_bits) == 0) {
                clear(context);
                each(pointer_of(context));
            }
        }
    }
    template <class Each>
    void forget_all(Each each) {
        for (Context& context : contexts_) {
            if (context.eptp12 != 0) {
                clear(context);
                each(pointer_of(context));
            }
        }
    }

    /// Whether L2 may be writing to the sink.
    [[nodiscard]] bool sink_is_open() const { return sink_is_open_; }
    /// The sink is read-only again; INVEPT of what `each` is called with is due.
    template <class Each>
    void close_sink(Each each) {
        for (Context& context : contexts_) {
            if (context.sink_is_open) {
                clear(context);
                each(pointer_of(context));
            }
        }
        sink_is_open_ = false;
    }

private:
    struct Context {
        std::uint64_t eptp12;  ///< 0: unused
        runtime::PhysicalAddress root;
        bool sink_is_open;
    };

    /// EPT12's entries on the way to an address, by level from 1.
    struct Walk {
        EptOutcome outcome;
        std::uint64_t rights;  ///< of all that were read
        unsigned level;        ///< of the last that was read
        std::array<std::uint64_t, 4> places, entries;
    };
    [[nodiscard]] Walk walk(std::uint64_t address, std::uint64_t access) const;
    /// Sets the flags that the access sets (SDM 31.3.5), or none if it may not.
    [[nodiscard]] static EptOutcome set_flags(const Walk& walked, bool writes, bool may_set_flags);

    /// Nothing is mapped. Its structures are free again if no other context is used.
    void clear(Context& context);
    /// Nothing is mapped, and there is the current context only.
    void keep_current_only();
    /// With accessed and dirty flags accesses to paging structures are writes, so that EPT02 has them as EPT12 has.
    [[nodiscard]] static std::uint64_t pointer_of(const Context& context) {
        return raw(context.root) | (context.eptp12 & eptp_has_flags) | 3 << 3 | 6;
    }
    [[nodiscard]] bool meets_hole(std::uint64_t begin, std::uint64_t size) const {
        return begin < hole_.end && hole_.begin < begin + size;
    }
    [[nodiscard]] bool is_misconfigured(std::uint64_t entry, unsigned level) const;
    /// What was mapped there may stay cached: an EPT violation forgets the address (SDM 31.4.3.1), and L1 that maps it
    /// otherwise has to execute INVEPT. \return false: there are no structures left
    [[nodiscard]] bool install(std::uint64_t address, std::uint64_t leaf, unsigned level);

    static constexpr std::size_t most_contexts = 4;
    std::array<Context, most_contexts> contexts_{};
    PagePool structures_;  ///< of all contexts: most hypervisors use one at a time, and L2 may be large
    Context* current_ = nullptr;
    std::size_t next_ = 0;  ///< which context is taken for the next pointer
    runtime::Region hole_{};
    runtime::PhysicalAddress sink_{};
    bool sink_is_open_ = false;
    Ept12Rules rules_{};
    EptPageSizes sizes_{};
};

}  // namespace vmxspec::hv
