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
        (S<1, "RDMSR reads what the MSR table does not list">,           unlisted_readable));
};
// clang-format on

}  // namespace vmxspec
