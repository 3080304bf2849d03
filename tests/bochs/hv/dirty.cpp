/// A hypervisor that watches what its guest writes, as KVM does when it moves a guest to another machine: accessed and
/// dirty flags of EPT, the page-modification log on and off, several EPT12s in turn, storms of INVEPT. L2 reads or
/// writes a page a round; after it all entries of EPT12 and the log must be what the manual says (SDM 31.3.5, 31.3.6).
/// Which paging structures of L2's the processor looks at is its own business: each leaf that has become dirty must be
/// in the log once, and nothing else. Command line: rounds=N seed=N; `hv` first: there is a hypervisor beneath, which
/// does as the manual says where Bochs 2.7 does not. Without flags of EPT on the processor, none is set.
#include <optional>
#include <string_view>

#include "runtime/boot/kernel.hpp"
#include "runtime/cpu/vmx_operation.hpp"
#include "runtime/io/console.hpp"
#include "tests/bochs/hv/command_line.hpp"
#include "tests/bochs/hv/dirty_watcher.hpp"

void vmxspec::runtime::kernel_main(const BootInformation& boot, PageAllocator& pages) {
    using namespace l1;
    if (const auto refusal = enter_vmx_operation(zeroed_page(pages))) {
        refuse(sentence(*refusal));
    }
    const std::string_view line = boot.command_line();
    bochs.is_bare = !line.starts_with("hv");
    static constinit std::optional<Watcher> made;
    Watcher& watcher = made.emplace(pages, number_behind(line, "seed=", 1));
    for (std::uint64_t n = number_behind(line, "rounds=", 2000); n != 0; --n) {
        watcher.round();
    }
    if (watcher.has_log()) {
        l1::expect("no page was logged, or no log was full", watcher.logged() * watcher.full_logs() == 0 ? 1 : 0, 0);
        l1::expect("Bochs 2.7 as it was known", bochs.is_bare == (bochs.unaligned != 0 && bochs.needless != 0) ? 1 : 0,
                   1);
    }
    watcher.read_only_paging_structure();
    print(console, Decimal{watcher.logged()}, " pages logged, ", Decimal{watcher.full_logs()}, " log-full events\n");
    tally.close("dirty");
}
