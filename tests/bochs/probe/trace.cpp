#include "tests/bochs/probe/trace.hpp"

#include <array>

#include "runtime/boot/kernel.hpp"
#include "runtime/cpu/control_register.hpp"
#include "runtime/cpu/cpuid.hpp"
#include "runtime/cpu/msr.hpp"
#include "runtime/io/console.hpp"
#include "tests/bochs/probe/capabilities.hpp"

namespace vmxspec::probe {

namespace {

using runtime::console;
using runtime::Hex;
using runtime::print;

constexpr std::uint32_t first_capability = 0x480;
constexpr std::uint32_t last_capability = 0x493;

/// CPUID leaves and subleaves, each once, in the order in which they come.
class LeafSet {
public:
    /// Whether it was not yet in the set.
    [[nodiscard]] bool insert(std::uint32_t leaf, std::uint32_t subleaf) {
        for (std::size_t i = 0; i < count_; ++i) {
            if (leaves_[i].leaf == leaf && leaves_[i].subleaf == subleaf) {
                return false;
            }
        }
        if (count_ == leaves_.size()) {
            runtime::refuse("the specification reads more than 64 CPUID leaves");
        }
        leaves_[count_++] = {leaf, subleaf};
        return true;
    }

private:
    struct Leaf {
        std::uint32_t leaf;
        std::uint32_t subleaf;
    };

    std::array<Leaf, 64> leaves_{};
    std::size_t count_ = 0;
};

/// Fields that a VM exit may write and that can be written: guest state, and two of the VM-entry controls (SDM 30.2).
[[nodiscard]] constexpr bool may_be_saved(Field field) {
    return is_guest_state(field) || field == Field::entry_controls || field == Field::entry_interruption_information;
}

}  // namespace

void TraceChannel::write(std::string_view text) {
    if (console.debug().present()) {
        console.debug().write(text);
    } else {
        console.serial().write(text);
    }
}

void Trace::begin() {
    // Firmware and boot loader may have left the terminal in the middle of a line.
    write("\nvmxspec-trace 1\n");
    cpu();
    msrs();
    cpuid_leaves();
    const std::uint64_t efer = runtime::read_msr(runtime::msr::ia32_efer).value_or(0);
    print(*this, "mode efer=", Hex{efer}, " cr0=", Hex{runtime::read_cr0()}, " cr4=", Hex{runtime::read_cr4()},
          " cpl=", Hex{runtime::current_privilege_level()}, " smm=0\n");
}

void Trace::msrs() {
    for (std::uint32_t index = first_capability; index <= last_capability; ++index) {
        if (const auto value = capability(index)) {
            item("msr", Hex{index}.text(), "=", Hex{*value, 16}.text());
        }
    }
    const auto other = [this](std::uint32_t index) {
        if (const auto value = runtime::read_msr(index)) {
            item("msr", Hex{index}.text(), "=", Hex{*value, 16}.text());
        }
    };
    hv::State state;  // only its list of MSRs
    generated::each_msr(state, [&](std::uint32_t index, const std::uint64_t& /*member*/) {
        if (index < first_capability || index > last_capability) {
            other(index);
        }
    });
    other(runtime::msr::ia32_feature_control);
    end_line();
}

void Trace::cpuid_leaves() {
    hv::State state;  // only its list of CPUID leaves
    LeafSet seen;
    generated::each_cpuid(
        state, [&](std::uint32_t leaf, std::uint32_t subleaf, unsigned, unsigned, unsigned, const auto& /*member*/) {
            if (!runtime::cpuid_has(leaf) || !seen.insert(leaf, subleaf)) {
                return;
            }
            const runtime::CpuidResult r = runtime::cpuid(leaf, subleaf);
            print(*this, "cpuid ", Hex{leaf}, ".", Hex{subleaf}, "=", Hex{r.eax, 8}, ":", Hex{r.ebx, 8}, ":",
                  Hex{r.ecx, 8}, ":", Hex{r.edx, 8}, "\n");
        });
}

void Trace::vector(std::string_view id) { print(*this, "vector ", id, "\n"); }

void Trace::page(std::string_view name, runtime::PhysicalAddress address) {
    print(*this, "page ", name, "=", Hex{raw(address)}, "\n");
}

void Trace::vmcs(const VmcsImage& image, const VmcsImage& base) {
    if (!base.settings().empty()) {
        write("like base\n");
    }
    for (const VmcsImage::Setting& setting : image.settings()) {
        const bool as_base = base.has(setting.field) && base.value(setting.field) == setting.value;
        if (!as_base) {
            item("vmcs", encoding(setting.field), setting.value);
        }
    }
    end_line();
}

void Trace::area(std::string_view which, std::span<const MsrEntry> entries) {
    for (const MsrEntry& entry : entries) {
        TraceText::area(which, entry);
    }
}

void Trace::circumstances(const hv::Circumstances& circumstances) {
    const auto flag = [this](std::string_view name, bool set) {
        if (set) {
            item("mode", name, "=", "1");
        }
    };
    flag("vmresume", circumstances.instruction == runtime::VmEntryInstruction::vmresume);
    flag("launched", circumstances.launched);
    flag("current_is_shadow", circumstances.current_is_shadow);
    flag("blocking_by_mov_ss", circumstances.blocking_by_mov_ss);
    if (circumstances.mode) {
        item("mode", "efer", circumstances.mode->efer);
        item("mode", "cr0", circumstances.mode->cr0);
        item("mode", "cr3", circumstances.mode->cr3);
        item("mode", "cr4", circumstances.mode->cr4);
        item("mode", "cs_l", "=", circumstances.mode->cs_l ? "1" : "0");
    }
    end_line();
}

void Trace::pointer(std::uint64_t current_vmcs) { print(*this, "pointer ", Hex{current_vmcs}, "\n"); }

void Trace::at(std::uint64_t before, std::uint64_t after) { print(*this, "at ", Hex{before}, " ", Hex{after}, "\n"); }

void Trace::predicted(std::string_view id, const hv::Prediction& prediction) {
    TraceText::predicted(id, [&](auto tell) {
        prediction.each_broken([&](std::string_view rule, std::string_view /*section*/) { tell(rule); });
    });
}

void Trace::after(const After& after) {
    write("after");
    if (after.efer) {
        print(*this, " efer=", Hex{*after.efer, 16});
    }
    print(*this, " cr0=", Hex{after.cr0, 16}, " cr4=", Hex{after.cr4, 16}, "\n");
}

void Trace::saved(const VmcsImage& before) {
    begin_line("saved");
    for (const VmcsImage::Setting& setting : before.settings()) {
        if (!may_be_saved(setting.field)) {
            continue;
        }
        const auto read = runtime::vmread(encoding(setting.field));
        if (read.outcome == runtime::VmxOutcome::succeed && read.value != setting.value) {
            item("saved", encoding(setting.field), read.value);
        }
    }
    end_line();
}

void Trace::host(const HostRegisters& loaded, const std::optional<HostRegisters>& base) {
    begin_line("host");
    for (std::size_t n = 0; n < host_register_names.size(); ++n) {
        if (loaded[n] && (!base || loaded[n] != (*base)[n])) {
            item("host", host_register_names[n], *loaded[n]);
        }
    }
    end_line();
}

void Trace::outcome(std::string_view id, const Outcome& outcome) {
    print(*this, "outcome ", id);
    switch (outcome.kind) {
        case Outcome::Kind::exit:
            print(*this, " exit ", Hex{outcome.number}, " ", Hex{outcome.qualification}, "\n");
            return;
        case Outcome::Kind::fail_valid: print(*this, " vmfail-valid ", Hex{outcome.number}, "\n"); return;
        case Outcome::Kind::fail_invalid: write(" vmfail-invalid\n"); return;
        case Outcome::Kind::unsupported: print(*this, " unsupported ", Hex{outcome.number}, "\n"); return;
    }
}

void Trace::end(std::uint64_t vectors) { print(*this, "end ", Hex{vectors}, "\n"); }

}  // namespace vmxspec::probe
