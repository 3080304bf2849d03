// Where the gates for vectors 32 and up lead: one stub a vector, then a call with the vector and the RIP.

        .set    STUB_SIZE, 16                   // interrupts.cpp
        .set    RIP, 80                         // behind nine registers and the vector

        .text
        .balign STUB_SIZE
        .globl  vmxspec_demo_interrupt_stubs
vmxspec_demo_interrupt_stubs:
        .set    vector, 32
        .rept   256 - 32
        .balign STUB_SIZE
        pushq   $vector
        jmp     interrupt_entry
        .set    vector, vector + 1
        .endr

interrupt_entry:
        .irp    register, rax, rcx, rdx, rsi, rdi, r8, r9, r10, r11
        pushq   %\register
        .endr
        cld
        movq    RIP - 8(%rsp), %rdi
        movq    RIP(%rsp), %rsi
        pushq   %rbx
        movq    %rsp, %rbx                      // the ABI wants RSP aligned on 16 bytes at a call
        andq    $-16, %rsp
        call    vmxspec_demo_interrupt
        movq    %rbx, %rsp
        popq    %rbx
        .irp    register, r11, r10, r9, r8, rdi, rsi, rdx, rcx, rax
        popq    %\register
        .endr
        addq    $8, %rsp
        iretq

        .section .note.GNU-stack, "", @progbits
