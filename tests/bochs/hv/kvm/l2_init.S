/* The first program of Linux as L2: it says so, and ends the machine. */
    .globl _start
_start:
    movl $110, %eax /* iopl */
    movl $3, %ebx
    int $0x80
    movl $text, %esi
    movl $text_end - text, %ecx
    movl $0x3f8, %edx
    rep outsb
    movl $0xf4, %edx
    outb %al, %dx
text:
    .ascii "Linux has started its first program\n"
text_end:
    .section .note.GNU-stack, "", @progbits
