# Linux' KVM as L1: a guest of it in each mode, with EPT and without, as if it had VMX and as if not, from one processor to the next. L1 of
# 32 bits, with PAE paging or with 32-bit paging, is on a model without VMCS shadowing, where each VMREAD and VMWRITE of it is a VM exit.
foreach(row
        "modes|amd64|1|corei7_skylake_x|3000"
        "processors|amd64|2|corei7_skylake_x|3000"
        "i386|i386|1|corei5_arrandale_m520|1500"
        "i386-no-pae|i386-no-pae|1|corei5_arrandale_m520|1500")
    string(REPLACE "|" ";" row "${row}")
    list(GET row 0 name)
    list(GET row 1 machine)
    list(GET row 2 processors)
    list(GET row 3 model)
    list(GET row 4 entries)
    vmxspec_bochs_test(hv.kvm.${name} 1500
        ${here}/hv/kvm/kvm.sh $<TARGET_FILE:hv> ${debian} ${machine} ${out}/hv/kvm/${name} ${processors} ${model}
        --trace ${out}/hv/kvm/trace-${name}.txt)
    set_tests_properties(hv.kvm.${name} PROPERTIES FIXTURES_REQUIRED debian_kernels FIXTURES_SETUP kvm_trace_${name})
    # Its VM entries by the specification
    vmxspec_bochs_test(hv.trace.kvm.${name} 60
        ${here}/hv/trace.sh judge $<TARGET_FILE:vmxspec> ${out}/hv/kvm/trace-${name}.txt ${model} ${entries})
    set_tests_properties(hv.trace.kvm.${name} PROPERTIES FIXTURES_REQUIRED kvm_trace_${name})
endforeach()
