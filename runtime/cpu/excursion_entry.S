// Begin and end of an excursion (excursion.hpp).
#include "runtime/cpu/callee_saved.inc"

        // Excursion
        .set    RIP, 0                          // then CS, RFLAGS, RSP, SS: what IRETQ takes
        .set    CS, 8
        .set    RFLAGS, 16
        .set    RSP, 24
        .set    SS, 32
        .set    DATA_SEGMENT, 40
        .set    RAX, 48
        .set    RCX, 56
        .set    RDX, 64
        .set    RDI, 72
        .set    END, 80
        .set    STACK, 120

        .set    VM_EXIT, 2                      // ExcursionEnd
        .set    DATA, 0x10                      // selector::data

        .text
        // RDI: excursion.
        .globl  vmxspec_excursion
        .type   vmxspec_excursion, @function
vmxspec_excursion:
        push_callee_saved
        movq    %rsp, STACK(%rdi)
        movq    %rdi, vmxspec_open_excursion(%rip)
        movl    DATA_SEGMENT(%rdi), %eax
        movl    %eax, %ds
        movl    %eax, %es
        pushq   SS(%rdi)
        pushq   RSP(%rdi)
        pushq   RFLAGS(%rdi)
        pushq   CS(%rdi)
        pushq   RIP(%rdi)
        movq    RAX(%rdi), %rax
        movq    RCX(%rdi), %rcx
        movq    RDX(%rdi), %rdx
        movq    RDI(%rdi), %rdi
        iretq

        // RSP: a small stack, by the host-RSP field.
        .globl  vmxspec_excursion_exit
        .type   vmxspec_excursion_exit, @function
vmxspec_excursion_exit:
        pushq   %rbx
        movq    vmxspec_open_excursion(%rip), %rbx
        movq    %rax, RAX(%rbx)
        movq    %rcx, RCX(%rbx)
        movq    %rdx, RDX(%rbx)
        movq    %rdi, RDI(%rbx)
        movq    $VM_EXIT, END(%rbx)
        movq    STACK(%rbx), %rsp

        // RSP: the caller's stack. DS and ES are anything.
        .globl  vmxspec_excursion_landing
        .type   vmxspec_excursion_landing, @function
vmxspec_excursion_landing:
        movl    $DATA, %eax
        movl    %eax, %ds
        movl    %eax, %es
        movq    $0, vmxspec_open_excursion(%rip)
        pop_callee_saved
        ret

        .section .note.GNU-stack, "", @progbits
