#include "hv/nested/msr_area.hpp"

#include "hv/l1/exit.hpp"
#include "hv/l1/vmcs.hpp"
#include "runtime/cpu/msr.hpp"

namespace vmxspec::hv {

namespace {

/// MSRs that the guest of a VMCS has in a field of it (SDM 27.4.1).
struct Row {
    std::uint32_t index;
    Field field;
};

constexpr std::array rows{
    Row{0x174, Field::guest_ia32_sysenter_cs},  Row{0x175, Field::guest_ia32_sysenter_esp},
    Row{0x176, Field::guest_ia32_sysenter_eip}, Row{0x1d9, Field::guest_ia32_debugctl},
    Row{0x277, Field::guest_ia32_pat},          Row{runtime::msr::ia32_efer, Field::guest_ia32_efer},
    Row{0xc000'0100, Field::guest_fs_base},     Row{runtime::msr::ia32_gs_base, Field::guest_gs_base},
};

[[nodiscard]] const Row* field_of(const Processor& processor, std::uint32_t index) {
    for (const Row& row : rows) {
        if (row.index == index) {
            return row.field != Field::guest_ia32_pat || processor.controls.pat ? &row : nullptr;
        }
    }
    return nullptr;
}

}  // namespace

std::uint32_t most_msr_entries(const State& s) {
    return 512 * (static_cast<std::uint32_t>(s.capability_misc >> 25 & 7) + 1);
}

bool load_msr(Processor& processor, std::uint32_t index, std::uint64_t value) {
    if (const Row* const row = field_of(processor, index)) {
        write(row->field, value);  // the rules of the area have looked at the value
        return true;
    }
    return write_msr_for(processor, index, value);
}

std::optional<std::uint64_t> store_msr(const Processor& processor, std::uint32_t index) {
    if (const Row* const row = field_of(processor, index)) {
        return read(row->field);
    }
    return read_msr_for(processor, index);
}

}  // namespace vmxspec::hv
