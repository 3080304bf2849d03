# How the hypervisor boots: its ISO, its log, what it refuses, what it costs.

# ---- build/vmxspec.iso: the hypervisor with its guest, and the probe as the second entry of the menu

set(boots "vmxspec: hypervisor at" "vmxspec: the guest starts at" " checks passed, 0 failed, ")
foreach(firmware bios uefi)
    vmxspec_bochs_test(hv.iso.${firmware} 135
        ${here}/hv/iso.sh ${CMAKE_BINARY_DIR}/vmxspec.iso ${out}/hv/iso-${firmware} --model corei7_skylake_x --firmware ${firmware} --
        ${boots})
endforeach()
vmxspec_bochs_test(hv.iso.probe 75 ${here}/hv/second_entry.sh ${CMAKE_BINARY_DIR}/hv/vmxspec.tree ${out}/hv/iso-probe)

# ---- The log, read by the guest

vmxspec_kernel(log-reader SOURCES hv/log_reader.cpp)
vmxspec_bochs_test(hv.log.leaf 75
    ${hv} $<TARGET_FILE:log-reader> log.leaf ${out}/hv/log-leaf "what the guest did is in the log" --model corei7_skylake_x)
vmxspec_bochs_test(hv.log.no-leaf 75
    ${hv} $<TARGET_FILE:log-reader> log=error ${out}/hv/log-no-leaf "there is no log to read" --model corei7_skylake_x)
