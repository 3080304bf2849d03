/// Mutual exclusion of processors.
#pragma once

namespace vmxspec::runtime {

/// One processor at a time, for a few instructions or a report. Whoever has waited for about a second goes on without:
/// the one that has the lock may have stopped in the middle, and a report that is muddled is better than none. Not to
/// be taken by a handler of what may interrupt its holder, such as an NMI.
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

/// Holds a lock as long as it lives.
class LockGuard {
public:
    explicit LockGuard(SpinLock& lock) : lock_{lock} { lock_.lock(); }
    ~LockGuard() { lock_.unlock(); }
    LockGuard(const LockGuard&) = delete;
    LockGuard& operator=(const LockGuard&) = delete;

private:
    SpinLock& lock_;
};

}  // namespace vmxspec::runtime
