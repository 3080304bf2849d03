# Linux' KVM as L1: a guest of it in each mode, with EPT and without, from one processor to the next.
foreach(row "modes|1" "processors|2")
    string(REPLACE "|" ";" row "${row}")
    list(GET row 0 name)
    list(GET row 1 processors)
    vmxspec_bochs_test(hv.kvm.${name} 1500
        ${here}/hv/kvm/kvm.sh $<TARGET_FILE:hv> ${debian} ${out}/hv/kvm/${name} ${processors})
    set_tests_properties(hv.kvm.${name} PROPERTIES FIXTURES_REQUIRED debian_kernels)
endforeach()
