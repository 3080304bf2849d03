#include "hv/l1/log.hpp"

#include "hv/l1/log_ring.hpp"
#include "hv/l1/machine.hpp"
#include "runtime/cpu/spin_lock.hpp"
#include "runtime/io/console.hpp"

namespace vmxspec::hv {

namespace {

constinit LogRing ring;
constinit runtime::SpinLock lock;
constinit bool console_is_guests = false;

[[nodiscard]] bool is_shown(LogLevel level) {
    return level <= machine.options.log && (!console_is_guests || level <= LogLevel::warning);
}

}  // namespace

LogLine::LogLine(LogLevel level) : shown_{is_shown(level)} {
    lock.lock();
    runtime::print(ring, name_of(level), ": ");
    if (shown_) {
        if (console_is_guests) {
            runtime::console.resume();
        }
        runtime::console.write("vmxspec: ");
    }
}

LogLine::~LogLine() {
    write("\n");
    lock.unlock();
}

void LogLine::write(std::string_view text) {
    ring.write(text);
    if (shown_) {
        runtime::console.write(text);
    }
}

void leave_console_to_guest() {
    runtime::console.drain();
    console_is_guests = true;
}

runtime::CpuidResult cpuid_of_log(std::uint32_t leaf, std::uint32_t subleaf) {
    const runtime::LockGuard guard{lock};
    return read_log(ring, leaf, subleaf);
}

}  // namespace vmxspec::hv
