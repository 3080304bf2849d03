#include "hv/nested/nested.hpp"

#include <new>
#include <string_view>

#include "hv/check/live_state.hpp"
#include "hv/l1/exit.hpp"
#include "hv/l1/machine.hpp"
#include "hv/l1/vmcs.hpp"
#include "hv/nested/shadow02.hpp"
#include "hv/nested/shadow_vmcs.hpp"
#include "hv/nested/to_l1.hpp"
#include "hv/nested/translation.hpp"
#include "hv/trace/entry_trace.hpp"
#include "runtime/boot/kernel.hpp"
#include "runtime/cpu/cpuid.hpp"
#include "runtime/cpu/msr.hpp"
#include "runtime/cpu/vmx.hpp"
#include "runtime/cpu/vmx_operation.hpp"

namespace vmxspec::hv {

namespace {

/// Pages for EPT02s.
constexpr std::size_t ept02_pages = 96;

[[nodiscard]] runtime::PhysicalAddress pages(std::size_t count) {
    const auto taken = machine.pool.take(count);
    if (!taken) {
        runtime::refuse(
            "the hypervisor has too little memory of its own for VMX of the guest: nested=off does without");
    }
    return *taken;
}

[[nodiscard]] std::uint64_t read_if_there(std::uint32_t encoding) {
    const runtime::VmxValue read = runtime::vmread(encoding);
    return read.outcome == runtime::VmxOutcome::succeed ? read.value : 0;
}

/// The processor and VMCS01, as far as VMCS02 follows from them.
void read_level0(Nested& nested) {
    auto& level0 = nested.level0;
    generated::each_real_msr(
        level0, [](std::uint32_t index, std::uint64_t& member) { member = runtime::read_msr(index).value_or(0); });
    generated::each_vmcs01_field(
        level0, [](std::uint32_t encoding, std::uint64_t& member) { member = read_if_there(encoding); });
    level0.vmcs01_host_rip = reinterpret_cast<std::uint64_t>(&vmxspec_l2_exit);
    level0.msr_bitmap = raw(nested.msr_bitmap);
    level0.vpid = l2_vpid;
}

/// The state machine has the capabilities that the checks have: the same leaves of the specification.
void copy_leaves(State from, InstructionState& to) {
    constexpr std::size_t most_leaves = 400;  // those of the state machine come first
    std::array<std::uint64_t, most_leaves> values{};
    generated::each_leaf(from, [&](const char*, unsigned leaf, const auto& member) {
        if (leaf < most_leaves) {
            values[leaf] = static_cast<std::uint64_t>(member);
        }
    });
    generated::each_leaf(to, [&](const char*, unsigned leaf, auto& member) {
        member = static_cast<std::remove_reference_t<decltype(member)>>(values[leaf]);
    });
}

/// Rules that read what may differ from one VM entry to the next besides fields.
void find_rules(Nested& nested) {
    // These never change here: L1 is not in SMM, not in SEAM, in VMX root operation, and has no Intel PT to be traced
    // by.
    constexpr std::array<std::string_view, 5> constant{"before.in_smm", "before.in_seam", "before.trace_enabled",
                                                       "before.in_vmx_operation", "before.non_root"};
    for (const generated::CheckInput& input : generated::check_inputs) {
        const std::string_view name = input.name;
        bool changes = true;
        for (const std::string_view one : constant) {
            changes = changes && name != one;
        }
        if (name.starts_with("memory.")) {
            nested.rules_of_memory.insert(input.rules);
        } else if (name.starts_with("before.") && changes) {
            nested.rules_of_processor.insert(input.rules);
        }
    }
}

void offer(Nested& nested) {
    static_cast<State&>(nested.vmcs12) = read_processor();
    generated::each_msr(nested.vmcs12, [&](std::uint32_t index, std::uint64_t& member) {
        generated::offered::each_msr(nested.level0, [&](std::uint32_t offered, std::uint64_t value) {
            member = offered == index ? value : member;
        });
    });
    copy_leaves(nested.vmcs12, nested.machine);
    nested.machine.before_current_vmcs = no_vmcs;
    nested.machine.machine_feature_control = runtime::feature_control_lock | runtime::feature_control_vmxon_outside_smx;
    nested.fields.build(nested.level0);
    find_rules(nested);
    nested.existing = generated::vmcs02::existing_rows(nested.level0);
}

void make_ept02(Processor& processor) {
    Nested& nested = *processor.nested;
    const std::uint64_t capability = nested.vmcs12.capability_ept_vpid;
    const Ept12Rules rules{static_cast<unsigned>(nested.vmcs12.processor_maxphyaddr), (capability & 1) != 0,
                           (capability >> 16 & 1) != 0, (capability >> 17 & 1) != 0};
    const std::uint64_t structures = raw(nested.ept02_memory);
    nested.ept02 = Ept02{machine.image.all, nested.sink, rules, processor.controls.ept_pages,
                         PagePool{{structures, structures + ept02_pages * runtime::page_size}}};
}

}  // namespace

bool offered_capability(const Nested& nested, std::uint32_t index, std::uint64_t& value) {
    // MSRs that exist only with a control (SDM appendix A).
    const Vmcs12& v = nested.vmcs12;
    constexpr std::uint64_t ept_or_vpid = std::uint64_t{0x22} << 32, functions = std::uint64_t{1} << 45;
    const bool secondary = (v.capability_proc >> 63) != 0;
    const bool exact = (v.capability_basic >> 55 & 1) != 0;
    bool exists = false;
    switch (index) {
        case 0x48b: exists = secondary; break;
        case 0x48c: exists = secondary && (v.capability_proc2 & ept_or_vpid) != 0; break;
        case 0x48d:
        case 0x48e:
        case 0x48f:
        case 0x490: exists = exact; break;
        case 0x491: exists = secondary && (v.capability_proc2 & functions) != 0; break;
        case 0x492: exists = v.capability_proc3 != 0; break;
        case 0x493: exists = v.capability_exit2 != 0; break;
        default: exists = true;
    }
    bool found = false;
    generated::offered::each_msr(nested.level0, [&](std::uint32_t known, std::uint64_t offered) {
        if (known == index) {
            value = offered;
            found = true;
        }
    });
    return exists && found;
}

Nested* reserve_nested(std::uint32_t processor) {
    auto* const nested =
        new (runtime::at<void>(pages((sizeof(Nested) + runtime::page_size - 1) / runtime::page_size))) Nested;
    nested->vmcs02 = pages(1);
    nested->msr_bitmap = pages(1);
    nested->sink = pages(1);
    nested->ept02_memory = pages(ept02_pages);
    nested->trace = nullptr;
    if (machine.options.trace != TracePort::none) {
        nested->trace = new (runtime::at<void>(pages(entry_trace_pages))) EntryTrace{processor};
    }
    for (auto* const page :
         {&nested->shadow.vmcs, &nested->shadow.vmread_bitmap, &nested->shadow.vmwrite_bitmap, &nested->shadow02.vmcs,
          &nested->shadow02.vmread_bitmap, &nested->shadow02.vmwrite_bitmap}) {
        *page = pages(1);
    }
    return nested;
}

void begin_nested(Processor& processor) {
    constexpr std::uint32_t extended_features = 0x8000'0001, one_gib = 1U << 26;  // EDX
    Nested* const nested = processor.nested;
    __builtin_memset(runtime::at<void>(nested->sink), 0xff, runtime::page_size);
    read_level0(*nested);
    offer(*nested);
    nested->one_gib_pages = (runtime::cpuid(extended_features).edx & one_gib) != 0;
    make_ept02(processor);
    *runtime::at<std::uint32_t>(nested->vmcs02) = runtime::vmcs_revision();
    begin_shadowing(processor);
    begin_shadowing_for_l2(*nested);
    make_current(processor.vmcs);
    if (runtime::vmclear(nested->vmcs02) != runtime::VmxOutcome::succeed) {
        runtime::refuse("VMCLEAR of the second VMCS has failed");
    }
}

}  // namespace vmxspec::hv
