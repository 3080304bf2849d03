# Linux' KVM as L1: a guest of it in each mode, with EPT and without, and Linux as its guest.
foreach(what modes linux)
    vmxspec_bochs_test(hv.kvm.${what} 900 ${here}/hv/kvm/kvm.sh $<TARGET_FILE:hv> ${debian} ${what} ${out}/hv/kvm/${what})
    set_tests_properties(hv.kvm.${what} PROPERTIES FIXTURES_REQUIRED debian_kernels)
endforeach()
