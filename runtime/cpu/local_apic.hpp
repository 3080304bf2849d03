/// The local APIC of the processor that executes this, in xAPIC or x2APIC mode (SDM 13.4, 13.12).
#pragma once

#include <cstdint>
#include <optional>

#include "runtime/cpu/msr.hpp"
#include "runtime/memory/address.hpp"

namespace vmxspec::runtime {

/// Registers by their offset in xAPIC mode (SDM table 13-1).
enum class ApicRegister : std::uint16_t {
    id = 0x20,
    version = 0x30,
    task_priority = 0x80,
    end_of_interrupt = 0xb0,
    logical_destination = 0xd0,  ///< written in xAPIC mode only
    destination_format = 0xe0,   ///< in xAPIC mode only
    spurious_interrupt_vector = 0xf0,
    in_service = 0x100,  ///< of vectors 31:0; seven more, 10H apart
    error_status = 0x280,
    lvt_cmci = 0x2f0,
    interrupt_command = 0x300,
    interrupt_command_high = 0x310,  ///< in xAPIC mode only
    lvt_timer = 0x320,
    lvt_thermal = 0x330,
    lvt_performance = 0x340,
    lvt_lint0 = 0x350,
    lvt_lint1 = 0x360,
    lvt_error = 0x370,
    initial_count = 0x380,
    divide_configuration = 0x3e0,
};

/// Interrupt commands (SDM figure 12-12), physical destination mode, edge.
namespace ipi {
inline constexpr std::uint32_t nmi = 0x400, init = 0x500, start_up = 0x600;  ///< delivery modes
inline constexpr std::uint32_t delivery_mode = 0x700;
inline constexpr std::uint32_t assert_level = 1U << 14;
inline constexpr std::uint32_t to_self = 1U << 18, to_all = 2U << 18, to_all_others = 3U << 18;
inline constexpr std::uint32_t shorthand = 3U << 18;
}  // namespace ipi

class LocalApic {
public:
    static constexpr std::uint32_t ia32_apic_base = 0x1b;
    static constexpr std::uint64_t is_boot_processor = 1U << 8, x2apic_mode = 1U << 10, globally_enabled = 1U << 11;

    /// As IA32_APIC_BASE tells; nothing if there is no local APIC, it is off, or its registers lie above 4 GiB.
    [[nodiscard]] static std::optional<LocalApic> current() {
        const std::uint64_t base = read_msr(ia32_apic_base).value_or(0);
        const std::uint64_t registers = base & ~(page_size - 1);
        if ((base & globally_enabled) == 0 || registers >= mapped_end) {
            return std::nullopt;
        }
        return LocalApic{(base & x2apic_mode) != 0, registers};
    }

    [[nodiscard]] bool in_x2apic_mode() const { return x2apic_; }

    /// Where the registers are in xAPIC mode.
    [[nodiscard]] PhysicalAddress page() const { return PhysicalAddress{registers_}; }

    [[nodiscard]] std::uint32_t read(ApicRegister which) const {
        if (x2apic_) {
            return static_cast<std::uint32_t>(read_msr(msr_of(which)).value_or(0));
        }
        return *place_of(which);
    }

    /// A register that the mode does not have stays as it is.
    void write(ApicRegister which, std::uint32_t value) const {
        if (x2apic_) {
            static_cast<void>(write_msr(msr_of(which), value));
        } else {
            *place_of(which) = value;
        }
    }

    [[nodiscard]] std::uint32_t id() const {
        constexpr unsigned xapic_place = 24;
        return x2apic_ ? read(ApicRegister::id) : read(ApicRegister::id) >> xapic_place;
    }

    /// Whether an IPI can name that processor.
    [[nodiscard]] bool reaches(std::uint32_t id) const {
        constexpr std::uint32_t xapic_broadcast = 0xff, x2apic_broadcast = 0xffff'ffff;
        return id < (x2apic_ ? x2apic_broadcast : xapic_broadcast);
    }

    /// Sends an IPI, when an earlier one has been delivered or a while has gone by.
    /// \param id  of the destination; means nothing with a shorthand
    void send(std::uint32_t command, std::uint32_t id = 0) const {
        constexpr std::uint32_t delivery_pending = 1U << 12;
        constexpr unsigned patience = 100'000, xapic_place = 24, high_half = 32;
        if (x2apic_) {
            static_cast<void>(
                write_msr(msr_of(ApicRegister::interrupt_command), std::uint64_t{id} << high_half | command));
            return;
        }
        for (unsigned n = 0; n < patience && (read(ApicRegister::interrupt_command) & delivery_pending) != 0; ++n) {
        }
        write(ApicRegister::interrupt_command_high, id << xapic_place);
        write(ApicRegister::interrupt_command, command);
    }

private:
    constexpr LocalApic(bool x2apic, std::uint64_t registers) : x2apic_{x2apic}, registers_{registers} {}

    /// The MSR that is the register in x2APIC mode (SDM table 13-6).
    [[nodiscard]] static constexpr std::uint32_t msr_of(ApicRegister which) {
        return 0x800 + (static_cast<std::uint32_t>(which) >> 4);
    }
    [[nodiscard]] volatile std::uint32_t* place_of(ApicRegister which) const {
        return at<volatile std::uint32_t>(PhysicalAddress{registers_ + static_cast<std::uint64_t>(which)});
    }

    bool x2apic_;
    std::uint64_t registers_;
};

}  // namespace vmxspec::runtime
