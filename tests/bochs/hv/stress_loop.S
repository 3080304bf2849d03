// One instruction with all general registers and arithmetic flags known before it and noted down behind it (stress.hpp).
#include "runtime/cpu/callee_saved.inc"

        .macro  load_registers
        pushq   vmxspec_stress_flags(%rip)
        popfq
        movq    vmxspec_stress_before + 0(%rip), %rax
        movq    vmxspec_stress_before + 8(%rip), %rcx
        movq    vmxspec_stress_before + 16(%rip), %rdx
        movq    vmxspec_stress_before + 24(%rip), %rbx
        movq    vmxspec_stress_before + 40(%rip), %rbp
        movq    vmxspec_stress_before + 48(%rip), %rsi
        movq    vmxspec_stress_before + 56(%rip), %rdi
        .irp    n, 8, 9, 10, 11, 12, 13, 14, 15
        movq    vmxspec_stress_before + 8 * \n(%rip), %r\n
        .endr
        movq    %rsp, vmxspec_stress_before + 32(%rip)
        .endm

        .macro  store_registers
        movq    %rax, vmxspec_stress_after + 0(%rip)
        movq    %rcx, vmxspec_stress_after + 8(%rip)
        movq    %rdx, vmxspec_stress_after + 16(%rip)
        movq    %rbx, vmxspec_stress_after + 24(%rip)
        movq    %rsp, vmxspec_stress_after + 32(%rip)
        movq    %rbp, vmxspec_stress_after + 40(%rip)
        movq    %rsi, vmxspec_stress_after + 48(%rip)
        movq    %rdi, vmxspec_stress_after + 56(%rip)
        .irp    n, 8, 9, 10, 11, 12, 13, 14, 15
        movq    %r\n, vmxspec_stress_after + 8 * \n(%rip)
        .endr
        pushfq
        popq    vmxspec_stress_flags_after(%rip)
        .endm

        // A function that executes INSTRUCTION once; a fault of it is counted.
        .macro  once name, instruction:vararg
        .globl  vmxspec_stress_\name
        .type   vmxspec_stress_\name, @function
vmxspec_stress_\name:
        push_callee_saved
        load_registers
1:      \instruction
2:      store_registers
        pop_callee_saved
        ret
3:      pushfq                                  // as the fault has left them
        incq    vmxspec_stress_faults(%rip)
        popfq
        jmp     2b
        .pushsection .fixups, "a"
        .long   1b - ., 3b - .
        .popsection
        .endm

        .text
        once    cpuid, cpuid
        once    xsetbv, xsetbv
        once    rdmsr, rdmsr
        once    wrmsr, wrmsr
        once    cr0, movq %rax, %cr0
        once    cr4, movq %rax, %cr4
        once    invd, invd
        once    vmxoff, vmxoff
        once    vmcall, vmcall
        once    vmread, vmread %rax, %rcx
        once    getsec, getsec
        once    store, movq %rax, (%rdi)
        once    load, movq (%rdi), %rax

        .section .note.GNU-stack, "", @progbits
