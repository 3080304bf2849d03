/// Entries of L2 with paging structures by lot, which change in between, and more EPT pointers than can be kept.
#include "tests/bochs/hv/hostile.hpp"

namespace vmxspec::l1 {

using runtime::raw;

namespace {

constexpr std::uint64_t vmcall = 18, ept_violation = 48, ept_misconfiguration = 49;

[[nodiscard]] std::uint64_t exit_of(Walk::End end) {
    return end == Walk::End::violation ? ept_violation : ept_misconfiguration;
}

}  // namespace

/// INVEPT and INVVPID, of what is cached and of what is not. \return whether nothing of `eptp` is cached that has
/// changed
bool Attack::invalidate(std::uint64_t eptp) {
    bool certain = !tables_changed_;
    for (std::uint64_t n = lot_.below(4); n != 0; --n) {
        const std::uint64_t one = lot_.below(2) == 0 ? eptp : tables_.pointer(lot_.below(Tables::roots));
        switch (lot_.below(4)) {
            case 0:
                static_cast<void>(runtime::invept(runtime::InveptType::global, one));
                tables_changed_ = false;
                certain = true;
                break;
            case 1:
            case 2:
                static_cast<void>(runtime::invept(runtime::InveptType::single_context, one));
                certain = certain || one == eptp;
                break;
            default:
                static_cast<void>(runtime::invvpid(static_cast<runtime::InvvpidType>(lot_.below(4)),
                                                   static_cast<std::uint16_t>(lot_.below(3)), lot_.number()));
        }
    }
    return certain;
}

/// A page of L2's 4 GiB, or of those that the first entries of structures lead to; in half of all cases preferably one
/// that L2 may access.
std::uint64_t Attack::l2_page(std::uint64_t eptp, std::uint64_t access) {
    constexpr unsigned bits = 32, index_bits = 9, page_bits = 12;
    constexpr std::uint64_t most_tries = 64;
    for (std::uint64_t tries = lot_.below(2) * most_tries;; --tries) {
        const std::uint64_t first = lot_.below(4) << 2 * index_bits | lot_.below(4) << index_bits | lot_.below(4);
        const std::uint64_t page = (lot_.below(2) == 0 ? first : lot_.below(std::uint64_t{1} << (bits - page_bits)))
                                   << page_bits;
        if (tries == 0 || tables_.walk(eptp, page, access).end == Walk::End::page) {
            return page;
        }
    }
}

/// Pages that L2 writes are logged or not (SDM 31.3.6), with room for all, where L1's area is or the hypervisor.
void Attack::choose_log() {
    constexpr std::uint64_t last_entry = 511;
    if (allows(Field::secondary_controls, enable_pml)) {
        const std::uint64_t logs = lot_.below(2) == 0 ? enable_pml : 0;
        set(Field::secondary_controls, allowed(Field::secondary_controls, ept_and_unrestricted | logs));
        set(pml_address, lot_.below(2) == 0 ? places_.hidden : raw(area_));
        set(pml_index, last_entry);
    }
}

/// L2 goes on anywhere in its 4 GiB. Where nothing is cached that has changed since, how it ends is certain.
/// \return whether it may go on again, for it is as it was
bool Attack::gust() {
    constexpr std::uint64_t most_changes = 16, longest = 10'000, vmcall_size = 3;
    constexpr std::uint64_t read = 1, write = 2, execute = 4;
    if (lot_.below(4) == 0) {
        tables_.change(lot_, lot_.below(most_changes) + 1);
        tables_changed_ = true;
    }
    const std::uint64_t eptp = tables_.pointer(lot_.below(Tables::roots));
    const bool certain = invalidate(eptp);
    const Tool tool = lot_.below(2) == 0 ? Tool::read : Tool::write;
    const std::uint64_t data_access = tool == Tool::read ? read : write;
    const std::uint64_t page = l2_page(eptp, execute);
    const std::uint64_t begin = lot_.below(4) == 0 ? lot_.below(runtime::page_size / vmcall_size) * vmcall_size
                                                   : static_cast<std::uint64_t>(tool);
    frame_.rbx = l2_page(eptp, data_access) + lot_.below(runtime::page_size / 4) * 4;
    frame_.rax = tables_.entry(lot_);
    const Walk fetch = tables_.walk(eptp, page, execute);
    const Walk data = tables_.walk(eptp, frame_.rbx, data_access);
    const bool is_tool = fetch.page == raw(places_.tools) && begin == static_cast<std::uint64_t>(tool);
    const bool is_own = fetch.end == Walk::End::page && (fetch.page == raw(places_.code) || is_tool);
    if (!has_timer_ && (!certain || (fetch.end == Walk::End::page && !is_own))) {
        return true;  // it might never exit
    }
    set(Field::eptp, eptp);
    choose_log();
    if (has_timer_) {
        set(Field::guest_preemption_timer, longest);
    }
    const std::uint64_t seen = go_on(page + begin);
    if (!certain || fetch.end == Walk::End::unknown || data.end == Walk::End::unknown ||
        (fetch.end == Walk::End::page && !is_own)) {
        tables_changed_ = true;  // by L2, perhaps
        return false;
    }
    const bool faults = is_tool && data.end != Walk::End::page;
    tables_changed_ = tables_changed_ || (is_tool && !faults && tool == Tool::write);
    const std::uint64_t expected = fetch.end != Walk::End::page ? exit_of(fetch.end)
                                   : faults                     ? exit_of(data.end)
                                                                : vmcall;
    path_ = "paging structures by lot";
    expect(seen, expected, page + begin);
    if (is_tool && !faults && tool == Tool::read && data.page - places_.hidden < two_mib) {
        expect(frame_.rax & 0xffff'ffff, 0xffff'ffff, data.page);
        ++storms_read_;
    }
    ++storms_[expected == vmcall ? 0 : expected == ept_violation ? 1 : 2];
    return true;
}

void Attack::storm() {
    constexpr std::uint64_t most_gusts = 16;
    for (std::uint64_t n = lot_.below(most_gusts) + 1; n != 0 && gust(); --n) {
    }
}

}  // namespace vmxspec::l1
