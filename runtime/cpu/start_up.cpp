#include "runtime/cpu/start_up.hpp"

#include "runtime/io/port.hpp"

extern "C" {
// start_up_entry.S
extern const char vmxspec_start_up_begin[];      // NOLINT(*-avoid-c-arrays)
extern const char vmxspec_start_up_values[];     // NOLINT(*-avoid-c-arrays)
extern const char vmxspec_start_up_long_mode[];  // NOLINT(*-avoid-c-arrays)
extern const char vmxspec_start_up_gdt[];        // NOLINT(*-avoid-c-arrays)
extern const char vmxspec_arrival[];             // NOLINT(*-avoid-c-arrays)

/// Arrivals so far: each takes the next number.
constinit std::uint32_t vmxspec_arrivals = 0;
constinit std::array<const vmxspec::runtime::Errand*, vmxspec::runtime::most_arrivals> vmxspec_errands{};
}

namespace vmxspec::runtime {

namespace {

static_assert(most_arrivals == 63 && sizeof(Errand) == 3 * sizeof(void*));  // as in start_up_entry.S

/// What the code in the page wants to know; as in start_up_entry.S.
struct [[gnu::packed]] Values {
    std::uint16_t gdt_limit;
    std::uint32_t gdt_base;
    std::uint32_t page_tables;
    std::uint32_t efer;
    std::uint32_t long_mode_rip;
    std::uint16_t long_mode_cs;
    std::uint64_t arrival;
};

constexpr unsigned init_microseconds = 10'000, start_up_microseconds = 200;  // SDM 11.4.4.1
constexpr unsigned patience_microseconds = 100'000;

std::uint64_t offset(const char* label) { return static_cast<std::uint64_t>(label - vmxspec_start_up_begin); }

/// Waits until so many have arrived, or that long. \return whether they have
bool await(std::size_t count, unsigned microseconds) {
    for (unsigned n = 0; n < microseconds && arrivals() < count; ++n) {
        wait_microseconds(1);
    }
    return arrivals() >= count;
}

}  // namespace

StartUpPage::StartUpPage(PhysicalAddress page, std::uint64_t page_tables, std::uint64_t efer) : page_{page} {
    __builtin_memcpy(saved_.data(), at<void>(page), code_size);
    __builtin_memcpy(at<void>(page), vmxspec_start_up_begin, code_size);
    const auto low = [](std::uint64_t value) { return static_cast<std::uint32_t>(value); };
    const Values values{23,
                        low(raw(page) + offset(vmxspec_start_up_gdt)),
                        low(page_tables),
                        low(efer),
                        low(raw(page) + offset(vmxspec_start_up_long_mode)),
                        8,
                        reinterpret_cast<std::uintptr_t>(vmxspec_arrival)};
    __builtin_memcpy(at<char>(page) + offset(vmxspec_start_up_values), &values, sizeof values);
}

StartUpPage::~StartUpPage() { __builtin_memcpy(at<void>(page_), saved_.data(), code_size); }

std::uint32_t StartUpPage::start_up() const {
    return ipi::start_up | ipi::assert_level | static_cast<std::uint32_t>(raw(page_) / page_size);
}

std::size_t StartUpPage::start(const LocalApic& apic, std::span<const std::uint32_t> ids) const {
    const std::size_t before = arrivals();
    for (const std::uint32_t id : ids) {
        apic.send(ipi::init | ipi::assert_level, id);
    }
    wait_microseconds(init_microseconds);
    for (const std::uint32_t id : ids) {
        const std::size_t expected = arrivals() + 1;
        apic.send(start_up(), id);
        if (!await(expected, start_up_microseconds)) {
            apic.send(start_up(), id);
            if (!await(expected, patience_microseconds)) {
                apic.send(ipi::init | ipi::assert_level, id);  // so that it does not come later
            }
        }
    }
    return arrivals() - before;
}

std::size_t StartUpPage::start_all_others(const LocalApic& apic) const {
    const std::size_t before = arrivals();
    apic.send(ipi::to_all_others | ipi::init | ipi::assert_level);
    wait_microseconds(init_microseconds);
    apic.send(ipi::to_all_others | start_up());
    wait_microseconds(start_up_microseconds);
    apic.send(ipi::to_all_others | start_up());
    wait_microseconds(patience_microseconds);
    return arrivals() - before;
}

std::size_t arrivals() { return __atomic_load_n(&vmxspec_arrivals, __ATOMIC_ACQUIRE); }

void forget_arrivals() {
    vmxspec_errands.fill(nullptr);
    __atomic_store_n(&vmxspec_arrivals, 0, __ATOMIC_RELEASE);
}

void send_on(std::size_t n, const Errand& errand) { __atomic_store_n(&vmxspec_errands[n], &errand, __ATOMIC_RELEASE); }

std::optional<PhysicalAddress> start_up_page(std::span<const Region> usable) {
    constexpr std::uint64_t limit = 0xa0000;
    std::uint64_t best = 0;
    for (const Region& region : usable) {
        const std::uint64_t end = (region.end < limit ? region.end : limit) & ~(page_size - 1);
        if (end > page_size && end - page_size >= region.begin && end - page_size > best) {
            best = end - page_size;
        }
    }
    return best == 0 ? std::nullopt : std::optional{PhysicalAddress{best}};
}

void wait_microseconds(unsigned count) {
    constexpr std::uint16_t diagnostic_port = 0x80;
    for (unsigned n = 0; n < count; ++n) {
        Ports::out8(diagnostic_port, 0);
    }
}

}  // namespace vmxspec::runtime
