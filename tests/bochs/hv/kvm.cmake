# Linux' KVM as L1.
vmxspec_bochs_test(hv.kvm 900 ${here}/hv/kvm/kvm.sh $<TARGET_FILE:hv> ${debian} ${out}/hv/kvm)
set_tests_properties(hv.kvm PROPERTIES FIXTURES_REQUIRED debian_kernels)
