#include "hv/nested/nested.hpp"

#include <new>

#include "hv/l1/machine.hpp"
#include "hv/l1/vmcs.hpp"
#include "hv/nested/capabilities.hpp"
#include "hv/nested/controls12.hpp"
#include "runtime/boot/kernel.hpp"
#include "runtime/cpu/cpuid.hpp"
#include "runtime/cpu/vmx.hpp"
#include "runtime/cpu/vmx_operation.hpp"

namespace vmxspec::hv {

namespace {

/// Pages for EPT02s: four contexts.
constexpr std::size_t ept02_pages = 160;

[[nodiscard]] runtime::PhysicalAddress pages(std::size_t count) {
    const auto taken = machine.pool.take(count);
    if (!taken) {
        runtime::refuse("the hypervisor has too little memory of its own for VMX of the guest: try nested=off");
    }
    return *taken;
}

/// The state machine's capabilities are those that the checks have: the same leaves of the specification.
void copy_leaves(const State& from, InstructionState& to) {
    constexpr std::size_t most_leaves = 512;
    std::array<std::uint64_t, most_leaves> values{};
    State source = from;
    generated::each_leaf(source, [&](const char*, unsigned leaf, const auto& member) {
        values[leaf] = static_cast<std::uint64_t>(member);
    });
    generated::each_leaf(to, [&](const char*, unsigned leaf, auto& member) {
        member = static_cast<std::remove_reference_t<decltype(member)>>(values[leaf]);
    });
}

void find_fields(Nested& nested) {
    constexpr std::uint64_t encodings = 0x8000;
    for (std::uint64_t encoding = 0; encoding < encodings; encoding += 2) {
        if (offered_field(nested.entry_state, encoding)) {
            nested.fields.add(place_of(encoding));
        }
    }
}

}  // namespace

void begin_nested(Processor& processor) {
    constexpr std::uint64_t feature_control = runtime::feature_control_lock | runtime::feature_control_vmxon_outside_smx;
    constexpr std::uint32_t extended_features = 0x8000'0001, one_gib = 1U << 26;  // EDX
    auto* const nested = new (runtime::at<void>(pages((sizeof(Nested) + runtime::page_size - 1) / runtime::page_size)))
        Nested;
    nested->entry_state = read_processor();
    const State real = nested->entry_state;
    offer_capabilities(nested->entry_state);
    copy_leaves(nested->entry_state, nested->machine);
    nested->machine.before_current_vmcs = no_vmcs;
    nested->machine.machine_feature_control = feature_control;
    find_fields(*nested);
    nested->one_gib_pages = (runtime::cpuid(extended_features).edx & one_gib) != 0;
    nested->saves_timer = (real.capability_exit >> 32 & exit::save_preemption_timer) != 0;
    nested->has_bndcfgs = (real.capability_entry >> 32 & entry::load_bndcfgs) != 0;
    nested->vmcs02 = pages(1);
    nested->msr_bitmap = pages(1);
    nested->sink = pages(1);
    __builtin_memset(runtime::at<void>(nested->sink), 0xff, runtime::page_size);
    const Ept12Rules rules{static_cast<unsigned>(real.processor_maxphyaddr),
                           (nested->entry_state.capability_ept_vpid & 1) != 0,
                           (nested->entry_state.capability_ept_vpid >> 16 & 1) != 0,
                           (nested->entry_state.capability_ept_vpid >> 17 & 1) != 0};
    const auto structures = pages(ept02_pages);
    nested->ept02 = Ept02{machine.image.all, nested->sink, rules, processor.controls.ept_pages,
                          PagePool{{raw(structures), raw(structures) + ept02_pages * runtime::page_size}}};
    *runtime::at<std::uint32_t>(nested->vmcs02) = runtime::vmcs_revision();
    if (runtime::vmclear(nested->vmcs02) != runtime::VmxOutcome::succeed) {
        runtime::refuse("VMCLEAR of the second VMCS has failed");
    }
    processor.nested = nested;
}

}  // namespace vmxspec::hv
