/// Real mode: its own interrupts, and what causes VM exits there.
#include <algorithm>
#include <array>

#include "hv/demo/features.hpp"
#include "hv/demo/legacy.hpp"
#include "runtime/cpu/msr.hpp"
#include "runtime/io/console.hpp"

extern "C" {
// real_mode.S
extern const char vmxspec_demo_real_begin[];  // NOLINT(*-avoid-c-arrays)
extern const char vmxspec_demo_real_stubs[];  // NOLINT(*-avoid-c-arrays)
extern const char vmxspec_demo_real_end[];    // NOLINT(*-avoid-c-arrays)
extern const char vmxspec_demo_real_done[];   // NOLINT(*-avoid-c-arrays)
}

namespace vmxspec::demo {

namespace {

using runtime::console;
using runtime::Decimal;
using runtime::Hex;
using runtime::print;

constexpr std::uint16_t ud = 6, gp = 13, db = 1, software = 0x45;
constexpr std::size_t trial_offset = 0x800, code_offset = 0xb00, table_offset = 0x1000, vectors = 0x50, stub_size = 8;
constexpr std::uint16_t stack_top = 0xff0, segment = low_base >> 4;

struct RealEvent {
    std::uint16_t vector, ip, cs, flags;
    std::uint32_t dr6;
    std::uint16_t sp;  ///< behind FLAGS, CS and IP: there is no error code
    std::uint16_t unused;
};
static_assert(sizeof(RealEvent) == 16);

/// As real_mode.S knows it.
struct RealTrial {
    std::uint16_t flags, code;
    std::uint32_t eax, ecx, edx, ebx;
    std::uint16_t count, unused;
    std::array<RealEvent, 16> events;
};
static_assert(offsetof(RealTrial, events) == 24);

/// Executes in real mode, up to the first #UD or #GP.
[[nodiscard]] RealTrial run_real(const Code& code, RealTrial trial, std::uint32_t& end_vector, std::uint32_t& end_eip) {
    const auto offset_of = [](const char* label) {
        return static_cast<std::uint32_t>(label - vmxspec_demo_real_begin);
    };
    __builtin_memcpy(LowMemory::low(0), vmxspec_demo_real_begin, offset_of(vmxspec_demo_real_end));
    for (std::uint32_t n = 0; n < vectors; ++n) {
        const std::uint32_t entry =
            std::uint32_t{segment} << 16 | (offset_of(vmxspec_demo_real_stubs) + n * std::uint32_t{stub_size});
        __builtin_memcpy(LowMemory::low(table_offset + n * sizeof entry), &entry, sizeof entry);
    }
    __builtin_memcpy(LowMemory::low(code_offset), code.bytes.data(), code.size);
    LowMemory::low(code_offset + code.size)[0] = 0x0f;
    LowMemory::low(code_offset + code.size)[1] = 0x0b;
    trial.code = code_offset;
    __builtin_memcpy(LowMemory::low(trial_offset), &trial, sizeof trial);
    LegacyTrial trip = legacy_trial_at(0);
    trip.cs = legacy_selector::code16;
    trip.ds = trip.es = legacy_selector::data16;
    run(trip);
    end_vector = trip.last().vector;
    end_eip = trip.last().eip;
    __builtin_memcpy(&trial, LowMemory::low(trial_offset), sizeof trial);
    return trial;
}

struct Row {
    std::string_view name;
    Code code;
    std::uint32_t eax, ecx, edx;
    std::uint16_t vector;  ///< 0: nothing
};

// MOV to CR0 gets what CR0 is, with the bits of EAX here turned. With operand size 32 bits where there is one.
constexpr std::array rows{
    Row{"CPUID", {0x0f, 0xa2}, 0, 0, 0, 0},
    Row{"RDMSR", {0x0f, 0x32}, 0, msr::ia32_sysenter_eip, 0, 0},
    Row{"WRMSR of a bad value", {0x0f, 0x30}, msr::bad_type, msr::ia32_mtrr_def_type, 0, gp},
    Row{"MOV to CR0, NE", {0x0f, 0x22, 0xc0}, cr0::ne, 0, 0, 0},
    Row{"MOV to CR0, NE and PG", {0x0f, 0x22, 0xc0}, cr0::ne | 1U << 31, 0, 0, gp},
    Row{"LMSW", {0x0f, 0x01, 0xf0}, 8, 0, 0, 0},
    Row{"CLTS", {0x0f, 0x06}, 0, 0, 0, 0},
    Row{"VMXOFF", {0x0f, 0x01, 0xc4}, 0, 0, 0, ud},
    Row{"VMCALL", {0x0f, 0x01, 0xc1}, 0, 0, 0, ud},
    Row{"GETSEC", {0x0f, 0x37}, 0, 0, 0, ud},
    Row{"WBINVD", {0x0f, 0x09}, 0, 0, 0, 0},
    Row{"INT 45H", {0xcd, software}, 0, 0, 0, software},
};

void say(std::string_view what, const RealTrial& trial) {
    print(console, "  ", what, ", saw:\n");
    for (std::size_t n = 0; n < std::min<std::size_t>(trial.count, trial.events.size()); ++n) {
        const RealEvent& event = trial.events[n];
        print(console, "    vector ", Decimal{event.vector}, ", IP ", Hex{event.ip}, "H, CS ", Hex{event.cs},
              "H, FLAGS ", Hex{event.flags}, "H, SP ", Hex{event.sp}, "H, DR6 ", Hex{event.dr6}, "H\n");
    }
}

/// In single steps. INT turns them off on its way, and IRET on again: the step over INT shows behind NOP.
void check_instructions(Account& account) {
    const LowMemory low_memory;
    constexpr Code two_nops{0x90, 0x90};
    constexpr std::uint32_t dr6_single_step = 0xffff'4ff0;
    const std::uint32_t cr0_there = legacy_trial_at(0).cr0 & ~std::uint32_t{cr0::pe};
    for (const Row& row : rows) {
        RealTrial trial{};
        trial.flags = static_cast<std::uint16_t>(rflags_always | rflags_tf);
        trial.eax = row.code.bytes[1] == 0x22 ? cr0_there ^ row.eax : row.eax;
        trial.ecx = row.ecx;
        trial.edx = row.edx;
        std::uint32_t end_vector = 0, end_eip = 0;
        trial = run_real(row.code + two_nops, trial, end_vector, end_eip);
        std::array<std::pair<std::uint16_t, std::uint16_t>, 4> wanted{};
        const auto behind = static_cast<std::uint16_t>(code_offset + row.code.size);
        std::size_t count = 0;
        if (row.vector == ud || row.vector == gp) {
            wanted[count++] = {row.vector, static_cast<std::uint16_t>(code_offset)};
        } else {
            wanted[count++] = {row.vector == 0 ? db : row.vector, behind};
            wanted[count++] = {db, static_cast<std::uint16_t>(behind + 1)};
            wanted[count++] = {db, static_cast<std::uint16_t>(behind + 2)};
            wanted[count++] = {ud, static_cast<std::uint16_t>(behind + 2)};
        }
        bool same = trial.count == count && end_vector == ud &&
                    end_eip == static_cast<std::uint32_t>(reinterpret_cast<std::uint64_t>(vmxspec_demo_real_done));
        for (std::size_t n = 0; same && n < count; ++n) {
            const RealEvent& seen = trial.events[n];
            same = seen.vector == wanted[n].first && seen.ip == wanted[n].second && seen.cs == segment &&
                   seen.sp == stack_top && (seen.vector != db || seen.dr6 == dr6_single_step);
        }
        if (!same) {
            account.fail();
            say(row.name, trial);
        }
        account.expect("EBX by CPUID", row.name != "CPUID" || trial.ebx == 0x756e'6547 ? 1 : 0, 1);
    }
}

constexpr std::array checks{
    Check{"real mode: instructions and interrupts, in single steps", check_instructions},
};

}  // namespace

const std::span<const Check> real_mode_checks{checks};

}  // namespace vmxspec::demo
