// Begin and end of a trial (trial.hpp).
#include "runtime/cpu/callee_saved.inc"

        // Trial
        .set    RIP, 0                          // then CS, RFLAGS, RSP, SS: what IRETQ takes
        .set    CS, 8
        .set    RFLAGS, 16
        .set    RSP, 24
        .set    SS, 32
        .set    DATA_SEGMENT, 40
        .set    RAX, 48
        .set    RCX, 56
        .set    RDX, 64
        .set    RBX, 72
        .set    RSI, 80
        .set    RDI, 88
        .set    STACK, 96

        .set    DATA, 0x10                      // selector::data

        .text
        // RDI: trial.
        .globl  vmxspec_demo_trial
        .type   vmxspec_demo_trial, @function
vmxspec_demo_trial:
        push_callee_saved
        movq    %rsp, STACK(%rdi)
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
        movq    RBX(%rdi), %rbx
        movq    RSI(%rdi), %rsi
        movq    RDI(%rdi), %rdi
        iretq

        // RSP: the caller's stack. DS and ES are anything.
        .globl  vmxspec_demo_landing
        .type   vmxspec_demo_landing, @function
vmxspec_demo_landing:
        movl    $DATA, %eax
        movl    %eax, %ds
        movl    %eax, %es
        pop_callee_saved
        ret

        .section .note.GNU-stack, "", @progbits
