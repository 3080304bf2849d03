# vmxspec_iso(name KERNEL target GRUB_CFG file [MODULES file ...]): the target `name_iso`, built by default,
# which makes ${CMAKE_BINARY_DIR}/name.iso. The ISO boots under BIOS and UEFI; it has the kernel as
# /boot/target, each module as /boot/<its file name>, and GRUB_CFG as GRUB's configuration.
function(vmxspec_iso name)
    cmake_parse_arguments(PARSE_ARGV 1 arg "" "KERNEL;GRUB_CFG" "MODULES")
    vmxspec_require_iso_tools()

    set(iso ${CMAKE_BINARY_DIR}/${name}.iso)
    set(tree ${CMAKE_CURRENT_BINARY_DIR}/${name}.tree)
    set(modules)
    if(arg_MODULES)
        set(modules COMMAND ${CMAKE_COMMAND} -E copy ${arg_MODULES} ${tree}/boot)
    endif()
    add_custom_command(
        OUTPUT ${iso}
        COMMAND ${CMAKE_COMMAND} -E rm -rf ${tree}
        COMMAND ${CMAKE_COMMAND} -E make_directory ${tree}/boot/grub
        COMMAND ${CMAKE_COMMAND} -E copy $<TARGET_FILE:${arg_KERNEL}> ${tree}/boot/${arg_KERNEL}
        COMMAND ${CMAKE_COMMAND} -E copy ${arg_GRUB_CFG} ${tree}/boot/grub/grub.cfg
        ${modules}
        COMMAND bash ${vmxspec_runtime_dir}/boot/mkiso.sh ${tree} ${iso}
        DEPENDS ${arg_KERNEL} ${arg_GRUB_CFG} ${arg_MODULES} ${vmxspec_runtime_dir}/boot/mkiso.sh
        COMMENT "Making ${name}.iso (BIOS and UEFI)"
        VERBATIM)
    add_custom_target(${name}_iso ALL DEPENDS ${iso})
endfunction()

# Stops with one sentence if an ISO for both firmwares can't be made here.
function(vmxspec_require_iso_tools)
    find_program(vmxspec_grub_mkrescue grub-mkrescue)
    find_program(vmxspec_xorriso xorriso)
    find_program(vmxspec_mformat mformat)
    find_path(vmxspec_grub_bios i386-pc/multiboot2.mod PATHS /usr/lib/grub NO_DEFAULT_PATH)
    find_path(vmxspec_grub_efi x86_64-efi/multiboot2.mod PATHS /usr/lib/grub NO_DEFAULT_PATH)
    mark_as_advanced(vmxspec_grub_mkrescue vmxspec_xorriso vmxspec_mformat vmxspec_grub_bios vmxspec_grub_efi)
    set(missing)
    foreach(tool grub_mkrescue=grub-common xorriso=xorriso mformat=mtools
                 grub_bios=grub-pc-bin grub_efi=grub-efi-amd64-bin)
        string(REPLACE "=" ";" pair ${tool})
        list(GET pair 0 variable)
        list(GET pair 1 package)
        if(NOT vmxspec_${variable})
            list(APPEND missing ${package})
        endif()
    endforeach()
    if(missing)
        list(JOIN missing " " missing)
        message(FATAL_ERROR "Bootable ISOs can't be made: install the Debian packages ${missing}.")
    endif()
endfunction()
