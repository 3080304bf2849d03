#include "spec/nested/efer_translation.hpp"

namespace vmxspec::nested {

Bits<64> copied_efer(const State& s) { return s.before.efer; }

Bits<64> established_efer(const State& s) {
    constexpr std::uint64_t lme = 1 << 8, lma = 1 << 10;
    const Bits<64> l1 = s.before.efer;
    const Bits<64> changed = select(s.guest.cr0.pg, l1.same(lme | lma), l1.same(lma));
    return (l1 & ~changed) | only_if(s.control.entry.ia32e_mode_guest, changed);
}

}  // namespace vmxspec::nested
