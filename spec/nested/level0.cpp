#include "spec/nested/level0.hpp"

#include <algorithm>

namespace vmxspec::nested {

namespace {

template <unsigned W>
Bits<W> word(State& s, const char* name, const char* manual_name) {
    const std::size_t* known = s.find(name);
    return {&s.graph(), s.node(known != nullptr ? *known : s.add_leaf(name, manual_name, W))};
}

Bool truth(State& s, const char* name, const char* manual_name) {
    const std::size_t* known = s.find(name);
    return {&s.graph(), s.node(known != nullptr ? *known : s.add_leaf(name, manual_name, 0))};
}

/// Copies of the leaves that `chosen` takes, named after them in another area.
template <class Chosen>
View copies(State& s, const std::string& area, Chosen chosen) {
    View view{s.graph()};
    for (std::size_t n = 0, count = s.leaves().size(); n < count; ++n) {
        std::string name = s.leaves()[n].name;
        if (!chosen(name)) continue;
        if (name.starts_with("capability.")) name = name.substr(name.find('.') + 1);
        std::ranges::replace(name, '.', '_');
        view.put(n, s.node(copy_of(s, n, area + "." + name)));
    }
    return view;
}

bool is_capability(const std::string& name) { return name.starts_with("capability."); }

/// Fields of VMCS01 that rows read: what VMCS02 has in common with it.
bool is_read_of_vmcs01(const std::string& name) {
    constexpr std::array<std::string_view, 12> others{"control.pin",
                                                      "control.proc",
                                                      "control.proc2",
                                                      "control.exit",
                                                      "control.entry",
                                                      "control.exit2",
                                                      "control.exception_bitmap",
                                                      "control.xss_exiting_bitmap",
                                                      "guest.dr7",
                                                      "guest.debugctl",
                                                      "guest.pat",
                                                      "guest.interruptibility"};
    return name.starts_with("host.") || std::ranges::find(others, name) != others.end();
}

}  // namespace

std::size_t copy_of(State& s, std::size_t leaf, const std::string& name) {
    const std::size_t* known = s.find(name);
    return known != nullptr ? *known : s.add_copy(leaf, name);
}

Level0::Level0(State& s)
    : real{copies(s, "real", is_capability)},
      vmcs01{copies(s, "vmcs01", is_read_of_vmcs01)},
      vmcs02{word<64>(s, "l0.vmcs02", "address of VMCS02")},
      io_bitmap_a{word<64>(s, "l0.io_bitmap_a", "L0's address of I/O bitmap A")},
      io_bitmap_b{word<64>(s, "l0.io_bitmap_b", "L0's address of I/O bitmap B")},
      msr_bitmap{word<64>(s, "l0.msr_bitmap", "L0's address of MSR bitmaps")},
      shadow_vmcs{word<64>(s, "l0.shadow_vmcs", "address of the shadow VMCS of VMCS02")},
      link_word{word<32>(s, "l0.link_word", "first word of the shadow VMCS of VMCS02")},
      vmread_bitmap{word<64>(s, "l0.vmread_bitmap", "L0's address of the VMREAD bitmap")},
      vmwrite_bitmap{word<64>(s, "l0.vmwrite_bitmap", "L0's address of the VMWRITE bitmap")},
      virtual_apic{word<64>(s, "l0.virtual_apic", "VMCS12's virtual-APIC address, translated")},
      apic_access{word<64>(s, "l0.apic_access", "VMCS12's APIC-access address, translated")},
      eptp{word<64>(s, "l0.eptp", "EPT pointer of EPT02")},
      vpid{word<16>(s, "l0.vpid", "VPID02")},
      trace_enabled{truth(s, "l0.trace_enabled", "IA32_RTIT_CTL.TraceEn when L0 enters L2")},
      perf_global_ctrl{word<64>(s, "l0.perf_global_ctrl", "L1's IA32_PERF_GLOBAL_CTRL")} {}

}  // namespace vmxspec::nested
