# Hypervisors of our own as the hypervisor's guest, and bare: both must say the same.

# The VM entry of VirtualBox's that failed, from its recording
set(fixtures ${PROJECT_SOURCE_DIR}/tests/fixtures)
set(recordings)
foreach(name before12 after12 before02 after02)
    list(APPEND recordings ${fixtures}/virtualbox-${name}.json)
endforeach()
set(recorded ${CMAKE_BINARY_DIR}/generated/include/recorded)
add_custom_command(OUTPUT ${recorded}/virtualbox.hpp
    COMMAND ${CMAKE_COMMAND} -E make_directory ${recorded}
    COMMAND /usr/bin/python3 ${here}/hv/recording.py ${recorded}/virtualbox.hpp ${recordings}
    DEPENDS ${here}/hv/recording.py ${recordings} COMMENT "Recorded VMCSs as constants")
vmxspec_kernel(replay SOURCES hv/replay.cpp hv/l1_vmcs.cpp ${recorded}/virtualbox.hpp)
target_link_libraries(replay PRIVATE vmxspec_generated)
foreach(model corei5_arrandale_m520 corei7_skylake_x)
    vmxspec_bochs_test(bare.l1.replay.${model} 75
        ${here}/hv/replay.sh - $<TARGET_FILE:replay> ${out}/hv/l1/replay-bare-${model} --model ${model})
    vmxspec_bochs_test(hv.l1.replay.${model} 75
        ${here}/hv/replay.sh $<TARGET_FILE:hv> $<TARGET_FILE:replay> ${out}/hv/l1/replay-${model} --model ${model})
endforeach()

# The time-stamp counter that a hypervisor gives its guest: offset, and scaled where the processor can. Bochs differs in one thing (README.md).
vmxspec_kernel(time-stamp SOURCES hv/time_stamp.cpp hv/l1_vmcs.cpp)
target_link_libraries(time-stamp PRIVATE vmxspec_generated)
foreach(model corei5_arrandale_m520 corei7_skylake_x)
    vmxspec_bochs_test(bare.l1.time-stamp.${model} 75
        ${demo} - $<TARGET_FILE:time-stamp> stored=guest ${out}/hv/l1/time-stamp-bare-${model} --model ${model})
    vmxspec_bochs_test(hv.l1.time-stamp.${model} 75
        ${demo} $<TARGET_FILE:hv> $<TARGET_FILE:time-stamp> / ${out}/hv/l1/time-stamp-${model} --model ${model})
endforeach()
vmxspec_bochs_test(hv.l1.time-stamp.levels 75
    ${CMAKE_COMMAND} -E env LEVELS=2
    ${demo} $<TARGET_FILE:hv> $<TARGET_FILE:time-stamp> / ${out}/hv/l1/time-stamp-levels --model corei7_skylake_x)

# Rounds: thousands, with interrupts and NMIs, on 1 and 2 processors. Millions: ./run boot with a module "rounds hv rounds=1000000".
set(sources_of_rounds
    hv/rounds.cpp hv/rounds_code.S hv/rounds_controls.cpp hv/rounds_host.cpp hv/rounds_judgement.cpp hv/rounds_machine.cpp
    hv/rounds_paging.cpp hv/rounds_registers.cpp hv/l1_vmcs.cpp)
vmxspec_kernel(rounds SOURCES ${sources_of_rounds})
target_link_libraries(rounds PRIVATE vmxspec_generated)
foreach(model corei5_arrandale_m520 corei7_skylake_x)
    foreach(count 1 2)
        vmxspec_bochs_test(bare.l1.rounds.${model}.${count} 120
            ${demo} - $<TARGET_FILE:rounds> "rounds=10000 processors=${count}" ${out}/hv/l1/rounds-bare-${model}-${count}
            --model ${model} --cpus ${count} --timeout 110)
        vmxspec_bochs_test(hv.l1.rounds.${model}.${count} 240
            ${demo} $<TARGET_FILE:hv> $<TARGET_FILE:rounds> "/rounds=3000 processors=${count}" ${out}/hv/l1/rounds-${model}-${count}
            --model ${model} --cpus ${count} --timeout 230)
    endforeach()
endforeach()
vmxspec_bochs_test(hv.l1.rounds.check-each 240
    ${demo} $<TARGET_FILE:hv> $<TARGET_FILE:rounds> "check=each/rounds=600 processors=2" ${out}/hv/l1/rounds-check
    --model corei7_skylake_x --cpus 2 --timeout 230)


# The same hypervisor as a program of 32 bits, with PAE paging and with 32-bit paging
include(hv/i386/kernel.cmake)
vmxspec_kernel_i386(rounds32 SOURCES ${sources_of_rounds})
target_link_libraries(rounds32 PRIVATE vmxspec_generated)
foreach(paging pae=1 no-pae=0)
    string(REPLACE "=" ";" paging ${paging})
    list(GET paging 0 name)
    list(GET paging 1 has_pae)
    foreach(count 1 2)
        vmxspec_bochs_test(bare.l1.rounds32.${name}.${count} 120
            ${demo} - $<TARGET_FILE:rounds32> "rounds=10000 processors=${count} pae=${has_pae}"
            ${out}/hv/l1/rounds32-bare-${name}-${count} --model corei7_skylake_x --cpus ${count} --timeout 110)
        vmxspec_bochs_test(hv.l1.rounds32.${name}.${count} 240
            ${demo} $<TARGET_FILE:hv> $<TARGET_FILE:rounds32> "/rounds=3000 processors=${count} pae=${has_pae}"
            ${out}/hv/l1/rounds32-${name}-${count} --model corei7_skylake_x --cpus ${count} --timeout 230)
    endforeach()
    # A processor without VMCS shadowing
    vmxspec_bochs_test(hv.l1.rounds32.${name}.arrandale 240
        ${demo} $<TARGET_FILE:hv> $<TARGET_FILE:rounds32> "/rounds=2000 processors=2 pae=${has_pae}"
        ${out}/hv/l1/rounds32-${name}-arrandale --model corei5_arrandale_m520 --cpus 2 --timeout 230)
endforeach()

# Three levels: the hypervisor is its own guest, and has a guest of its own.
foreach(model corei5_arrandale_m520 corei7_skylake_x)
    vmxspec_bochs_test(hv.l1.demo.${model} 240
        ${CMAKE_COMMAND} -E env LEVELS=2
        ${demo} $<TARGET_FILE:hv> $<TARGET_FILE:demo-guest> log=info/ ${out}/hv/l1/demo-${model} --model ${model} --timeout 230)
    vmxspec_bochs_test(hv.l1.rounds.${model}.levels 120
        ${CMAKE_COMMAND} -E env LEVELS=2
        ${demo} $<TARGET_FILE:hv> $<TARGET_FILE:rounds> "log=info/levels=2 rounds=700" ${out}/hv/l1/rounds-${model}-levels
        --model ${model} --timeout 110)
endforeach()

vmxspec_bochs_test(hv.l1.rounds32.levels 120
    ${CMAKE_COMMAND} -E env LEVELS=2
    ${demo} $<TARGET_FILE:hv> $<TARGET_FILE:rounds32> "log=info/levels=2 rounds=500" ${out}/hv/l1/rounds32-levels
    --model corei7_skylake_x --timeout 110)

# A hostile L1, by lot: what a hypervisor below must bear. For hours: ./run boot --module "hostile hv rounds=100000000 seed=7" --timeout 86400.
vmxspec_kernel(hostile SOURCES
    hv/hostile.cpp hv/hostile_ept.cpp hv/hostile_memory.cpp hv/hostile_operands.cpp
    hv/hostile_storm.cpp hv/hostile_vmcs.cpp hv/l1_vmcs.cpp)
target_link_libraries(hostile PRIVATE vmxspec_generated)
foreach(model corei5_arrandale_m520 corei7_skylake_x)
    vmxspec_bochs_test(hv.l1.hostile.${model} 240
        ${demo} $<TARGET_FILE:hv> $<TARGET_FILE:hostile> "/rounds=4000" ${out}/hv/l1/hostile-${model} --model ${model} --timeout 230)
endforeach()

# A hypervisor that watches what its guest writes: flags of EPT, the page-modification log, EPT12s in turn, INVEPT storms.
vmxspec_kernel(dirty SOURCES
    hv/dirty.cpp hv/dirty_judgement.cpp hv/dirty_tables.cpp hv/dirty_watcher.cpp hv/l1_vmcs.cpp)
foreach(model corei5_arrandale_m520 corei7_haswell_4770 corei7_skylake_x)
    vmxspec_bochs_test(bare.l1.dirty.${model} 75
        ${demo} - $<TARGET_FILE:dirty> "rounds=3000" ${out}/hv/l1/dirty-bare-${model} --model ${model})
    vmxspec_bochs_test(hv.l1.dirty.${model} 120
        ${demo} $<TARGET_FILE:hv> $<TARGET_FILE:dirty> "/rounds=3000" ${out}/hv/l1/dirty-${model} --model ${model} --timeout 110)
endforeach()

# A hypervisor whose guest is one: L2 reads and writes the fields of a shadow VMCS.
vmxspec_kernel(shadowing SOURCES hv/shadowing.cpp hv/l1_vmcs.cpp)
foreach(model corei5_arrandale_m520 corei7_skylake_x)
    vmxspec_bochs_test(bare.l1.shadowing.${model} 75
        ${demo} - $<TARGET_FILE:shadowing> "rounds=3000" ${out}/hv/l1/shadowing-bare-${model} --model ${model})
    vmxspec_bochs_test(hv.l1.shadowing.${model} 120
        ${demo} $<TARGET_FILE:hv> $<TARGET_FILE:shadowing> "/rounds=3000" ${out}/hv/l1/shadowing-${model} --model ${model} --timeout 110)
endforeach()

# Three levels: the hypervisor is its own guest.
foreach(kernel dirty shadowing)
    vmxspec_bochs_test(hv.l1.${kernel}.levels 120
        ${CMAKE_COMMAND} -E env LEVELS=2
        ${demo} $<TARGET_FILE:hv> $<TARGET_FILE:${kernel}> "log=info/rounds=400" ${out}/hv/l1/${kernel}-levels
        --model corei7_skylake_x --timeout 110)
endforeach()

# An "i386" hypervisor: L1 in legacy protected mode, with 32-bit and with PAE paging.
vmxspec_kernel(legacy SOURCES hv/legacy.cpp hv/legacy_code.S hv/legacy_outcomes.cpp hv/legacy_paging.cpp
    hv/legacy_rounds.S hv/legacy_tables.cpp hv/legacy_trials.S hv/legacy_vmcs.cpp hv/l1_vmcs.cpp)
foreach(model corei5_arrandale_m520 corei7_skylake_x)
    vmxspec_bochs_test(bare.l1.legacy.${model} 75
        ${demo} - $<TARGET_FILE:legacy> "rounds=500" ${out}/hv/l1/legacy-bare-${model} --model ${model})
    vmxspec_bochs_test(hv.l1.legacy.${model} 120
        ${demo} $<TARGET_FILE:hv> $<TARGET_FILE:legacy> "/rounds=500" ${out}/hv/l1/legacy-${model} --model ${model} --timeout 110)
endforeach()
vmxspec_bochs_test(hv.l1.legacy.abort 75
    ${demo} $<TARGET_FILE:hv> $<TARGET_FILE:legacy> /abort ${out}/hv/l1/legacy-abort --model corei7_skylake_x)
set_tests_properties(hv.l1.legacy.abort PROPERTIES ENVIRONMENT "SENTENCE=VMX-abort indicator 2.")
# Three levels: the hypervisor is its own guest, and has this one as guest.
vmxspec_bochs_test(hv.l1.legacy.levels 150
    ${CMAKE_COMMAND} -E env LEVELS=2
    ${demo} $<TARGET_FILE:hv> $<TARGET_FILE:legacy> "/rounds=100" ${out}/hv/l1/legacy-levels --model corei5_arrandale_m520 --timeout 140)
