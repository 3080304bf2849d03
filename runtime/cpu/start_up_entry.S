// Where a processor begins after a start-up IPI, in real mode: a copy of this lies in a page below 1 MiB (start_up.cpp).
// It becomes a 64-bit processor, takes a number, and waits for an errand.

        .set    MOST_ARRIVALS, 63               // start_up.hpp
        .set    CODE_SIZE, 256                  // start_up.hpp
        .set    CR0_VALUE, 0x80010033           // PG, WP, NE, ET, MP, PE, as entry.S
        .set    CR4_VALUE, 0x20                 // PAE
        .set    IA32_EFER, 0xc0000080
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
        movl    $CR4_VALUE, %eax
        movl    %eax, %cr4
        movl    page_tables - vmxspec_start_up_begin, %eax
        movl    %eax, %cr3
        movl    $IA32_EFER, %ecx
        movl    efer - vmxspec_start_up_begin, %eax
        xorl    %edx, %edx
        wrmsr
        movl    $CR0_VALUE, %eax
        movl    %eax, %cr0
        ljmpl   *long_mode - vmxspec_start_up_begin

        .code64
vmxspec_start_up_long_mode:
        movl    $DATA, %eax
        movl    %eax, %ds
        movl    %eax, %es
        movl    %eax, %ss
        xorl    %eax, %eax
        movl    %eax, %fs
        movl    %eax, %gs
        jmp     *arrival(%rip)

        .balign 8
vmxspec_start_up_gdt:
        .quad   0
        .quad   0x00209b0000000000              // 64-bit code
        .quad   0x0000930000000000              // data

        // Values of start_up.cpp
vmxspec_start_up_values:
gdt_pointer:
        .skip   6
page_tables:
        .skip   4
efer:
        .skip   4
long_mode:
        .skip   6
arrival:
        .skip   8
        .org    vmxspec_start_up_begin + CODE_SIZE

        .text
        .globl  vmxspec_arrival
        .type   vmxspec_arrival, @function
vmxspec_arrival:
        movl    $1, %eax
        lock xaddl %eax, vmxspec_arrivals(%rip)
        cmpl    $MOST_ARRIVALS, %eax
        jae     too_many
        leaq    vmxspec_errands(%rip), %rcx
        leaq    (%rcx, %rax, 8), %rcx
1:      pause
        movq    (%rcx), %rax
        testq   %rax, %rax
        jz      1b
        movq    (%rax), %rsp                    // Errand
        movq    16(%rax), %rdi
        xorl    %ebp, %ebp
        call    *8(%rax)
        ud2                                     // it does not return
too_many:
        cli
        hlt
        jmp     too_many

        .section .note.GNU-stack, "", @progbits
