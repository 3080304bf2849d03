/// The end.
#pragma once

namespace vmxspec::runtime {

/// Ends the emulator if there is one, and stops the processor. Drains the console first.
/// On hardware the machine stays on, so that what was said can be read.
[[noreturn]] void halt();

/// The same, but hardware starts anew: by port CF9H, by the keyboard controller, or by a triple fault.
[[noreturn]] void reset();

}  // namespace vmxspec::runtime
