/// Other processors: started by INIT and start-up IPIs (SDM 11.4), brought into 64-bit mode, and held until somebody
/// has something for them to do.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "runtime/cpu/local_apic.hpp"
#include "runtime/memory/address.hpp"

namespace vmxspec::runtime {

/// What a processor that has arrived is to do: a call that does not return, on a stack of its own, which ends on a
/// multiple of 16. Interrupts are off, and descriptor tables are not there until it loads some.
struct Errand {
    void* stack_end;
    void (*function)(void* argument);
    void* argument;
};

/// Processors besides the first that can be held.
inline constexpr std::size_t most_arrivals = 63;

/// The page at which processors begin. It holds their first code while this object lives, and then again what it held
/// before.
class StartUpPage {
public:
    /// \param page         below 640 KiB, and not page 0; paging structures at CR3 map it to itself, executable
    /// \param page_tables  for CR3, below 4 GiB
    /// \param efer         for IA32_EFER, with LME
    StartUpPage(PhysicalAddress page, std::uint64_t page_tables, std::uint64_t efer);
    ~StartUpPage();
    StartUpPage(const StartUpPage&) = delete;
    StartUpPage& operator=(const StartUpPage&) = delete;

    /// Starts the processors of those APIC IDs, and waits until all have arrived, or 100 ms longer than they need.
    /// Who has not arrived then is in the wait-for-SIPI state, if it obeys an INIT. \return how many have arrived
    std::size_t start(const LocalApic& apic, std::span<const std::uint32_t> ids) const;

    /// Starts all processors but this one, and waits 100 ms for them. \return how many have arrived
    std::size_t start_all_others(const LocalApic& apic) const;

private:
    [[nodiscard]] std::uint32_t start_up() const;

    static constexpr std::size_t code_size = 256;  // start_up_entry.S

    PhysicalAddress page_;
    std::array<std::byte, code_size> saved_;
};

/// Processors that have arrived, those that are too many included.
[[nodiscard]] std::size_t arrivals();

/// The next processor to arrive is number 0 again: all that have arrived have been sent on, or are lost.
void forget_arrivals();

/// Lets arrival number `n`, from 0 on, go. The errand stays where it is.
void send_on(std::size_t n, const Errand& errand);

/// A page below 640 KiB that is free in the memory map, the highest; nothing if there is none.
[[nodiscard]] std::optional<PhysicalAddress> start_up_page(std::span<const Region> usable);

/// Waits that many microseconds at least, on hardware: by accesses of port 80H, which take about one each.
void wait_microseconds(unsigned count);

}  // namespace vmxspec::runtime
