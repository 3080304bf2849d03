#include "tests/bochs/probe/saved_msrs.hpp"

#include "runtime/cpu/msr.hpp"

namespace vmxspec::probe {

SavedMsrs::SavedMsrs(std::span<const MsrEntry> entries) {
    for (std::size_t i = 0; i < most && i < entries.size(); ++i) {
        saved_[i] = {entries[i].index, runtime::read_msr(entries[i].index)};
    }
}

void SavedMsrs::restore() const {
    for (const Saved& saved : saved_) {
        // A register that can be read but not written was not loaded either.
        if (saved.value) {
            static_cast<void>(runtime::write_msr(saved.index, *saved.value));
        }
    }
}

}  // namespace vmxspec::probe
