# The stress guest: VM exits of each kind, with the whole state compared; how often is the number behind count=.
vmxspec_kernel(exit-stress SOURCES
    hv/stress.cpp
    hv/stress_loop.S
    hv/stress_region.cpp
    hv/stress_state.cpp
    ${PROJECT_SOURCE_DIR}/hv/demo/interrupt_entry.S
    ${PROJECT_SOURCE_DIR}/hv/demo/interrupts.cpp
    ${PROJECT_SOURCE_DIR}/hv/demo/trial.cpp
    ${PROJECT_SOURCE_DIR}/hv/demo/trial_entry.S)
set(stress $<TARGET_FILE:exit-stress>)
foreach(model corei5_arrandale_m520 corei7_skylake_x)
    vmxspec_bochs_test(hv.stress.bare.${model} 120
        ${demo} - ${stress} / ${out}/hv/stress-bare-${model} --model ${model} --timeout 100)
    vmxspec_bochs_test(hv.stress.${model} 120
        ${demo} $<TARGET_FILE:hv> ${stress} / ${out}/hv/stress-${model} --model ${model} --timeout 100)
    vmxspec_bochs_test(hv.stress.digest.${model} 10
        ${here}/hv/digest.sh ${out}/hv/stress-bare-${model} ${out}/hv/stress-${model})
    set_tests_properties(hv.stress.bare.${model} hv.stress.${model} PROPERTIES FIXTURES_SETUP stress_${model})
    set_tests_properties(hv.stress.digest.${model} PROPERTIES FIXTURES_REQUIRED stress_${model})
endforeach()
vmxspec_bochs_test(hv.stress.check-each 120
    ${demo} $<TARGET_FILE:hv> ${stress} "check=each/count=200 nmi=60000" ${out}/hv/stress-check --model corei7_skylake_x --timeout 100)
