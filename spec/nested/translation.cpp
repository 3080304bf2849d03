#include "spec/nested/translation.hpp"

namespace vmxspec::nested {

Translation::Translation(Specification& spec)
    : l0{spec.state},
      exited{exited_vmcs02(spec.state)},
      offered{offered_msrs(spec.state, l0)},
      vmcs02{vmcs02_rows(spec.state, l0, spec.loaded)},
      saved{saved_rows(spec.state, exited, spec.after_exit)},
      l1{l1_rows(spec.state, exited, l0, spec.after_exit)},
      entry_loads{entry_software_loads(spec.state)},
      exit_loads{exit_software_loads(spec.state)},
      msrs{msr_fields(spec.state)},
      as_l1{offered_processor(spec.state, offered)},
      as_l0{vmcs02_view(spec.state, l0, vmcs02)} {}

}  // namespace vmxspec::nested
