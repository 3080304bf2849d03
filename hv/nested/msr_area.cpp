#include "hv/nested/msr_area.hpp"

#include "hv/l1/exit.hpp"
#include "hv/l1/vmcs.hpp"
#include "runtime/cpu/msr.hpp"

namespace vmxspec::hv {

namespace {

constexpr std::uint32_t ia32_fs_base = 0xc000'0100;

/// The field of the current VMCS that has the register; nothing if the processor itself has it.
[[nodiscard]] std::optional<Field> field_of(const Processor& processor, std::uint32_t index) {
    switch (index) {  // not loaded from an area, but stored there
        case ia32_fs_base: return Field::guest_fs_base;
        case runtime::msr::ia32_gs_base: return Field::guest_gs_base;
        default: break;
    }
    const auto field = static_cast<Field>(generated::field_of_msr(index));
    const bool exists = field != Field{} && (field != Field::guest_ia32_pat || processor.controls.pat);
    return exists ? std::optional{field} : std::nullopt;
}

}  // namespace

std::uint32_t most_msr_entries(const Vmcs12& v) {
    return 512 * (static_cast<std::uint32_t>(v.capability_misc >> 25 & 7) + 1);
}

bool load_msr(Processor& processor, std::uint32_t index, std::uint64_t value) {
    if (const auto field = field_of(processor, index)) {
        write(*field, value);  // the rules of the area have looked at the value
        return true;
    }
    return write_msr_for(processor, index, value);
}

std::optional<std::uint64_t> store_msr(const Processor& processor, std::uint32_t index) {
    if (const auto field = field_of(processor, index)) {
        return read(*field);
    }
    return read_msr_for(processor, index);
}

}  // namespace vmxspec::hv
