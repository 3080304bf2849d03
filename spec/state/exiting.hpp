// What a VM exit, or a failed VM entry, reads besides the VMCS and the processor: the logical processor when it begins.
#pragma once

#include "spec/state/formats_register.hpp"

namespace vmxspec {

// clang-format off
/// The logical processor when a VM exit begins; memory at the host's CR3; what an entry failure reported.
template <class I>
struct Exiting {
    template <unsigned Width, Text Name, template <class> class Format = Plain>
    using S = typename I::template state<Width, Name, Format>;
    BOOST_HANA_DEFINE_STRUCT(Exiting,
        (S<64, "CR0 at VM exit", Cr0>,                                   cr0),
        (S<64, "CR3 at VM exit">,                                        cr3),
        (S<64, "CR4 at VM exit", Cr4>,                                   cr4),
        (S<64, "IA32_EFER at VM exit", Efer>,                            efer),
        (S<1, "the VM exit ends in SMM">,                                ends_in_smm),
        (S<1, "an NMI causes the VM exit directly">,                     by_nmi),
        (S<64, "PDPTE0 in memory at host CR3", Pdpte>,                   pdpte0),
        (S<64, "PDPTE1 in memory at host CR3", Pdpte>,                   pdpte1),
        (S<64, "PDPTE2 in memory at host CR3", Pdpte>,                   pdpte2),
        (S<64, "PDPTE3 in memory at host CR3", Pdpte>,                   pdpte3),
        (S<16, "basic exit reason of the entry failure">,                failure_reason),
        (S<64, "exit qualification of the entry failure">,               failure_qualification),
        (S<1, "RDMSR reads what the MSR table does not list">,           unlisted_readable),
        // What caused the exit (SDM 30.2).
        (S<16, "basic exit reason of the VM exit">,                      reason),
        (S<1, "the VM exit left a shadow stack prematurely busy">,       busy_shadow_stack),
        (S<1, "a bus lock was asserted">,                                bus_lock),
        (S<1, "in enclave mode at VM exit">,                             enclave),
        (S<1, "the cause of the VM exit has a qualification">,           has_qualification),
        (S<64, "qualification of the cause">,                            qualification),
        (S<1, "an exception, NMI or acknowledged interrupt exits">,      by_event),
        (S<8, "vector of the exiting event">,                            event_vector),
        (S<3, "type of the exiting event">,                              event_type),
        (S<1, "the exiting event has an error code">,                    event_has_error_code),
        (S<32, "error code of the exiting event">,                       event_error_code),
        (S<1, "the exiting event is nested in a FRED event delivery">,   event_nested),
        (S<1, "IRET unblocked NMIs before the VM exit">,                 iret_unblocked_nmi),
        (S<1, "the VM exit occurs during event delivery">,               in_delivery),
        (S<1, "that event is delivered by FRED">,                        delivery_by_fred),
        (S<8, "vector of the event in delivery">,                        original_vector),
        (S<3, "type of the event in delivery">,                          original_type),
        (S<1, "the event in delivery has an error code">,                original_has_error_code),
        (S<32, "error code of the event in delivery">,                   original_error_code),
        (S<1, "the event in delivery is nested in another">,             original_nested),
        (S<64, "event data of the event in delivery">,                   original_data));
};
// clang-format on

}  // namespace vmxspec
