/// The host of the base state: the probe itself.
#pragma once

#include "runtime/cpu/vm_entry.hpp"
#include "tests/bochs/probe/vmcs_image.hpp"

namespace vmxspec::probe {

/// Sets the host-state fields so that a VM exit returns from `vm_entry` with `frame`, everything else being
/// as it is now.
void describe_host(VmcsImage& image, const runtime::VmEntryFrame& frame);

}  // namespace vmxspec::probe
