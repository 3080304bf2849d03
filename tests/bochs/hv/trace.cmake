# Trace mode: the VM entries of other hypervisors, thousands at a time, judged by the specification. Those of Linux' KVM: kvm.cmake.
function(vmxspec_trace_test name model least port cpus module)
    vmxspec_bochs_test(hv.trace.${name} 180
        ${here}/hv/trace.sh boot $<TARGET_FILE:hv> $<TARGET_FILE:vmxspec> ${out}/hv/trace/${name} ${model} ${least} ${port}
        --cpus ${cpus} --module "${module}" --timeout 170)
endfunction()
vmxspec_trace_test(rounds corei7_skylake_x 2000 lpt1 2 "$<TARGET_FILE:rounds> hv rounds=1000 processors=2")
vmxspec_trace_test(rounds.com1 corei5_arrandale_m520 100 com1 1 "$<TARGET_FILE:rounds> hv rounds=100")
foreach(model corei5_arrandale_m520 corei7_skylake_x)
    vmxspec_trace_test(hostile.${model} ${model} 2000 lpt1 1 "$<TARGET_FILE:hostile> hv rounds=3000 seed=5")
endforeach()
vmxspec_trace_test(rounds32 corei7_skylake_x 800 lpt1 2 "$<TARGET_FILE:rounds32> hv rounds=400 processors=2 pae=0")
vmxspec_trace_test(legacy corei7_skylake_x 800 lpt1 1 "$<TARGET_FILE:legacy> rounds=100")
vmxspec_trace_test(dirty corei7_skylake_x 400 lpt1 1 "$<TARGET_FILE:dirty> hv rounds=400")
vmxspec_trace_test(shadowing corei7_skylake_x 400 lpt1 1 "$<TARGET_FILE:shadowing> hv rounds=400")
vmxspec_trace_test(probe corei7_skylake_x 150 lpt1 1 $<TARGET_FILE:probe>)
vmxspec_bochs_test(hv.trace.no-port 75
    ${hv} $<TARGET_FILE:selftest> trace=e9 ${out}/hv/trace/no-port
    "vmxspec: the option trace= names a port that is not there." --model corei7_skylake_x)
