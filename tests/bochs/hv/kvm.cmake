# Linux' KVM as L1: a guest of it in each mode, with EPT and without, from one processor to the next. What takes too
# long here is by hand: `kvm.sh HV DEBIAN linux DIR 1` has Linux as L2, whose messages follow "l2: ".
foreach(row "modes|modes|1" "processors|modes|2")
    string(REPLACE "|" ";" row "${row}")
    list(GET row 0 name)
    list(GET row 1 what)
    list(GET row 2 processors)
    vmxspec_bochs_test(hv.kvm.${name} 1500
        ${here}/hv/kvm/kvm.sh $<TARGET_FILE:hv> ${debian} ${what} ${out}/hv/kvm/${name} ${processors})
    set_tests_properties(hv.kvm.${name} PROPERTIES FIXTURES_REQUIRED debian_kernels)
endforeach()
