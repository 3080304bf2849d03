/// A 16550-compatible serial port, written by polling.
#pragma once

#include <cstdint>
#include <string_view>

#include "runtime/io/port.hpp"

namespace vmxspec::runtime {

/// COM1 on a PC.
inline constexpr std::uint16_t com1 = 0x3f8;

/// One UART at 115,200 baud, 8 data bits, no parity, one stop bit; output only, no interrupts.
/// A UART that is missing, or that stops taking characters, costs a bounded time once and nothing after.
template <class Io = Ports>
class SerialPort {
public:
    constexpr explicit SerialPort(std::uint16_t base) : base_{base} {}

    /// Programs the UART. Returns whether there is one: its scratch register keeps what is written to it.
    bool initialise() {
        out(scratch, 0x5a);
        present_ = in(scratch) == 0x5a;
        if (!present_) {
            return false;
        }
        out(interrupt_enable, 0);
        out(line_control, divisor_latch | eight_bits);
        out(data, 1);  // divisor 1: 115,200 baud
        out(interrupt_enable, 0);
        out(line_control, eight_bits);
        out(fifo_control, fifo_enable | fifo_clear);
        out(modem_control, terminal_ready | request_to_send);
        const bool fifo = (in(fifo_control)&fifo_works) == fifo_works;
        burst_ = fifo ? 16 : 1;
        room_ = 0;
        return true;
    }

    [[nodiscard]] bool present() const { return present_; }

    /// Sends `text` as it is: no line-end conversion.
    void write(std::string_view text) {
        for (const char character : text) {
            if (room_ == 0 && wait_for(holding_empty)) {
                room_ = burst_;
            }
            if (!present_) {
                return;
            }
            out(data, static_cast<std::uint8_t>(character));
            --room_;
        }
    }

    /// Somebody else has used the port since the last text: how much room its FIFO has is not known any more.
    void resume() { room_ = 0; }

    /// Waits, for a bounded time, until the last character has left: to be called before the machine ends.
    void drain() {
        if (present_) {
            static_cast<void>(wait_for(all_empty));
        }
    }

private:
    enum Register : std::uint16_t {
        data = 0,
        interrupt_enable = 1,
        fifo_control = 2,  // read: interrupt identification, which tells whether the FIFO works
        line_control = 3,
        modem_control = 4,
        line_status = 5,
        scratch = 7,
    };

    static constexpr std::uint8_t eight_bits = 0x03;
    static constexpr std::uint8_t divisor_latch = 0x80;
    static constexpr std::uint8_t fifo_enable = 0x01;
    static constexpr std::uint8_t fifo_clear = 0x06;
    static constexpr std::uint8_t fifo_works = 0xc0;
    static constexpr std::uint8_t terminal_ready = 0x01;
    static constexpr std::uint8_t request_to_send = 0x02;
    static constexpr std::uint8_t holding_empty = 0x20;
    static constexpr std::uint8_t all_empty = 0x40;

    /// Sixteen characters take 1.4 ms; a read of the line status takes about 1 us on hardware, and about
    /// 280,000 instructions go by in an emulator that counts 200 million a second.
    static constexpr unsigned patience = 500'000;

    [[nodiscard]] std::uint8_t in(Register r) const { return Io::in8(static_cast<std::uint16_t>(base_ + r)); }
    void out(Register r, unsigned value) const {
        Io::out8(static_cast<std::uint16_t>(base_ + r), static_cast<std::uint8_t>(value));
    }

    /// Instructions between two looks: an emulator takes as long for a look as for dozens of others.
    static constexpr unsigned pauses = 32;

    /// Gives the port up when `status` does not come in time.
    [[nodiscard]] bool wait_for(std::uint8_t status) {
        for (unsigned poll = 0; present_ && poll < patience; ++poll) {
            if ((in(line_status)&status) != 0) {
                return true;
            }
#pragma GCC unroll 32
            for (unsigned n = 0; n < pauses; ++n) {
                asm volatile("pause");
            }
        }
        present_ = false;
        return false;
    }

    std::uint16_t base_;
    std::uint8_t burst_ = 1;
    std::uint8_t room_ = 0;
    bool present_ = false;
};

}  // namespace vmxspec::runtime
