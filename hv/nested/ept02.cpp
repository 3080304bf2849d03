#include "hv/nested/ept02.hpp"

#include "hv/nested/guest_memory.hpp"

namespace vmxspec::hv {

namespace {

using runtime::raw;

// Entries (SDM 31.3.2).
constexpr std::uint64_t read_right = 1, write_right = 2, execute_right = 4, all_rights = 7, large = 1U << 7;
constexpr std::uint64_t address_bits = 0x000f'ffff'ffff'f000;
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
    std::uint64_t reserved = address_bits & ~((std::uint64_t{1} << rules_.physical_address_width) - 1);
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

EptAnswer Ept02::fill(std::uint64_t address, std::uint64_t access) {
    if (index_of(address, top_level + 1) != 0) {
        return {EptOutcome::violation, 0, false};  // beyond what four levels translate (SDM 31.3.2)
    }
    std::uint64_t entry = current_->eptp12;
    std::uint64_t rights = all_rights;
    unsigned level = top_level;
    for (;; --level) {
        entry = read_guest<std::uint64_t>((entry & address_bits) + index_of(address, level) * sizeof entry);
        rights &= entry;
        if ((entry & all_rights) == 0) {
            return {EptOutcome::violation, 0, false};
        }
        if (is_misconfigured(entry, level)) {
            return {EptOutcome::misconfigured, 0, false};
        }
        if (is_leaf(entry, level)) {
            break;
        }
    }
    if ((access & ~rights) != 0) {
        return {EptOutcome::violation, rights, false};
    }
    // As large as EPT12's, the processor and the hole allow.
    unsigned own = level;
    const std::uint64_t begin = entry & address_bits & ~((std::uint64_t{1} << shift_of(level)) - 1);
    const std::uint64_t page = begin | (address & ((std::uint64_t{1} << shift_of(level)) - 1));
    const auto fits = [&](unsigned size) {
        return size == 1 || ((size == 2 ? sizes_.two_mib : sizes_.one_gib) &&
                             !meets_hole(page >> shift_of(size) << shift_of(size), std::uint64_t{1} << shift_of(size)));
    };
    while (!fits(own)) {
        --own;
    }
    const std::uint64_t type = entry & 0x78;  // memory type, and "ignore PAT"
    const std::uint64_t target = page >> shift_of(own) << shift_of(own);
    const bool hidden = meets_hole(target, 1);
    const bool writes = (access & write_right) != 0;
    const std::uint64_t leaf = hidden ? raw(sink_) | write_back | (writes ? rights : rights & ~write_right)
                                      : target | type | rights | (own > 1 ? large : 0);
    bool replaced = false;
    if (!install(address, leaf, own, replaced)) {
        keep_current_only();  // what is mapped comes again when it is touched
        replaced = true;
        static_cast<void>(install(address, leaf, own, replaced));
    }
    if (hidden && writes) {
        current_->sink_is_open = sink_is_open_ = true;
    }
    return {EptOutcome::mapped, rights, replaced};
}

bool Ept02::install(std::uint64_t address, std::uint64_t leaf, unsigned level, bool& replaced) {
    std::uint64_t structure = raw(current_->root);
    for (unsigned n = top_level;; --n) {
        std::uint64_t& entry =
            runtime::at<std::uint64_t>(runtime::PhysicalAddress{structure & address_bits})[index_of(address, n)];
        replaced = replaced || (entry != 0 && (n == level || is_leaf(entry, n)));
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
