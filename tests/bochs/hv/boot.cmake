# How the hypervisor boots: its ISO, its log, what it refuses, how large it is, what it costs, what its code promises.

# ---- build/vmxspec.iso: the hypervisor with its guest, and the probe as the second entry of the menu

set(product ${CMAKE_BINARY_DIR}/vmxspec.iso)
set(all_is_well " checks passed, 0 failed, ")
foreach(firmware bios uefi)
    vmxspec_bochs_test(hv.iso.${firmware} 240
        ${here}/hv/iso.sh ${product} ${out}/hv/iso-${firmware} --model corei7_skylake_x --firmware ${firmware} --timeout 220 --
        "vmxspec: hypervisor at" "vmxspec: the guest starts at" "${all_is_well}")
    set_tests_properties(hv.iso.${firmware} PROPERTIES FIXTURES_SETUP hv_iso_${firmware})
    # Less than 20 million instructions pass before the guest's first one.
    vmxspec_bochs_test(hv.boot-cost.${firmware} 10 ${here}/hv/boot_cost.sh ${out}/hv/iso-${firmware}/serial.txt 20000000)
    set_tests_properties(hv.boot-cost.${firmware} PROPERTIES FIXTURES_REQUIRED hv_iso_${firmware})
endforeach()
vmxspec_bochs_test(hv.iso.probe 75 ${here}/hv/second_entry.sh ${CMAKE_BINARY_DIR}/hv/vmxspec.tree ${out}/hv/iso-probe)

# ---- The log, read by the guest

vmxspec_kernel(log-reader SOURCES hv/log_reader.cpp)
vmxspec_bochs_test(hv.log.leaf 75
    ${hv} $<TARGET_FILE:log-reader> log.leaf ${out}/hv/log-leaf "what the guest did is in the log" --model corei7_skylake_x)
vmxspec_bochs_test(hv.log.no-leaf 75
    ${hv} $<TARGET_FILE:log-reader> log=error ${out}/hv/log-no-leaf "there is no log to read" --model corei7_skylake_x)

# ---- Refusals of machines, each one sentence

vmxspec_bochs_test(hv.locked-off 240
    ${refuses} "the kernel said \"the firmware has locked VMX off" ${here}/locked_off.sh $<TARGET_FILE:hv> ${out}/hv/locked-off)
vmxspec_bochs_test(hv.hidden-vmx 105
    ${here}/qemu.sh ${product} ${out}/hv/hidden-vmx qemu64 "a hypervisor runs this machine and shows no VMX")
# And read on the screen as people do.
vmxspec_bochs_test(hv.screen 105
    ${here}/screen.sh ${product} ${out}/hv/screen uefi "vmxspec: this processor has no VMX (CPUID.1:ECX[5] is 0)." $<TARGET_FILE:screen-text>)

# ---- What the code promises: its size, its stack, and that what points to code can't be written

set(image $<TARGET_FILE:hv>)
add_test(NAME hv.size COMMAND ${here}/hv/size.sh ${image} ${image}.map 131072)
add_test(NAME hv.writable COMMAND ${here}/hv/writable.sh ${image})
add_test(NAME hv.stack COMMAND ${here}/hv/stack.sh ${image} ${CMAKE_BINARY_DIR}/hv/CMakeFiles/hv.dir
    ${CMAKE_BINARY_DIR}/hv/CMakeFiles/vmxspec_check.dir ${CMAKE_BINARY_DIR}/runtime/CMakeFiles/vmxspec_runtime.dir)
add_test(NAME hv.stack-selftest COMMAND ${here}/hv/stack_selftest.sh)
set_tests_properties(hv.size hv.writable hv.stack hv.stack-selftest PROPERTIES LABELS bochs TIMEOUT 60)
