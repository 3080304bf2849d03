/// The probe: puts every vector to the processor and reports what it did.
#include "runtime/boot/kernel.hpp"
#include "runtime/cpu/vmx_operation.hpp"
#include "tests/bochs/probe/experiment.hpp"
#include "tests/bochs/probe/memory.hpp"
#include "tests/bochs/probe/trace.hpp"
#include "tests/bochs/probe/vector.hpp"

namespace vmxspec::runtime {

void kernel_main(const BootInformation& boot, PageAllocator& pages) {
    if (const auto refusal = enter_vmx_operation(probe::zeroed_page(pages))) {
        refuse(sentence(*refusal));
    }
    probe::Experiment experiment{pages, boot.usable()};
    probe::Trace trace;
    probe::Account account;
    trace.begin();
    for (const probe::Vector& vector : probe::vectors()) {
        experiment.run(vector, trace, account);
    }
    account.close();
    trace.end(probe::vectors().size());
}

}  // namespace vmxspec::runtime
