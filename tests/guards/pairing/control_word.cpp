// message: no member named|has no member
// A bit of the VM-entry controls asked of the VM-exit controls.
#include "spec/state/state.hpp"

using namespace vmxspec;

#ifdef WRONG
Bool ask(const State& s) { return s.control.exit.ia32e_mode_guest; }
#else
Bool ask(const State& s) { return s.control.entry.ia32e_mode_guest; }
#endif
