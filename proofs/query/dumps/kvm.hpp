// KVM's dump as a format in sections; QEMU's reader shares it.
#pragma once

#include "proofs/query/dumps/sectioned.hpp"

namespace vmxspec::query {

[[nodiscard]] const SectionedFormat& kvm_format();

}  // namespace vmxspec::query
