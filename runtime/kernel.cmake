# vmxspec_kernel(name SOURCES file ...): the executable `name`, a kernel on the runtime.
function(vmxspec_kernel name)
    cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES")
    set(script ${vmxspec_runtime_dir}/boot/kernel.ld)
    add_executable(${name} ${arg_SOURCES})
    # Whole: nothing in the kernel refers to the Multiboot2 header.
    target_link_libraries(${name} PRIVATE
        vmxspec_warnings vmxspec_freestanding
        -Wl,--whole-archive vmxspec_runtime -Wl,--no-whole-archive)
    target_link_options(${name} PRIVATE -Wl,-T,${script})
    set_target_properties(${name} PROPERTIES
        LINK_DEPENDS ${script}
        # Not among the programs for this machine.
        RUNTIME_OUTPUT_DIRECTORY ${CMAKE_CURRENT_BINARY_DIR})
endfunction()
