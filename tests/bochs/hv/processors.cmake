# ---- All processors: a guest that starts them itself, bare (what Bochs does) and under the hypervisor

vmxspec_kernel(processors SOURCES hv/processors.cpp hv/processors_entry.S)

foreach(row
        "arrandale|corei5_arrandale_m520|1|bios|check=each" "arrandale|corei5_arrandale_m520|2|bios|check=each"
        "arrandale|corei5_arrandale_m520|4|bios|log=info" "skylake_x|corei7_skylake_x|1|bios|log=info"
        "skylake_x|corei7_skylake_x|2|bios|check=each" "skylake_x|corei7_skylake_x|4|bios|log=info"
        "skylake_x|corei7_skylake_x|2|uefi|log=info")
    string(REPLACE "|" ";" row "${row}")
    list(GET row 0 name)
    list(GET row 1 model)
    list(GET row 2 count)
    list(GET row 3 firmware)
    list(GET row 4 options)
    set(sentences "${count} processors in xAPIC mode: as in the manual|the end")
    if(name STREQUAL skylake_x)
        string(APPEND sentences "|${count} processors in x2APIC mode: as in the manual")
    endif()
    foreach(hypervisor bare hv)
        set(run ${hypervisor}.processors.${name}.${count}.${firmware})
        set(kernel $<IF:$<STREQUAL:${hypervisor},hv>,$<TARGET_FILE:hv>,->)
        vmxspec_bochs_test(${run} 420
            ${here}/hv/processors.sh ${kernel} "${options}" $<TARGET_FILE:processors> ${count} ${out}/${run} "${sentences}"
            --model ${model} --firmware ${firmware} --timeout 400)
    endforeach()
endforeach()
