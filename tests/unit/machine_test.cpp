// VMX instructions in concrete states, judged by the specification and by the code generated from it.
#include "spec/machine/diagram.hpp"
#include "spec/specification.hpp"

#include "vmxspec/generated/vmx_instructions.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <array>
#include <map>

namespace {

using namespace vmxspec;
using machine::Instruction;
using Generated = generated::InstructionState<std::uint64_t>;

const Specification& spec() {
    static const Specification one;
    return one;
}

constexpr std::array<generated::InstructionResult (*)(const Generated&) noexcept, machine::instruction_count>
    generated_code{generated::vmxon,   generated::vmxoff,  generated::vmclear,  generated::vmptrld,  generated::vmptrst,
                   generated::vmread,  generated::vmwrite, generated::vmlaunch, generated::vmresume, generated::invept,
                   generated::invvpid, generated::vmcall,  generated::vmfunc,   generated::vm_exit};

/// One logical processor, in both readings at once: a step in which they differ fails the test.
class Cpu {
public:
    /// Outside VMX operation, ready for VMXON: 64-bit mode, CPL 0, 36 physical-address bits.
    Cpu() {
        values_.resize(spec().state.leaves().size());
        for (std::size_t n = 0; n < values_.size(); ++n) values_[n] = Known::exactly(0, width(n));
        set({{"capability.basic", 0xda0400'00000012ULL},
             {"capability.cr0_fixed0", 0x80000021},
             {"capability.cr0_fixed1", 0xffffffff},
             {"capability.cr4_fixed0", 0x2000},
             {"capability.cr4_fixed1", 0x3767ff},
             {"capability.proc2", 0x00477fffULL << 32},
             {"capability.ept_vpid", 0xf01'06334141ULL},
             {"processor.maxphyaddr", 36},
             {"processor.linear_width", 48},
             {"processor.intel64", 1},
             {"machine.feature_control", 5},
             {"before.cr0", 0x80000031},
             {"before.cr4", 0x2020},
             {"before.efer", 0xd00},
             {"before.cs_l", 1},
             {"before.rflags", 0x8d7},
             {"before.current_vmcs", none},
             {"guest.link_pointer", none},
             {"guest.rflags", 2},
             {"operand.word", revision},
             {"operand.address", vmxon_region},
             {"checks.controls", 1},
             {"checks.host_state", 1},
             {"checks.guest_state", 1},
             {"checks.msr_load", 1}});
    }

    Cpu& set(const std::map<std::string, std::uint64_t>& values) {
        for (const auto& [name, value] : values) {
            const std::size_t n = spec().state.leaf(name);
            values_[n] = Known::exactly(value, width(n));
        }
        return *this;
    }
    [[nodiscard]] std::uint64_t operator[](std::string_view name) const {
        return values_[spec().state.leaf(name)].value;
    }

    /// Executes the instruction with these operands, and returns the id of the row that was taken.
    std::string operator()(Instruction instruction, const std::map<std::string, std::uint64_t>& operands = {}) {
        set(operands);
        const Evaluation now{spec().graph, values_};
        const auto rows = spec().machine.rows(instruction);
        const auto row = std::ranges::find_if(
            rows, [&](const machine::Transition& one) { return now.truth(one.guard.id()) == true; });
        const generated::InstructionResult result =
            generated_code[static_cast<std::size_t>(instruction)](generated_state());
        if (row == rows.end()) {
            CHECK(result.row == generated::InstructionRow::none);
            return "none";
        }
        for (const machine::Effect& effect : row->effects) values_[effect.leaf] = now[effect.value];
        CHECK(generated::instruction_row_information[static_cast<std::size_t>(result.row)].id == row->id);
        Generated next = result.next;
        each_leaf(next, [&](const char* name, unsigned number, auto& member) {
            INFO(row->id << " changes " << name);
            CHECK(static_cast<std::uint64_t>(member) == values_[number].value);
        });
        return row->id;
    }
    [[nodiscard]] std::string flags() const {
        const std::uint64_t rflags = (*this)["before.rflags"];
        CHECK((rflags & ~0x8d5ULL) == 2);
        switch (rflags & 0x8d5) {
            case 0: return "VMsucceed";
            case 1: return "VMfailInvalid";
            case 0x40: return "VMfailValid " + std::to_string((*this)["information.instruction_error"]);
            default: return "other flags";
        }
    }
    /// VMXON of the VMXON region and, if there is one, VMCLEAR and VMPTRLD of this VMCS.
    Cpu& enter(std::uint64_t vmcs = none) {
        CHECK((*this)(Instruction::vmxon) == "vmxon.enter");
        if (vmcs == none) return *this;
        CHECK((*this)(Instruction::vmclear, {{"operand.address", vmcs}}) == "vmclear.clear");
        CHECK((*this)(Instruction::vmptrld) == "vmptrld.load");
        return *this;
    }

    static constexpr std::uint64_t none = ~0ULL, vmxon_region = 0x1000, vmcs_a = 0x2000, vmcs_b = 0x3000;
    static constexpr std::uint64_t revision = 0x12, shadow = 1ULL << 31;

private:
    static unsigned width(std::size_t n) { return spec().state.leaves()[n].width; }
    [[nodiscard]] Generated generated_state() const {
        Generated s;
        each_leaf(s, [&](const char*, unsigned number, auto& member) {
            member = static_cast<std::decay_t<decltype(member)>>(values_[number].value);
        });
        return s;
    }
    std::vector<Known> values_;
};

constexpr std::uint64_t none = Cpu::none, vmxon_region = Cpu::vmxon_region, a = Cpu::vmcs_a, b = Cpu::vmcs_b;

}  // namespace

TEST_CASE("VMXON looks at the mode, then at what the processor allows, then at the region") {
    using Row = std::pair<std::map<std::string, std::uint64_t>, std::string>;
    const auto [change, row] = GENERATE(values<Row>({
        {{{"operand.is_register", 1}}, "vmxon.ud"},
        {{{"before.cr4", 0x20}}, "vmxon.ud"},
        {{{"before.cs_l", 0}}, "vmxon.ud"},
        {{{"before.cpl", 3}}, "vmxon.gp"},
        {{{"machine.a20m", 1}}, "vmxon.gp"},
        {{{"before.cr0", 0x80000011}}, "vmxon.gp"},
        {{{"machine.feature_control", 4}}, "vmxon.gp"},
        {{{"machine.feature_control", 3}}, "vmxon.gp"},
        {{{"machine.in_smx", 1}}, "vmxon.gp"},
        {{{"machine.in_smx", 1}, {"machine.feature_control", 3}}, "vmxon.enter"},
        {{{"operand.address", 0x1008}}, "vmxon.address"},
        {{{"operand.address", 1ULL << 36}}, "vmxon.address"},
        {{{"operand.word", 0x13}}, "vmxon.revision"},
        {{{"operand.word", Cpu::revision | Cpu::shadow}}, "vmxon.revision"},
    }));
    Cpu cpu;
    CHECK(cpu(Instruction::vmxon, change) == row);
}

TEST_CASE("VMXON enters VMX root operation without a current VMCS, and VMXOFF leaves it") {
    Cpu cpu;
    cpu.set({{"machine.a20m", 0}, {"machine.monitoring", 1}, {"before.trace_enabled", 1}, {"feature.pt", 1}});
    cpu.enter();
    CHECK(cpu.flags() == "VMsucceed");
    CHECK(cpu["before.in_vmx_operation"] == 1);
    CHECK(cpu["before.current_vmcs"] == none);
    CHECK(cpu["machine.vmxon_pointer"] == vmxon_region);
    CHECK(cpu["machine.init_blocked"] == 1);
    CHECK(cpu["machine.monitoring"] == 0);
    CHECK(cpu["before.trace_enabled"] == 0);
    CHECK(cpu(Instruction::vmxoff) == "vmxoff.leave");
    CHECK(cpu["before.in_vmx_operation"] == 0);
    CHECK(cpu["machine.init_blocked"] == 0);
    CHECK(cpu(Instruction::vmxoff) == "vmxoff.ud");
}

TEST_CASE("VMXON in VMX root operation is VMfail 15") {
    Cpu cpu;
    cpu.enter();
    CHECK(cpu(Instruction::vmxon) == "vmxon.root");
    CHECK(cpu.flags() == "VMfailInvalid");
    cpu(Instruction::vmptrld, {{"operand.address", a}});
    CHECK(cpu(Instruction::vmxon) == "vmxon.root");
    CHECK(cpu.flags() == "VMfailValid 15");
    CHECK(cpu(Instruction::vmxon, {{"before.cpl", 3}}) == "vmxon.gp-root");
}

TEST_CASE("VMCLEAR and VMPTRLD refuse what is no VMCS region") {
    Cpu cpu;
    cpu.enter(a);
    cpu(Instruction::vmclear, {{"operand.address", b + 1}});
    CHECK(cpu.flags() == "VMfailValid 2");
    cpu(Instruction::vmclear, {{"operand.address", vmxon_region}});
    CHECK(cpu.flags() == "VMfailValid 3");
    cpu(Instruction::vmptrld, {{"operand.address", 1ULL << 40}});
    CHECK(cpu.flags() == "VMfailValid 9");
    cpu(Instruction::vmptrld, {{"operand.address", vmxon_region}});
    CHECK(cpu.flags() == "VMfailValid 10");
    cpu(Instruction::vmptrld, {{"operand.address", b}, {"operand.word", 0x13}});
    CHECK(cpu.flags() == "VMfailValid 11");
    CHECK(cpu["before.current_vmcs"] == a);
}

TEST_CASE("A shadow VMCS can be current only where the processor supports VMCS shadowing, and never enters") {
    Cpu cpu;
    cpu.enter(a);
    const std::map<std::string, std::uint64_t> operand{{"operand.address", b},
                                                       {"operand.word", Cpu::revision | Cpu::shadow}};
    CHECK(cpu(Instruction::vmptrld, operand) == "vmptrld.load");
    CHECK(cpu(Instruction::vmlaunch) == "vmlaunch.failinvalid.shadow-vmcs");
    CHECK(cpu.flags() == "VMfailInvalid");
    cpu.set({{"capability.proc2", 0x00473fffULL << 32}});
    CHECK(cpu(Instruction::vmptrld, operand) == "vmptrld.revision");
}

TEST_CASE("VMPTRST stores the pointer, all ones without a current VMCS") {
    Cpu cpu;
    cpu.enter();
    cpu(Instruction::vmptrst);
    CHECK(cpu["operand.value"] == none);
    cpu(Instruction::vmptrld, {{"operand.address", a}});
    cpu(Instruction::vmptrst);
    CHECK(cpu["operand.value"] == a);
    cpu(Instruction::vmclear, {{"operand.address", a}});
    cpu(Instruction::vmptrst);
    CHECK(cpu["operand.value"] == none);
}

TEST_CASE("A VMCS is launched once, resumed after, and cleared by VMCLEAR") {
    Cpu cpu;
    CHECK(cpu(Instruction::vmlaunch) == "vmlaunch.ud.mode");
    cpu.enter();
    CHECK(cpu(Instruction::vmlaunch) == "vmlaunch.failinvalid.no-current-vmcs");
    cpu(Instruction::vmptrld, {{"operand.address", a}});
    cpu(Instruction::vmresume);
    CHECK(cpu.flags() == "VMfailValid 5");
    CHECK(cpu(Instruction::vmlaunch) == "vmlaunch.enter");
    CHECK(cpu["before.non_root"] == 1);
    CHECK(cpu["machine.init_blocked"] == 0);
    CHECK(cpu(Instruction::vm_exit) == "vm-exit.exit");
    CHECK(cpu["machine.init_blocked"] == 1);
    cpu(Instruction::vmlaunch);
    CHECK(cpu.flags() == "VMfailValid 4");
    CHECK(cpu(Instruction::vmresume) == "vmresume.enter");
    CHECK(cpu(Instruction::vmcall) == "vmcall.exit");
    CHECK(cpu["information.exit_reason"] == 18);
    cpu(Instruction::vmclear, {{"operand.address", a}});
    CHECK(cpu.flags() == "VMsucceed");
    cpu(Instruction::vmptrld);
    CHECK(cpu(Instruction::vmresume, {{"before.blocking_by_mov_ss", 1}}) == "vmresume.fail26.movss");
    cpu(Instruction::vmresume, {{"before.blocking_by_mov_ss", 0}});
    CHECK(cpu.flags() == "VMfailValid 5");
}

TEST_CASE("VMRESUME of a VMCS that was launched before VMXOFF is VMfail 6") {
    Cpu cpu;
    cpu.enter(a);
    cpu(Instruction::vmlaunch);
    cpu(Instruction::vm_exit);
    cpu(Instruction::vmxoff);
    cpu(Instruction::vmxon, {{"operand.address", vmxon_region}});
    cpu(Instruction::vmptrld, {{"operand.address", a}, {"operand.launched", 1}, {"operand.stale", 1}});
    cpu(Instruction::vmresume);
    CHECK(cpu.flags() == "VMfailValid 6");
}

TEST_CASE("What 29.2 to 29.4 say decides how a VM entry fails") {
    Cpu cpu;
    cpu.enter(a);
    cpu(Instruction::vmlaunch, {{"checks.controls", 0}});
    CHECK(cpu.flags() == "VMfailValid 7");
    cpu(Instruction::vmlaunch, {{"checks.controls", 1}, {"checks.host_state", 0}});
    CHECK(cpu.flags() == "VMfailValid 8");
    CHECK(cpu(Instruction::vmlaunch, {{"checks.host_state", 1}, {"checks.guest_state", 0}}) == "vmlaunch.guest-state");
    CHECK(cpu["information.exit_reason"] == 0x80000021);
    CHECK(cpu(Instruction::vmlaunch, {{"checks.guest_state", 1}, {"checks.msr_load", 0}}) == "vmlaunch.msr-load");
    CHECK(cpu["information.exit_reason"] == 0x80000022);
    CHECK(cpu["before.launched"] == 0);
    CHECK(cpu["before.non_root"] == 0);
}

TEST_CASE("In VMX non-root operation VMX instructions exit before anything but the mode is looked at") {
    Cpu cpu;
    cpu.enter(a);
    cpu(Instruction::vmlaunch);
    const auto [instruction, reason] = GENERATE(table<Instruction, std::uint64_t>({{Instruction::vmxon, 27},
                                                                                   {Instruction::vmxoff, 26},
                                                                                   {Instruction::vmclear, 19},
                                                                                   {Instruction::vmptrld, 21},
                                                                                   {Instruction::vmptrst, 22},
                                                                                   {Instruction::vmread, 23},
                                                                                   {Instruction::vmwrite, 25},
                                                                                   {Instruction::vmlaunch, 20},
                                                                                   {Instruction::vmresume, 24},
                                                                                   {Instruction::invept, 50},
                                                                                   {Instruction::invvpid, 53},
                                                                                   {Instruction::vmcall, 18}}));
    cpu(instruction, {{"before.cpl", 3}, {"operand.address", 1}});
    CHECK(cpu["information.exit_reason"] == reason);
    CHECK(cpu["before.non_root"] == 0);
}

TEST_CASE("VMREAD and VMWRITE see fields in their width and the operand's") {
    Cpu cpu;
    cpu.enter();
    const std::map<std::string, std::uint64_t> rip{
        {"operand.encoding", 0x681e}, {"operand.field_exists", 1}, {"operand.value", 0x1234'56789abcULL}};
    CHECK(cpu(Instruction::vmread, rip) == "vmread.no-vmcs");
    cpu(Instruction::vmptrld, {{"operand.address", a}});
    CHECK(cpu(Instruction::vmwrite, rip) == "vmwrite.write");
    CHECK(cpu["operand.field"] == 0x1234'56789abcULL);
    CHECK(cpu(Instruction::vmwrite, {{"operand.encoding", 0x4820}, {"operand.value", ~0ULL}}) == "vmwrite.write");
    CHECK(cpu["operand.field"] == 0xffffffff);
    CHECK(cpu(Instruction::vmread, {{"operand.encoding", 0x2801}, {"operand.field", 0x11111111'22222222ULL}}) ==
          "vmread.read");
    CHECK(cpu["operand.value"] == 0x11111111);
    CHECK(cpu(Instruction::vmwrite, {{"operand.encoding", 0x4400}}) == "vmwrite.read-only");
    CHECK(cpu.flags() == "VMfailValid 13");
    CHECK(cpu(Instruction::vmwrite, {{"capability.misc", 1ULL << 29}}) == "vmwrite.write");
    CHECK(cpu(Instruction::vmread, {{"operand.encoding", 0x1'00004400ULL}}) == "vmread.unsupported");
    CHECK(cpu.flags() == "VMfailValid 12");
}

TEST_CASE("INVEPT and INVVPID refuse unsupported types and bad descriptors") {
    Cpu cpu;
    cpu.enter();
    CHECK(cpu(Instruction::invept, {{"operand.type", 0}}) == "invept.type");
    CHECK(cpu(Instruction::invept, {{"operand.type", 1}, {"operand.descriptor_low", 0x5005}}) == "invept.descriptor");
    CHECK(cpu(Instruction::invept, {{"operand.type", 1}, {"operand.descriptor_low", 0x501e}}) == "invept.invalidate");
    CHECK(cpu(Instruction::invept, {{"operand.type", 2}, {"operand.descriptor_low", 0x5005}}) == "invept.invalidate");
    CHECK(cpu(Instruction::invept, {{"capability.ept_vpid", 0}}) == "invept.ud");
    cpu.set({{"capability.ept_vpid", 0xf01'06334141ULL}});
    CHECK(cpu(Instruction::invvpid, {{"operand.type", 1}, {"operand.descriptor_low", 0}}) == "invvpid.descriptor");
    CHECK(cpu(Instruction::invvpid, {{"operand.type", 2}}) == "invvpid.invalidate");
    CHECK(cpu(Instruction::invvpid,
              {{"operand.type", 0}, {"operand.descriptor_low", 7}, {"operand.descriptor_high", 1ULL << 47}}) ==
          "invvpid.descriptor");
    CHECK(cpu(Instruction::invvpid, {{"operand.type", 4}}) == "invvpid.type");
}

TEST_CASE("VMFUNC switches among the EPTPs of the list without a VM exit") {
    Cpu cpu;
    cpu.enter(a);
    CHECK(cpu(Instruction::vmfunc) == "vmfunc.ud");
    cpu(Instruction::vmlaunch);
    CHECK(cpu(Instruction::vmfunc) == "vmfunc.ud");
    cpu.set({{"control.proc", 1ULL << 31},
             {"control.proc2", 1 << 13 | 1 << 1},
             {"control.eptp", 0x501e},
             {"operand.listed_eptp", 0x601e}});
    const std::uint64_t flags = cpu["before.rflags"];
    CHECK(cpu(Instruction::vmfunc) == "vmfunc.disabled");
    cpu.set({{"before.non_root", 1}, {"control.vm_function", 1}});
    CHECK(cpu(Instruction::vmfunc, {{"operand.ecx", 512}}) == "vmfunc.eptp");
    CHECK(cpu["information.exit_reason"] == 59);
    cpu.set({{"before.non_root", 1}, {"before.rflags", flags}});
    CHECK(cpu(Instruction::vmfunc, {{"operand.ecx", 3}}) == "vmfunc.switch");
    CHECK(cpu["control.eptp"] == 0x601e);
    CHECK(cpu["control.eptp_index"] == 3);
    CHECK(cpu["before.rflags"] == flags);
}

TEST_CASE("VMCALL in VMX root operation activates the dual-monitor treatment where SMM enabled it") {
    Cpu cpu;
    cpu.enter(a);
    cpu(Instruction::vmcall);
    CHECK(cpu.flags() == "VMfailValid 1");
    cpu.set({{"capability.basic", 0xda0400'00000012ULL | 1ULL << 49},
             {"machine.smm_monitor_ctl", 1},
             {"capability.misc", 0x77ULL << 32},
             {"operand.mseg_revision", 0x78},
             {"operand.mseg_features", 1}});
    cpu(Instruction::vmcall);
    CHECK(cpu.flags() == "VMfailValid 22");
    CHECK(cpu(Instruction::vmcall, {{"operand.mseg_revision", 0x77}}) == "vmcall.activate");
    CHECK(cpu["machine.smm_transfer_vmcs"] == a);
    CHECK(cpu["before.in_smm"] == 1);
    cpu(Instruction::vmxoff);
    CHECK(cpu.flags() == "VMfailValid 23");
}

TEST_CASE("The rows say which states lead where") {
    const machine::Diagram operation = machine::operation_diagram(spec().state, spec().machine);
    CHECK(operation.states.size() == 4);
    const auto leads = [&](std::string_view from, std::string_view row, std::string_view to) {
        return std::ranges::any_of(operation.edges, [&](const machine::DiagramEdge& edge) {
            return operation.states[edge.from].id == from && edge.row == row && operation.states[edge.to].id == to;
        });
    };
    CHECK(leads("outside", "vmxon.enter", "root"));
    CHECK(leads("root", "vmptrld.load", "root-current"));
    CHECK(leads("root-current", "vmclear.clear", "root"));
    CHECK(leads("root-current", "vmlaunch.enter", "non-root"));
    CHECK(leads("non-root", "vm-exit.exit", "root-current"));
    CHECK(leads("root", "vmxoff.leave", "outside"));
    CHECK(machine::to_dot(operation).starts_with("digraph"));
}
