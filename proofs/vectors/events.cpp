#include "proofs/vectors/family.hpp"

#include <fmt/format.h>

#include <array>

namespace vmxspec::vectors {

namespace {

constexpr std::uint64_t valid = 1ULL << 31, deliver_error_code = 1ULL << 11, interrupt_flag = 1ULL << 9;
constexpr std::uint64_t other_event = 7;  // SDM Table 27-18
/// Interruptibility (SDM Table 27-3): nothing, STI, MOV SS, both, SMI, NMI, NMI and STI.
constexpr std::array<std::uint64_t, 7> blockings{0, 1, 2, 3, 4, 8, 9};
/// Vectors at which rules or exceptions change: those with an error code and without, NMI, external.
constexpr std::array<std::uint64_t, 12> vectors{0, 1, 2, 3, 4, 8, 13, 14, 17, 18, 32, 255};

}  // namespace

void events(Collection& collection) {
    const State& s = collection.base().state();
    const std::size_t event = s.leaf("control.injected_event");
    const std::size_t error_code = s.leaf("control.injected_event_error_code");
    const std::size_t length = s.leaf("control.entry_instruction_length");
    const std::size_t activity = s.leaf("guest.activity");
    const std::size_t interruptibility = s.leaf("guest.interruptibility");
    const std::size_t rflags = s.leaf("guest.rflags");
    const auto offer = [&](std::uint64_t state, std::uint64_t info, std::uint64_t blocking, std::uint64_t flag,
                           std::uint64_t code, std::uint64_t bytes) {
        collection.offer(
            {fmt::format("event/{}/{:x}/{:x}/{}/{:x}/{}", state, info, blocking, flag != 0 ? 1 : 0, code, bytes),
             {{activity, state},
              {event, info},
              {interruptibility, blocking},
              {rflags, 2 | flag},
              {error_code, code},
              {length, bytes}},
             {}});
    };
    for (std::uint64_t state = 0; state < 4; ++state)
        for (const std::uint64_t blocking : blockings)
            for (const std::uint64_t flag : {std::uint64_t{0}, interrupt_flag}) offer(state, 0, blocking, flag, 0, 0);
    for (std::uint64_t type = 0; type <= other_event; ++type)
        for (const std::uint64_t vector : vectors) {
            if (type == other_event && vector > 1) continue;  // 0 is a pending MTF VM exit, 1 is no event
            for (const std::uint64_t with_code : {std::uint64_t{0}, deliver_error_code}) {
                const std::uint64_t info = valid | with_code | type << 8 | vector;
                for (std::uint64_t state = 0; state < 4; ++state)
                    for (const std::uint64_t flag : {std::uint64_t{0}, interrupt_flag})
                        offer(state, info, 0, flag, 0, 1);
                for (const std::uint64_t blocking : blockings) offer(0, info, blocking, interrupt_flag, 0, 1);
            }
        }
    // The error code's reserved bits, and lengths of instructions.
    for (unsigned bit = 0; bit < 32; ++bit) offer(0, valid | deliver_error_code | 3 << 8 | 13, 0, 0, 1ULL << bit, 0);
    for (const std::uint64_t type : {4ULL, 5ULL, 6ULL})
        for (std::uint64_t bytes = 0; bytes <= 16; ++bytes) offer(0, valid | type << 8 | 3, 0, 0, 0, bytes);
}

}  // namespace vmxspec::vectors
