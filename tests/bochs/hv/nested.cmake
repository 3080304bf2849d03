# VMX for the hypervisor's guest: other hypervisors run under it.

# The probe as guest: each VM entry and each VMX instruction ends as the manual says under the capabilities that the
# hypervisor offers, on a processor that may not: no divergence is known here.
foreach(model corei5_arrandale_m520 corei7_sandy_bridge_2600k corei7_haswell_4770 corei7_skylake_x)
    vmxspec_bochs_test(hv.nested.probe.${model} 120
        ${here}/hv/nested_probe.sh $<TARGET_FILE:hv> $<TARGET_FILE:probe> $<TARGET_FILE:vmxspec> ${out}/hv/nested/${model}
        --model ${model})
endforeach()
