// Where the IDT's gates lead: one stub a vector, then all registers onto the stack in the order of
// ExceptionFrame (exception.hpp).

        // Vectors for which the processor pushes an error code (SDM volume 3A, Table 7-1): 8, 10-14, 17, 21,
        // 29, 30. The others get a 0.
        .set    HAS_ERROR_CODE, 0x60227d00
        .set    STUB_SIZE, 16                   // interrupt_table.cpp

        .text
        .balign STUB_SIZE
        .globl  exception_stubs
exception_stubs:
        .set    vector, 0
        .rept   32
        .balign STUB_SIZE
        .if     (HAS_ERROR_CODE >> vector & 1) == 0
        pushq   $0
        .endif
        pushq   $vector
        jmp     exception_entry
        .set    vector, vector + 1
        .endr

exception_entry:
        pushq   %rax
        pushq   %rcx
        pushq   %rdx
        pushq   %rbx
        pushq   %rbp
        pushq   %rsi
        pushq   %rdi
        pushq   %r8
        pushq   %r9
        pushq   %r10
        pushq   %r11
        pushq   %r12
        pushq   %r13
        pushq   %r14
        pushq   %r15
        cld
        movq    %rsp, %rdi
        movq    %rsp, %rbx                      // the ABI wants RSP aligned on 16 bytes at a call
        andq    $-16, %rsp
        call    vmxspec_exception
        movq    %rbx, %rsp
        popq    %r15
        popq    %r14
        popq    %r13
        popq    %r12
        popq    %r11
        popq    %r10
        popq    %r9
        popq    %r8
        popq    %rdi
        popq    %rsi
        popq    %rbp
        popq    %rbx
        popq    %rdx
        popq    %rcx
        popq    %rax
        addq    $16, %rsp                       // vector, error code
        iretq

        .section .note.GNU-stack, "", @progbits
