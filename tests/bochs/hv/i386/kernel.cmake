# vmxspec_kernel_i386(name SOURCES file ...): the executable `name`, a kernel of 32 bits. Of the runtime it has what does not depend
# on the mode, and what is here for the rest; `kernel_main` finds paging off.
set(i386 ${CMAKE_CURRENT_LIST_DIR})
set(runtime ${vmxspec_runtime_dir})
add_library(vmxspec_runtime_i386 STATIC
    ${i386}/descriptor_tables.cpp
    ${i386}/entry.S
    ${i386}/exception.cpp
    ${i386}/exception_entry.S
    ${i386}/start.cpp
    ${i386}/start_up_entry.S
    ${i386}/vm_entry.S
    ${runtime}/boot/boot_information.cpp
    ${runtime}/boot/refusal.S
    ${runtime}/cpu/fixup.cpp
    ${runtime}/cpu/halt.cpp
    ${runtime}/cpu/interrupt_table.cpp
    ${runtime}/cpu/msr.cpp
    ${runtime}/cpu/start_up.cpp
    ${runtime}/cpu/vmx_operation.cpp
    ${runtime}/io/console.cpp
    ${runtime}/io/framebuffer_text.cpp
    ${runtime}/io/glyphs.cpp
    ${runtime}/io/vga_text.cpp
    ${runtime}/memory/bytes.cpp)
target_include_directories(vmxspec_runtime_i386 PUBLIC ${PROJECT_SOURCE_DIR})
target_include_directories(vmxspec_runtime_i386 SYSTEM PRIVATE ${vmxspec_grub_font})
target_compile_options(vmxspec_runtime_i386 PUBLIC -m32 -fno-pie PRIVATE -Os)
target_link_libraries(vmxspec_runtime_i386 PUBLIC vmxspec_no_system PRIVATE vmxspec_warnings)

function(vmxspec_kernel_i386 name)
    cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES")
    set(script ${vmxspec_runtime_dir}/boot/kernel.ld)
    add_executable(${name} ${arg_SOURCES} ${vmxspec_runtime_dir}/boot/multiboot2_header.S)
    target_link_libraries(${name} PRIVATE
        vmxspec_warnings -Wl,--whole-archive vmxspec_runtime_i386 -Wl,--no-whole-archive
        gcc)  # division of 64-bit numbers
    target_link_options(${name} PRIVATE -m32 -no-pie -Wl,-T,${script})
    set_target_properties(${name} PROPERTIES
        LINK_DEPENDS ${script}
        # Not among the programs for this machine.
        RUNTIME_OUTPUT_DIRECTORY ${CMAKE_CURRENT_BINARY_DIR})
endfunction()
