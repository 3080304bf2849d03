/* A program for Linux on both kinds of machines: turns Bochs off, where there is no ACPI that would. */
    .globl _start
_start:
    movl $110, %eax /* iopl */
    movl $3, %ebx
    int $0x80
    movl $shutdown, %esi
    movl $shutdown_end - shutdown, %ecx
    movl $0x8900, %edx
    rep outsb
    movl $1, %eax /* exit, if this was no Bochs */
    movl $1, %ebx
    int $0x80
shutdown:
    .ascii "Shutdown"
shutdown_end:
    .section .note.GNU-stack, "", @progbits
