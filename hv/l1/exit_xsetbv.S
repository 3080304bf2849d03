// XSETBV, with #GP as a result.

        .text
        // EDI: XCR, ESI: low half, EDX: high half of the value. Returns whether the processor has taken it.
        .globl  vmxspec_xsetbv
        .type   vmxspec_xsetbv, @function
vmxspec_xsetbv:
        movl    %edi, %ecx
        movl    %esi, %eax
1:      xsetbv
        movl    $1, %eax
        ret
2:      xorl    %eax, %eax
        ret

        .pushsection .fixups, "a"
        .long   1b - ., 2b - .
        .popsection

        .section .note.GNU-stack, "", @progbits
