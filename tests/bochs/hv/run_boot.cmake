# ./run boot: each way in which a guest may end, and bad input.
vmxspec_kernel(ending SOURCES hv/ending.cpp)
set(boot ${PROJECT_SOURCE_DIR}/hv/iso/boot.sh --hypervisor $<TARGET_FILE:hv>)
foreach(row
        "off|0|the guest has turned the machine off|60"
        "reset|1|the guest has failed: the machine was reset|60"
        "panic|1|COM1 says .*Kernel panic - not syncing: as asked for|60"
        "triple-fault|1|the hypervisor said .a triple fault of the guest. the machine is reset|60"
        "hang|2|the machine was not off after 8 s|8")
    string(REPLACE "|" ";" row "${row}")
    list(GET row 0 ending)
    list(GET row 1 code)
    list(GET row 2 sentence)
    list(GET row 3 seconds)
    vmxspec_bochs_test(hv.run-boot.${ending} 90 ${here}/hv/ends.sh ${code} "${sentence}"
        ${boot} --module "$<TARGET_FILE:ending> ${ending}" --out ${out}/hv/run-boot-${ending}
        --serial ${out}/hv/run-boot-${ending}.txt --timeout ${seconds})
endforeach()
vmxspec_bochs_test(hv.run-boot.dry 60 ${here}/hv/ends.sh 0 "run-boot-dry/boot.iso$"
    ${boot} --module $<TARGET_FILE:ending> --out ${out}/hv/run-boot-dry --dry-run)
# Without --serial COM1 is shown.
vmxspec_bochs_test(hv.run-boot.shown 90 ${CMAKE_COMMAND} -E env ${boot} --module "$<TARGET_FILE:ending> off" --out ${out}/hv/run-boot-shown)
set_tests_properties(hv.run-boot.shown PROPERTIES PASS_REGULAR_EXPRESSION
    "ending: off.*boot: the guest has turned the machine off; COM1 is in .*/run-boot-shown/serial.txt.")
foreach(row
        "missing|missing can't be read|--linux missing"
        "both|--linux and --module exclude each other|--linux a --module b"
        "initrd|--initrd and --append are for a Linux guest|--initrd a"
        "option|--frmware is not an option|--frmware uefi"
        "value|--cpus needs a value|--cpus"
        "serial|/missing/serial.txt can't be written|--serial /missing/serial.txt"
        "cpu|i486dx is not a processor model of Bochs|--cpu i486dx")
    string(REPLACE "|" ";" row "${row}")
    list(GET row 0 name)
    list(GET row 1 sentence)
    list(GET row 2 options)
    string(REPLACE " " ";" options "${options}")
    vmxspec_bochs_test(hv.run-boot.bad-${name} 30 ${here}/hv/ends.sh 3 "^boot: .*${sentence}"
        ${boot} --out ${out}/hv/run-boot-bad-${name} --serial ${out}/hv/run-boot-bad-${name}.txt ${options})
endforeach()
