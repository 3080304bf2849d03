/// Whether CPL 3 may use the kernel's memory.
#pragma once

namespace vmxspec::probe {

/// Sets or clears the user bit of every entry of the paging structures that `runtime/boot/entry.S` made. For the short
/// time of one instruction at CPL 3.
void set_user_pages(bool user);

}  // namespace vmxspec::probe
