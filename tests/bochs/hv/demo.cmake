# The demo guest, which looks from inside whether it has the machine: bare, where it shows what Bochs' machine is, and under the
# hypervisor, with the generated checks before each VM entry too.
set(demo ${here}/hv/demo.sh)
vmxspec_bochs_test(hv.demo.bare.two-processors 75
    ${demo} - $<TARGET_FILE:demo-guest> / ${out}/hv/demo-bare-two --model corei7_skylake_x --cpus 2)
foreach(cpus 2 4)
    vmxspec_bochs_test(hv.demo.processors-${cpus} 75
        ${demo} $<TARGET_FILE:hv> $<TARGET_FILE:demo-guest> / ${out}/hv/demo-processors-${cpus} --model corei7_skylake_x --cpus ${cpus})
endforeach()
foreach(model corei5_arrandale_m520 corei7_skylake_x tigerlake)
    vmxspec_bochs_test(hv.demo.bare.${model} 75
        ${demo} - $<TARGET_FILE:demo-guest> / ${out}/hv/demo-bare-${model} --model ${model})
    vmxspec_bochs_test(hv.demo.${model} 75
        ${demo} $<TARGET_FILE:hv> $<TARGET_FILE:demo-guest> / ${out}/hv/demo-${model} --model ${model})
    vmxspec_bochs_test(hv.demo.check-each.${model} 75
        ${demo} $<TARGET_FILE:hv> $<TARGET_FILE:demo-guest> check=each/ ${out}/hv/demo-check-${model} --model ${model})
endforeach()

# What the guest can't survive: its state is reported, and the machine is reset.
vmxspec_bochs_test(hv.triple-fault 75
    ${demo} $<TARGET_FILE:hv> $<TARGET_FILE:demo-guest> /triple-fault ${out}/hv/triple-fault --model corei7_skylake_x)
set_tests_properties(hv.triple-fault PROPERTIES ENVIRONMENT "SENTENCE=a triple fault of the guest; the machine is reset")
