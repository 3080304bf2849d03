#include "hv/nested/reflection.hpp"

#include "hv/nested/nested.hpp"
#include "hv/nested/to_l1.hpp"
#include "hv/nested/translation.hpp"
#include "hv/nested/vmcs02.hpp"

namespace vmxspec::hv {

void forget_written_by_l2(Processor& processor) {
    Nested& nested = *processor.nested;
    __builtin_memset(runtime::at<void>(nested.sink), 0xff, runtime::page_size);
    nested.ept02.close_sink([&](std::uint64_t pointer) { invalidate_ept(processor, pointer); });
}

void reflect(Processor& processor, Registers& registers) {
    Nested& nested = *processor.nested;
    if (nested.ept02.sink_is_open()) {
        forget_written_by_l2(processor);  // behind an EPT violation of L1's
    }
    save_to_vmcs12(nested);
    store_msrs(processor, registers);
    load_l1(processor, registers);
}

void reflect_as_it_is(Processor& processor, Registers& registers) {
    read_exited(*processor.nested);
    reflect(processor, registers);
}

}  // namespace vmxspec::hv
