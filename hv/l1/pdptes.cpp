#include "hv/l1/pdptes.hpp"

#include <array>

#include "hv/l1/control_registers.hpp"
#include "hv/l1/physical_memory.hpp"
#include "hv/l1/vmcs.hpp"
#include "runtime/cpu/cpuid.hpp"

namespace vmxspec::hv {

bool load_pdptes() {
    constexpr std::uint64_t table_address = 0xffff'ffe0;  // of CR3
    const auto entries =
        read_guest<std::array<std::uint64_t, 4>>(read(Field::guest_cr3) & table_address);  // as L1 reads them
    const unsigned width = runtime::physical_address_width();
    for (const std::uint64_t entry : entries) {
        if (pdpte_faults(entry, width)) {
            return false;
        }
    }
    for (unsigned n = 0; n < entries.size(); ++n) {
        write(nth(Field::guest_pdpte0, n), entries[n]);
    }
    return true;
}

}  // namespace vmxspec::hv
