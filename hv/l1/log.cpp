#include "hv/l1/log.hpp"

#include "hv/l1/log_ring.hpp"
#include "hv/l1/machine.hpp"
#include "runtime/cpu/spin_lock.hpp"
#include "runtime/io/console.hpp"
#include "runtime/io/parallel_port.hpp"

namespace vmxspec::hv {

namespace {

constinit LogRing ring;
constinit runtime::SpinLock lock;
constinit runtime::ParallelPort<> printer;
constinit bool console_is_guests = false;

[[nodiscard]] bool is_shown(LogLevel level) {
    return level <= machine.options.log && (!console_is_guests || level <= LogLevel::warning);
}

void write_to_trace(std::string_view text) {
    switch (machine.options.trace) {
        case TracePort::none: return;
        case TracePort::debug: return runtime::console.debug().write(text);
        case TracePort::serial: return runtime::console.serial().write(text);
        case TracePort::parallel: return printer.write(text);
    }
}

}  // namespace

bool open_trace() {
    switch (machine.options.trace) {
        case TracePort::debug: return runtime::console.debug().present();
        case TracePort::serial: return runtime::console.serial().present();
        case TracePort::parallel: return printer.initialise();
        default: return true;
    }
}

TraceChannel::TraceChannel() {
    lock.lock();
    runtime::console.resume();
    write_to_trace("\n");
}

TraceChannel::~TraceChannel() { lock.unlock(); }

void TraceChannel::write(std::string_view text) {
    while (!text.empty()) {
        std::size_t length = 0;
        while (length < text.size() && text[length] != '\n') {
            ++length;
        }
        if (at_begin_) {
            write_to_trace("@ ");
        }
        at_begin_ = length < text.size();
        length += at_begin_ ? 1 : 0;
        write_to_trace({text.data(), length});
        text.remove_prefix(length);
    }
}

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
