// From the boot loader's 32-bit protected mode to C++, as it is: flat segments, paging off, interrupts off (Multiboot2
// specification 2.0, section 3.3).

        .set    LOADER_MAGIC, 0x36d76289

        .text
        .globl  boot_entry
        .type   boot_entry, @function
boot_entry:
        cli
        cld
        movl    $boot_stack_end, %esp
        movl    $not_multiboot2, %esi
        cmpl    $LOADER_MAGIC, %eax
        jne     boot_refuse
        xorl    %ebp, %ebp
        subl    $12, %esp                       // the ABI wants ESP aligned on 16 bytes at a call
        pushl   %ebx                            // address of the boot information
        call    vmxspec_start
        ud2                                     // it does not return

        .section .rodata
not_multiboot2:
        .asciz  "vmxspec: not started by a Multiboot2 boot loader, such as GRUB's command multiboot2."

        .bss
        .balign 16
        .skip   32768
boot_stack_end:

        .section .note.GNU-stack, "", @progbits
