// VM entry and VM exit (vm_entry.hpp).
#include "runtime/cpu/callee_saved.inc"

        // VmEntryFrame
        .set    RAX, 0
        .set    RCX, 8
        .set    RDX, 16
        .set    RBX, 24
        .set    HOST_STACK, 32
        .set    RBP, 40
        .set    RSI, 48
        .set    RDI, 56
        .set    R8, 64

        // VmxOutcome
        .set    SUCCEED, 0
        .set    FAIL_INVALID, 1
        .set    FAIL_VALID, 2

        .text
        // RDI: frame; ESI: 0 VMLAUNCH, 1 VMRESUME. Returns AL: VmxOutcome.
        .globl  vmxspec_vm_entry
        .type   vmxspec_vm_entry, @function
vmxspec_vm_entry:
        push_callee_saved
        movq    %rsp, HOST_STACK(%rdi)

        testl   %esi, %esi                      // no MOV below changes ZF
        movq    RAX(%rdi), %rax
        movq    RCX(%rdi), %rcx
        movq    RDX(%rdi), %rdx
        movq    RBX(%rdi), %rbx
        movq    RBP(%rdi), %rbp
        movq    RSI(%rdi), %rsi
        .irp    n, 8, 9, 10, 11, 12, 13, 14, 15
        movq    R8 + 8 * (\n - 8)(%rdi), %r\n
        .endr
        movq    RDI(%rdi), %rdi
        jnz     1f
        vmlaunch
        jmp     2f
1:      vmresume
2:      // No VM exit: CF for VMfailInvalid, ZF for VMfailValid, and RSP is still ours.
        movl    $FAIL_VALID, %eax
        movl    $FAIL_INVALID, %ecx
        cmovcl  %ecx, %eax
        jmp     leave

        // RSP: the frame, by the host-RSP field.
        .globl  vmxspec_vm_exit
        .type   vmxspec_vm_exit, @function
vmxspec_vm_exit:
        movq    %rax, RAX(%rsp)
        movq    %rcx, RCX(%rsp)
        movq    %rdx, RDX(%rsp)
        movq    %rbx, RBX(%rsp)
        movq    %rbp, RBP(%rsp)
        movq    %rsi, RSI(%rsp)
        movq    %rdi, RDI(%rsp)
        .irp    n, 8, 9, 10, 11, 12, 13, 14, 15
        movq    %r\n, R8 + 8 * (\n - 8)(%rsp)
        .endr
        movq    HOST_STACK(%rsp), %rsp
        movl    $SUCCEED, %eax

leave:
        pop_callee_saved
        ret

        .section .note.GNU-stack, "", @progbits
