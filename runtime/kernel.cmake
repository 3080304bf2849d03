# vmxspec_kernel(name [RELOCATABLE] SOURCES file ...): the executable `name`, a kernel on the runtime. A relocatable one is put by
# the boot loader as high below 4 GiB as there is room, on a multiple of 2 MiB, and takes up a multiple of 2 MiB: so
# nothing is in the way of another kernel, which it may load.
function(vmxspec_kernel name)
    cmake_parse_arguments(PARSE_ARGV 1 arg "RELOCATABLE" "" "SOURCES")
    set(script ${vmxspec_runtime_dir}/boot/kernel.ld)
    add_executable(${name} ${arg_SOURCES} ${vmxspec_runtime_dir}/boot/multiboot2_header.S)
    # Whole: nothing in the kernel refers to the boot loader's entry.
    target_link_libraries(${name} PRIVATE
        vmxspec_warnings vmxspec_freestanding
        -Wl,--whole-archive vmxspec_runtime -Wl,--no-whole-archive)
    target_link_options(${name} PRIVATE -Wl,-T,${script})
    if(arg_RELOCATABLE)
        target_compile_definitions(${name} PRIVATE VMXSPEC_RELOCATABLE)
        target_link_options(${name} PRIVATE -Wl,-Map=$<TARGET_FILE:${name}>.map -static-pie -Wl,--no-dynamic-linker -Wl,-z,text -Wl,-z,norelro
            # The other format is one that GRUB refuses.
            -Wl,-z,pack-relative-relocs
            -Wl,--defsym=kernel_link_address=0x200000 -Wl,--defsym=kernel_alignment=0x200000)
    else()
        target_link_options(${name} PRIVATE -no-pie)
    endif()
    set_target_properties(${name} PROPERTIES
        LINK_DEPENDS ${script}
        # Not among the programs for this machine.
        RUNTIME_OUTPUT_DIRECTORY ${CMAKE_CURRENT_BINARY_DIR})
endfunction()
