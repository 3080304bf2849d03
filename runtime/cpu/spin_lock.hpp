/// Mutual exclusion of processors.
#pragma once

#include <atomic>

namespace vmxspec::runtime {

/// Held for a few instructions at a time, by one processor. Not to be taken by a handler of what may interrupt its
/// holder, such as an NMI.
class SpinLock {
public:
    void lock() {
        while (taken_.test_and_set(std::memory_order_acquire)) {
            while (taken_.test(std::memory_order_relaxed)) {
                asm volatile("pause");
            }
        }
    }
    void unlock() { taken_.clear(std::memory_order_release); }

private:
    std::atomic_flag taken_;
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
