// Where a processor begins after a start-up IPI, in real mode: a copy of this lies in a page below 1 MiB
// (runtime/cpu/start_up.cpp). It goes to protected mode, takes a number, and waits for an errand. Paging stays off.

        .set    MOST_ARRIVALS, 63               // start_up.hpp
        .set    CODE_SIZE, 256                  // start_up.hpp
        .set    CR0_VALUE, 0x33                 // NE, ET, MP, PE
        .set    DATA, 0x10

        .section .rodata
        .balign 16
        .globl  vmxspec_start_up_begin
        .globl  vmxspec_start_up_values
        .globl  vmxspec_start_up_long_mode
        .globl  vmxspec_start_up_gdt
vmxspec_start_up_begin:
        .code16
        cli
        cld
        movw    %cs, %ax
        movw    %ax, %ds
        lgdtl   gdt_pointer - vmxspec_start_up_begin
        movl    $CR0_VALUE, %eax
        movl    %eax, %cr0
        ljmpl   *protected_mode - vmxspec_start_up_begin

        .code32
vmxspec_start_up_long_mode:
        movl    $DATA, %eax
        movl    %eax, %ds
        movl    %eax, %es
        movl    %eax, %ss
        xorl    %eax, %eax
        movl    %eax, %fs
        movl    %eax, %gs
        movl    $vmxspec_arrival, %eax
        jmp     *%eax

        .balign 8
vmxspec_start_up_gdt:
        .quad   0
        .quad   0x00cf9b000000ffff              // code
        .quad   0x00cf93000000ffff              // data

        // Values of start_up.cpp
vmxspec_start_up_values:
gdt_pointer:
        .skip   6
        .skip   8                               // for paging and 64-bit mode
protected_mode:
        .skip   6
        .skip   8                               // as in the code
        .org    vmxspec_start_up_begin + CODE_SIZE

        .text
        .globl  vmxspec_arrival
        .type   vmxspec_arrival, @function
vmxspec_arrival:
        movl    $1, %eax
        lock xaddl %eax, vmxspec_arrivals
        cmpl    $MOST_ARRIVALS, %eax
        jae     too_many
        leal    vmxspec_errands(, %eax, 4), %ecx
1:      pause
        movl    (%ecx), %eax
        testl   %eax, %eax
        jz      1b
        movl    (%eax), %esp                    // Errand
        xorl    %ebp, %ebp
        subl    $12, %esp
        pushl   8(%eax)
        call    *4(%eax)
        ud2                                     // it does not return
too_many:
        cli
        hlt
        jmp     too_many

        .section .note.GNU-stack, "", @progbits
