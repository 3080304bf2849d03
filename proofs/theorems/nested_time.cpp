// L2's time: what it reads as time-stamp counter is what VMCS12 makes of L1's.
#include "proofs/theorems/nested_translation.hpp"

namespace vmxspec::proofs {

namespace {

using nested::View;

Bits<64> leaf(State& s, const std::string& name, std::string_view manual_name) {
    const std::size_t* known = s.find(name);
    return {&s.graph(), s.node(known != nullptr ? *known : s.add_leaf(name, manual_name, 64))};
}

/// A time-stamp counter, and its product with a TSC multiplier, shifted right by 48: the processor's business.
struct Counter {
    Bits<64> value, product;
};

/// What RDTSC, RDTSCP and RDMSR of IA32_TIME_STAMP_COUNTER give a guest where they are no VM exits (28.3).
Bits<64> read(const State& s, const Counter& tsc) {
    const auto& control = s.control;
    return select(control.proc.use_tsc_offsetting,
                  select(s.proc2.use_tsc_scaling, tsc.product, tsc.value) + control.tsc_offset, tsc.value);
}

/// VMCS01, with any TSC offset.
View vmcs01(State& s, const nested::Translation& t) {
    View view = t.l0.vmcs01;
    const std::size_t offset = s.leaf("control.tsc_offset");
    view.put(offset, s.node(nested::copy_of(s, offset, "time.vmcs01_offset")));
    return view;
}

}  // namespace

std::vector<Theorem> nested_time_theorems(Specification& spec, const nested::Translation& t) {
    State& s = spec.state;
    const auto& control = s.control;
    std::vector<Bool> given = nested_ground(spec, t);
    const auto product = [&](const char* name) { return leaf(s, name, "product with the TSC multiplier"); };
    const Counter real{leaf(s, "time.tsc", "IA32_TIME_STAMP_COUNTER"), product("time.product02")};
    const Bits<64> of_l1 = vmcs01(s, t)(read(s, {real.value, product("time.product01")}));
    const Counter seen{of_l1, product("time.product12")};
    // The product is a function of the counter and the multiplier; which one does not matter.
    const Bits<64> multiplier = control.tsc_multiplier;
    given.push_back((seen.value == real.value && t.as_l1(multiplier) == t.as_l0(multiplier)) >>
                    (seen.product == real.product));
    std::vector<Theorem> theorems;
    const auto add = [&](const char* name, const char* statement, Bool claim) {
        theorems.push_back(
            {std::string{"translation/tsc/"} + name, statement, Form::always, given, claim, Verdict::proven, {}});
    };
    add("l1", "L1 reads the processor's time-stamp counter", of_l1 == real.value);
    add("l2", "L2 reads L1's time-stamp counter, multiplied and offset as VMCS12 says (28.3)",
        t.as_l0(read(s, real)) == t.as_l1(read(s, seen)));
    const auto alike = [&](Bool control_bit) { return t.as_l0(control_bit) == t.as_l1(control_bit); };
    add("exits",
        "RDTSC and RDTSCP of L2 are VM exits, and RDTSCP is an instruction, where VMCS12 says so (28.1.3, 28.3)",
        alike(control.proc.rdtsc_exiting) && alike(s.proc2.enable_rdtscp));
    return theorems;
}

}  // namespace vmxspec::proofs
