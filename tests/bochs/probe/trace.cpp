#include "tests/bochs/probe/trace.hpp"

#include <array>

#include "runtime/cpu/control_register.hpp"
#include "runtime/cpu/cpuid.hpp"
#include "runtime/cpu/msr.hpp"
#include "runtime/io/console.hpp"
#include "tests/bochs/probe/capabilities.hpp"
#include "tests/bochs/probe/processor.hpp"

namespace vmxspec::probe {

namespace {

using runtime::console;
using runtime::Decimal;
using runtime::Hex;
using runtime::print;

constexpr std::size_t width = 159;

constexpr std::uint32_t first_capability = 0x480;
constexpr std::uint32_t last_capability = 0x493;

/// Leaves that say what VM-entry checks ask of the processor.
struct Leaf {
    std::uint32_t leaf;
    std::uint32_t subleaf;
};
constexpr std::array traced_leaves{Leaf{0x1, 0}, Leaf{0x7, 0}, Leaf{0x8000'0001, 0}, Leaf{0x8000'0008, 0},
                                   Leaf{0xd, 1}, Leaf{0xa, 0}, Leaf{0x14, 0},        Leaf{0x19, 0}};

/// For people, where the trace does not go the same way.
template <class... Parts>
void summarise(const Parts&... parts) {
    if (console.debug().present()) {
        print(console.serial(), parts...);
    }
}

}  // namespace

void Trace::write(std::string_view text) {
    if (console.debug().present()) {
        console.debug().write(text);
    } else {
        console.serial().write(text);
    }
}

void Trace::item(std::string_view head, std::string_view name, std::string_view separator, std::string_view value) {
    const std::size_t length = 1 + name.size() + separator.size() + value.size();
    if (column_ + length > width) {
        end_line();
    }
    if (column_ == 0) {
        write(head);
        column_ = head.size();
    }
    print(*this, " ", name, separator, value);
    column_ += length;
}

void Trace::end_line() {
    if (column_ != 0) {
        write("\n");
        column_ = 0;
    }
}

void Trace::begin() {
    // Firmware and boot loader may have left the terminal in the middle of a line.
    write("\nvmxspec-trace 1\n");
    const Processor processor;
    print(*this, "cpu vendor=", processor.vendor(), " family=", Hex{processor.family()},
          " model=", Hex{processor.model()}, " stepping=", Hex{processor.stepping()}, " brand=\"", processor.brand(),
          "\"\n");
    capability_msrs();
    cpuid_leaves();
    const std::uint64_t efer = runtime::read_msr(runtime::msr::ia32_efer).value_or(0);
    print(*this, "mode efer=", Hex{efer}, " cr0=", Hex{runtime::read_cr0()}, " cr4=", Hex{runtime::read_cr4()},
          " cpl=", Hex{runtime::current_privilege_level()}, " smm=0\n");
}

void Trace::capability_msrs() {
    for (std::uint32_t index = first_capability; index <= last_capability; ++index) {
        if (const auto value = capability(index)) {
            item("msr", Hex{index}.text(), "=", Hex{*value, 16}.text());
        }
    }
    if (const auto value = runtime::read_msr(runtime::msr::ia32_feature_control)) {
        item("msr", Hex{runtime::msr::ia32_feature_control}.text(), "=", Hex{*value, 16}.text());
    }
    end_line();
}

void Trace::cpuid_leaves() {
    for (const auto [leaf, subleaf] : traced_leaves) {
        if (runtime::cpuid_has(leaf)) {
            const runtime::CpuidResult r = runtime::cpuid(leaf, subleaf);
            print(*this, "cpuid ", Hex{leaf}, ".", Hex{subleaf}, "=", Hex{r.eax, 8}, ":", Hex{r.ebx, 8}, ":",
                  Hex{r.ecx, 8}, ":", Hex{r.edx, 8}, "\n");
        }
    }
}

void Trace::vector(std::string_view id) { print(*this, "vector ", id, "\n"); }

void Trace::vmcs(const VmcsImage& image) {
    for (const VmcsImage::Setting& setting : image.settings()) {
        const auto read = runtime::vmread(encoding(setting.field));
        if (read.outcome == runtime::VmxOutcome::succeed) {
            item("vmcs", Hex{encoding(setting.field)}.text(), "=", Hex{read.value}.text());
        }
    }
    end_line();
}

void Trace::entry_msr_load(std::span<const MsrEntry> entries) {
    for (const MsrEntry& entry : entries) {
        print(*this, "area entry ", Hex{entry.index}, ":", Hex{entry.reserved, 8}, ":", Hex{entry.data, 16}, "\n");
    }
}

void Trace::pointer(std::uint64_t current_vmcs) { print(*this, "pointer ", Hex{current_vmcs}, "\n"); }

void Trace::after(const After& after) {
    write("after");
    if (after.efer) {
        print(*this, " efer=", Hex{*after.efer, 16});
    }
    print(*this, " cr0=", Hex{after.cr0, 16}, " cr4=", Hex{after.cr4, 16}, "\n");
}

void Trace::outcome(std::string_view id, const Outcome& outcome) {
    print(*this, "outcome ", id);
    switch (outcome.kind) {
        case Outcome::Kind::exit:
            print(*this, " exit ", Hex{outcome.number}, " ", Hex{outcome.qualification}, "\n");
            summarise(id, ": exit reason ", Hex{outcome.number}, "H, qualification ", Hex{outcome.qualification},
                      "H\n");
            return;
        case Outcome::Kind::fail_valid:
            print(*this, " vmfail-valid ", Hex{outcome.number}, "\n");
            summarise(id, ": VMfailValid, error ", Decimal{outcome.number}, "\n");
            return;
        case Outcome::Kind::fail_invalid:
            write(" vmfail-invalid\n");
            summarise(id, ": VMfailInvalid\n");
            return;
        case Outcome::Kind::unsupported:
            print(*this, " unsupported ", Hex{outcome.number}, "\n");
            summarise(id, ": not tried, this processor has no VMCS field ", Hex{outcome.number}, "H\n");
            return;
    }
}

void Trace::end(std::uint64_t vectors) {
    print(*this, "end ", Hex{vectors}, "\n");
    summarise("vmxspec probe: ", Decimal{vectors}, " vectors done.\n");
}

}  // namespace vmxspec::probe
