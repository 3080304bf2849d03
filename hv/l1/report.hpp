/// What is said when L1 can't go on.
#pragma once

#include <string_view>

#include "hv/l1/processor.hpp"

namespace vmxspec::hv {

/// One line with the reason, then the exit, L1's registers, and every field of the current VMCS as a line that `vmxspec
/// why` reads.
void report(std::string_view reason, const Processor& processor, const Registers& registers);

/// The same, and the processor stops.
[[noreturn]] void stop(std::string_view reason, const Processor& processor, const Registers& registers);

}  // namespace vmxspec::hv
