// VM entry of L1, and what every VM exit of L1 begins and ends with (exit.hpp).

        .macro  pop_registers
        .irp    register, r15, r14, r13, r12, r11, r10, r9, r8, rdi, rsi, rbp, rbx, rdx, rcx, rax
        popq    %\register
        .endr
        .endm

        .text
        // RDI: the processor's Registers. Returns only if there is no VM entry.
        .globl  vmxspec_l1_launch
        .type   vmxspec_l1_launch, @function
vmxspec_l1_launch:
        movq    %rdi, %rsp
        pop_registers
        vmlaunch
        jmp     no_entry

        // What the host-RIP field points to. RSP: Registers.processor, by the host-RSP field.
        .macro  handle_exit name, handler
        .globl  \name
        .type   \name, @function
\name:
        .irp    register, rax, rcx, rdx, rbx, rbp, rsi, rdi, r8, r9, r10, r11, r12, r13, r14, r15
        pushq   %\register
        .endr
        movq    %rsp, %rdi
        call    \handler
        pop_registers
        vmresume
        .endm

        handle_exit vmxspec_l2_exit, vmxspec_l2_handle
        jmp     no_entry
        handle_exit vmxspec_l1_exit, vmxspec_l1_handle

        // The VM entry failed without a VM exit. RSP is Registers.processor again; the registers are L1's.
no_entry:
        subq    $120, %rsp
        movq    %rsp, %rdi
        call    vmxspec_l1_entry_failed
        ud2                                     // it does not return

        .section .note.GNU-stack, "", @progbits
