# VMX for the hypervisor's guest: other hypervisors run under it.

# The probe as guest: each VM entry and each VMX instruction ends as the manual says under the capabilities that the
# hypervisor offers, on a processor that may not: no divergence is known here.
foreach(model corei5_arrandale_m520 corei7_sandy_bridge_2600k corei7_haswell_4770 corei7_skylake_x corei7_icelake_u tigerlake)
    vmxspec_bochs_test(hv.nested.probe.${model} 120
        ${here}/hv/nested_probe.sh $<TARGET_FILE:hv> $<TARGET_FILE:probe> $<TARGET_FILE:vmxspec> ${out}/hv/nested/${model}
        --model ${model})
endforeach()
vmxspec_bochs_test(hv.nested.probe.2-processors 180
    ${here}/hv/nested_probe.sh $<TARGET_FILE:hv> $<TARGET_FILE:probe> $<TARGET_FILE:vmxspec> ${out}/hv/nested/2-processors
    --model corei7_skylake_x --cpus 2 --timeout 170)

# Three levels: the hypervisor is its own guest, and has the probe as guest, which enters guests.
vmxspec_bochs_test(hv.nested.self 240
    ${CMAKE_COMMAND} -E env LEVELS=2
    ${here}/hv/nested_probe.sh $<TARGET_FILE:hv> $<TARGET_FILE:probe> $<TARGET_FILE:vmxspec> ${out}/hv/nested/self
    --model corei7_skylake_x --timeout 230)

# What it costs a hypervisor, in instructions
vmxspec_kernel(nested-cost SOURCES hv/nested_cost.cpp)
foreach(model corei5_arrandale_m520 corei7_skylake_x)
    vmxspec_bochs_test(hv.nested.cost.${model} 75
        ${hv} $<TARGET_FILE:nested-cost> nested=on ${out}/hv/nested/cost-${model} "each cost is within its limit" --model ${model})
endforeach()

# Without it, VMX instructions do not exist.
vmxspec_bochs_test(hv.nested.off 75
    ${hv} $<TARGET_FILE:nested-cost> nested=off ${out}/hv/nested/off "this processor has no VMX" --model corei7_skylake_x)

# Thousands of VM entries (the others are sampled); what Bochs itself does otherwise shows through.
foreach(model corei5_arrandale_m520 corei7_skylake_x)
    vmxspec_bochs_test(hv.nested.vectors.${model} 600
        ${here}/hv/nested_vectors.sh $<TARGET_FILE:hv> $<TARGET_FILE:probe> $<TARGET_FILE:vmxspec> ${model}
        ${out}/hv/nested/vectors-${model} 100)
endforeach()
