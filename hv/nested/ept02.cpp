#include "hv/nested/ept02.hpp"

#include "hv/l1/physical_memory.hpp"

namespace vmxspec::hv {

namespace {

using runtime::raw;

// Entries (SDM 31.3.2).
constexpr std::uint64_t read_right = 1, write_right = 2, execute_right = 4, all_rights = 7, large = 1U << 7;
constexpr std::uint64_t accessed = 1U << 8, dirty = 1U << 9;
constexpr std::uint64_t write_back = 6U << 3;
constexpr unsigned top_level = 4;

constexpr unsigned shift_of(unsigned level) { return 12 + 9 * (level - 1); }
constexpr std::uint64_t index_of(std::uint64_t address, unsigned level) { return address >> shift_of(level) & 0x1ff; }
constexpr bool is_leaf(std::uint64_t entry, unsigned level) {
    return level == 1 || (level < top_level && (entry & large) != 0);
}

}  // namespace

Ept02::Ept02(runtime::Region hole, runtime::PhysicalAddress sink, Ept12Rules rules, EptPageSizes sizes, PagePool pool)
    : hole_{hole}, sink_{sink}, rules_{rules}, sizes_{sizes} {
    std::uint64_t root = raw(pool.take(most_contexts).value_or(runtime::PhysicalAddress{}));
    for (Context& context : contexts_) {
        context = {0, runtime::PhysicalAddress{root}, false};
        root += runtime::page_size;
    }
    structures_ = PagePool{{root, root + pool.left() * runtime::page_size}};
}

void Ept02::clear(Context& context) {
    __builtin_memset(runtime::at<void>(context.root), 0, runtime::page_size);
    context.sink_is_open = false;
    for (const Context& other : contexts_) {
        if (&other != &context && other.eptp12 != 0) {
            return;
        }
    }
    structures_.reset();
}

void Ept02::keep_current_only() {
    for (Context& context : contexts_) {
        clear(context);
        if (&context != current_) {
            context.eptp12 = 0;  // INVEPT is due when it is taken again
        }
    }
    clear(*current_);
}

std::uint64_t Ept02::pointer(std::uint64_t eptp12, bool& fresh) {
    fresh = false;
    if (current_ != nullptr && current_->eptp12 == eptp12) {
        return pointer_of(*current_);
    }
    for (Context& context : contexts_) {
        if (context.eptp12 == eptp12) {
            current_ = &context;
            return pointer_of(context);
        }
    }
    current_ = &contexts_[next_];
    next_ = (next_ + 1) % most_contexts;
    clear(*current_);
    current_->eptp12 = eptp12;
    fresh = true;
    return pointer_of(*current_);
}

bool Ept02::is_misconfigured(std::uint64_t entry, unsigned level) const {
    const std::uint64_t rights = entry & all_rights;
    if ((rights & (read_right | write_right)) == write_right || (rights == execute_right && !rules_.execute_only)) {
        return true;
    }
    std::uint64_t reserved = ept_address_bits & ~((std::uint64_t{1} << rules_.physical_address_width) - 1);
    const bool may_be_large = (level == 2 && rules_.two_mib) || (level == 3 && rules_.one_gib);
    if (!is_leaf(entry, level)) {
        return (entry & (reserved | 0xf8)) != 0;  // bits 7:3
    }
    if (level > 1 && !may_be_large) {
        return true;  // bit 7 is reserved
    }
    reserved |= level > 1 ? (std::uint64_t{1} << shift_of(level)) - (std::uint64_t{1} << shift_of(1)) : 0;
    const std::uint64_t type = entry >> 3 & 7;
    return (entry & reserved) != 0 || type == 2 || type == 3 || type == 7;
}

Ept02::Walk Ept02::walk(std::uint64_t address, std::uint64_t access) const {
    Walk walked{EptOutcome::violation, all_rights, top_level, {}, {}};
    if (index_of(address, top_level + 1) != 0) {
        walked.rights = 0;  // beyond what four levels translate (SDM 31.3.2)
        return walked;
    }
    std::uint64_t entry = current_->eptp12;
    for (;; --walked.level) {
        const std::size_t n = walked.level - 1;
        walked.places[n] = (entry & ept_address_bits) + index_of(address, walked.level) * sizeof entry;
        walked.entries[n] = entry = read_guest<std::uint64_t>(walked.places[n]);
        walked.rights &= entry;
        if ((entry & all_rights) == 0) {
            return walked;
        }
        if (is_misconfigured(entry, walked.level)) {
            walked.outcome = EptOutcome::misconfigured;
            return walked;
        }
        if (is_leaf(entry, walked.level)) {
            walked.outcome = (access & ~walked.rights) != 0 ? EptOutcome::violation : EptOutcome::mapped;
            return walked;
        }
    }
}

EptOutcome Ept02::set_flags(const Walk& walked, bool writes, bool may_set_flags) {
    for (std::size_t n = top_level; n-- >= walked.level;) {
        const std::uint64_t flags = accessed | (writes && n + 1 == walked.level ? dirty : 0);
        if ((flags & ~walked.entries[n]) != 0 && !may_set_flags) {
            return EptOutcome::log_full;
        }
        if (!set_guest_bits(walked.places[n], walked.entries[n], flags, true)) {
            return EptOutcome::changed;
        }
    }
    return EptOutcome::mapped;
}

EptAnswer Ept02::fill(std::uint64_t address, std::uint64_t access, bool may_set_flags) {
    Walk walked = walk(address, access);
    const std::uint64_t entry = walked.entries[walked.level - 1];
    const bool has_flags = (current_->eptp12 & eptp_has_flags) != 0;
    const bool writes = (access & write_right) != 0;
    if (walked.outcome == EptOutcome::mapped && has_flags) {
        walked.outcome = set_flags(walked, writes, may_set_flags);
    }
    if (walked.outcome != EptOutcome::mapped) {
        return {walked.outcome, walked.rights, false, false};
    }
    const bool was_clean = has_flags && (entry & dirty) == 0;
    const std::uint64_t rights = was_clean && !writes ? walked.rights & ~write_right : walked.rights;
    // As large as EPT12's, the processor and the hole allow.
    const std::uint64_t offsets = (std::uint64_t{1} << shift_of(walked.level)) - 1;
    const std::uint64_t page = (entry & ept_address_bits & ~offsets) | (address & offsets);
    const auto fits = [&](unsigned size) {
        return size == 1 || ((size == 2 ? sizes_.two_mib : sizes_.one_gib) &&
                             !meets_hole(page >> shift_of(size) << shift_of(size), std::uint64_t{1} << shift_of(size)));
    };
    unsigned own = walked.level;
    while (!fits(own)) {
        --own;
    }
    const std::uint64_t type = entry & 0x78;  // memory type, and "ignore PAT"
    const std::uint64_t target = page >> shift_of(own) << shift_of(own);
    const bool hidden = meets_hole(target, 1);
    const std::uint64_t leaf = hidden ? raw(sink_) | write_back | (writes ? rights : rights & ~write_right)
                                      : target | type | rights | (own > 1 ? large : 0);
    const bool has_room = install(address, leaf, own);
    if (!has_room) {
        keep_current_only();  // what is mapped comes again when it is touched
        static_cast<void>(install(address, leaf, own));
    }
    if (hidden && writes) {
        current_->sink_is_open = sink_is_open_ = true;
    }
    return {EptOutcome::mapped, walked.rights, !has_room, was_clean && writes};
}

bool Ept02::install(std::uint64_t address, std::uint64_t leaf, unsigned level) {
    std::uint64_t structure = raw(current_->root);
    for (unsigned n = top_level;; --n) {
        std::uint64_t& entry =
            runtime::at<std::uint64_t>(runtime::PhysicalAddress{structure & ept_address_bits})[index_of(address, n)];
        if (n == level) {
            entry = leaf;
            return true;
        }
        if (entry == 0 || is_leaf(entry, n)) {
            const auto next = structures_.take();
            if (!next) {
                return false;
            }
            entry = raw(*next) | all_rights;
        }
        structure = entry;
    }
}

}  // namespace vmxspec::hv
