/// Pages of memory that fields of a vector point to.
#pragma once

#include "runtime/memory/page_allocator.hpp"
#include "tests/bochs/probe/vector.hpp"
#include "tests/bochs/probe/vmcs_image.hpp"

namespace vmxspec::probe {

class OperandPages {
public:
    /// Takes the pages; refuses to go on without them.
    explicit OperandPages(runtime::PageAllocator& pages);

    /// The pages, by the names that a trace has for them: visit(name, address).
    template <class Visit>
    void each(Visit visit) const {
        visit("entry-load", entry_msr_load_);
        visit("exit-store", exit_msr_store_);
        visit("exit-load", exit_msr_load_);
        visit("link", link_);
        visit("pdpt", pdpt_);
    }

    /// Fields that point to the pages: of the areas in every case, of other operands where the trial asks for their
    /// contents.
    void describe(VmcsImage& image, const Trial& trial) const;

    /// Writes what the trial wants in memory; VTPR where the processor has a virtual-APIC page.
    void write(const Trial& trial, std::optional<runtime::PhysicalAddress> virtual_apic) const;

private:
    runtime::PhysicalAddress entry_msr_load_;
    runtime::PhysicalAddress exit_msr_store_;
    runtime::PhysicalAddress exit_msr_load_;
    runtime::PhysicalAddress link_;
    runtime::PhysicalAddress pdpt_;
};

}  // namespace vmxspec::probe
