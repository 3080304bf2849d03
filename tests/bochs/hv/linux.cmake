# Linux guests: Debian's kernels as they are, each with a small initramfs. hv.linux.debian downloads them, once a build folder.
set(debian ${out}/hv/linux/debian)
vmxspec_bochs_test(hv.linux.debian 900 ${here}/hv/linux/debian.sh ${debian})
set_tests_properties(hv.linux.debian PROPERTIES FIXTURES_SETUP debian_kernels)

file(WRITE ${CMAKE_CURRENT_BINARY_DIR}/no-sources.conf "Dir::Etc::sourcelist \"/dev/null\";\nDir::Etc::sourceparts \"/dev/null\";\n")
vmxspec_bochs_test(hv.linux.offline 30 ${CMAKE_COMMAND} -E env APT_CONFIG=${CMAKE_CURRENT_BINARY_DIR}/no-sources.conf
    ${refuses} "linux-image-cloud-amd64:amd64 could not be downloaded" ${here}/hv/linux/debian.sh ${out}/hv/linux/offline)

# By BIOS a 64-bit kernel is entered in 64-bit mode here, and in 32-bit mode by hv.linux.cost. Under UEFI Bochs has no ACPI tables:
# Linux finds one processor there.
foreach(row
        "processors|amd64|2|bios|log=info"
        "uefi|amd64|1|uefi|log=info"
        "i386|i386|1|bios|check=each nested=off")
    string(REPLACE "|" ";" row "${row}")
    list(GET row 0 name)
    list(GET row 1 machine)
    list(GET row 2 processors)
    list(GET row 3 firmware)
    list(GET row 4 options)
    vmxspec_bochs_test(hv.linux.${name} 600 ${here}/hv/linux/linux.sh $<TARGET_FILE:hv> ${debian} ${machine}
        ${out}/hv/linux/${name} ${processors} --firmware ${firmware} --hv ${options})
    set_tests_properties(hv.linux.${name} PROPERTIES FIXTURES_REQUIRED debian_kernels)
endforeach()

vmxspec_bochs_test(hv.linux.truncated 75 ${hv} ${debian}/amd64/truncated log=info ${out}/hv/linux/truncated
    "its file ends before the kernel does" --model corei7_haswell_4770)
set_tests_properties(hv.linux.truncated PROPERTIES FIXTURES_REQUIRED debian_kernels)

# What the hypervisor costs a whole boot, in instructions: at most 3 % of it.
vmxspec_bochs_test(hv.linux.cost 1200 ${here}/hv/linux/cost.sh $<TARGET_FILE:hv> ${debian} ${out}/hv/linux/cost 30)
set_tests_properties(hv.linux.cost PROPERTIES FIXTURES_REQUIRED debian_kernels)
