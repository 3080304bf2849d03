# Linux' KVM as L1: a guest of it in each mode, with EPT and without, from one processor to the next.
foreach(row "modes|1" "processors|2")
    string(REPLACE "|" ";" row "${row}")
    list(GET row 0 name)
    list(GET row 1 processors)
    vmxspec_bochs_test(hv.kvm.${name} 1500
        ${here}/hv/kvm/kvm.sh $<TARGET_FILE:hv> ${debian} ${out}/hv/kvm/${name} ${processors} --trace ${out}/hv/kvm/trace-${name}.txt)
    set_tests_properties(hv.kvm.${name} PROPERTIES FIXTURES_REQUIRED debian_kernels FIXTURES_SETUP kvm_trace_${name})
    # Its VM entries by the specification
    vmxspec_bochs_test(hv.trace.kvm.${name} 60
        ${here}/hv/trace.sh judge $<TARGET_FILE:vmxspec> ${out}/hv/kvm/trace-${name}.txt corei7_skylake_x 5000)
    set_tests_properties(hv.trace.kvm.${name} PROPERTIES FIXTURES_REQUIRED kvm_trace_${name})
endforeach()
