#include "hv/l1/guest.hpp"

#include "hv/l1/linux_kernel.hpp"
#include "runtime/boot/kernel.hpp"

namespace vmxspec::hv {

namespace {

constinit GuestMemory memory;

}  // namespace

GuestStart load_guest(const runtime::BootInformation& boot, runtime::Region hidden, const Options& options) {
    if (boot.modules().empty()) {
        runtime::refuse("no guest is given: GRUB's command module2 names it");
    }
    memory.read(boot, hidden);
    return LinuxKernel::recognises(bytes(boot.modules().front().region)) ? load_linux(memory, boot, options)
                                                                         : load_multiboot(memory, boot);
}

}  // namespace vmxspec::hv
