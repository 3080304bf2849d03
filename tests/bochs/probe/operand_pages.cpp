#include "tests/bochs/probe/operand_pages.hpp"

#include "tests/bochs/probe/memory.hpp"

namespace vmxspec::probe {

namespace {

using runtime::at;
using runtime::raw;

constexpr std::uint64_t vtpr_offset = 0x80;
constexpr std::array pdptes{Condition::pdpte0, Condition::pdpte1, Condition::pdpte2, Condition::pdpte3};

[[nodiscard]] bool has_pdpte(const Conditions& conditions) {
    for (const Condition one : pdptes) {
        if (conditions.has(one)) {
            return true;
        }
    }
    return false;
}

void write_area(runtime::PhysicalAddress page, std::span<const MsrEntry> area) {
    __builtin_memcpy(at<void>(page), area.data(), area.size_bytes());
}

}  // namespace

OperandPages::OperandPages(runtime::PageAllocator& pages)
    : entry_msr_load_{zeroed_page(pages)},
      exit_msr_store_{zeroed_page(pages)},
      exit_msr_load_{zeroed_page(pages)},
      link_{zeroed_page(pages)},
      pdpt_{zeroed_page(pages)} {}

void OperandPages::describe(VmcsImage& image, const Trial& trial) const {
    image.set(Field::entry_msr_load_count, trial.entry_msr_load.size());
    image.set(Field::entry_msr_load_address, raw(entry_msr_load_));
    image.set(Field::exit_msr_store_count, trial.exit_msr_store.size());
    image.set(Field::exit_msr_store_address, raw(exit_msr_store_));
    image.set(Field::exit_msr_load_count, trial.exit_msr_load.size());
    image.set(Field::exit_msr_load_address, raw(exit_msr_load_));
    if (trial.conditions.has(Condition::link)) {
        image.set(Field::vmcs_link_pointer, raw(link_));
    }
    if (has_pdpte(trial.conditions)) {
        image.set(Field::guest_cr3, raw(pdpt_));
    }
}

void OperandPages::write(const Trial& trial, std::optional<runtime::PhysicalAddress> virtual_apic) const {
    write_area(entry_msr_load_, trial.entry_msr_load);
    write_area(exit_msr_store_, trial.exit_msr_store);
    write_area(exit_msr_load_, trial.exit_msr_load);
    const Conditions& conditions = trial.conditions;
    if (conditions.has(Condition::link)) {
        *at<std::uint32_t>(link_) = static_cast<std::uint32_t>(conditions.value(Condition::link));
    }
    if (has_pdpte(conditions)) {
        for (std::size_t n = 0; n < pdptes.size(); ++n) {
            at<std::uint64_t>(pdpt_)[n] = conditions.value(pdptes[n]);
        }
    }
    if (conditions.has(Condition::vtpr) && virtual_apic) {
        *at<std::uint8_t>(runtime::PhysicalAddress{raw(*virtual_apic) + vtpr_offset}) =
            static_cast<std::uint8_t>(conditions.value(Condition::vtpr));
    }
}

}  // namespace vmxspec::probe
