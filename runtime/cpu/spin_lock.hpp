/// Mutual exclusion of processors.
#pragma once

#include <cstdint>

namespace vmxspec::runtime {

/// One processor at a time. Whoever has waited for about a second goes on without: the one that has the lock may have
/// stopped in the middle, and a report that is muddled is better than none.
class SpinLock {
public:
    void lock() {
        constexpr unsigned patience = 100'000'000;
        for (unsigned n = 0; n < patience && __atomic_exchange_n(&taken_, true, __ATOMIC_ACQUIRE); ++n) {
            asm volatile("pause");
        }
    }
    void unlock() { __atomic_store_n(&taken_, false, __ATOMIC_RELEASE); }

private:
    bool taken_ = false;
};

}  // namespace vmxspec::runtime
