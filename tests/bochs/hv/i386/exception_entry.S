// Where the IDT's gates lead: one stub a vector, then all registers onto the stack in the order of Frame
// (exception.cpp).

        .set    HAS_ERROR_CODE, 0x60227d00      // as in runtime/cpu/exception_entry.S
        .set    STUB_SIZE, 16                   // runtime/cpu/interrupt_table.cpp

        .text
        .balign STUB_SIZE
        .globl  exception_stubs
exception_stubs:
        .set    vector, 0
        .rept   32
        .balign STUB_SIZE
        .if     (HAS_ERROR_CODE >> vector & 1) == 0
        pushl   $0
        .endif
        pushl   $vector
        jmp     exception_entry
        .set    vector, vector + 1
        .endr

exception_entry:
        pushal
        cld
        movl    %esp, %ebx
        andl    $-16, %esp                      // the ABI wants ESP aligned on 16 bytes at a call
        subl    $12, %esp
        pushl   %ebx
        call    i386_exception
        movl    %ebx, %esp
        popal
        addl    $8, %esp                        // vector, error code
        iretl

        .section .note.GNU-stack, "", @progbits
