// Where the other processors begin (processor_checks.cpp): from real mode to 64-bit mode on the boot processor's paging
// structures. What is between the labels is copied to low_base.

        .set    LOW_BASE, 0x8000                // legacy.hpp
        .set    SEGMENT, LOW_BASE >> 4
        .set    CODE32, 0x08
        .set    DATA32, 0x10
        .set    CODE64, 0x18
        .set    CR4_PAE, 0x20
        .set    IA32_EFER, 0xc0000080
        .set    MOST, 64

        // Started (processor_checks.cpp), at this offset.
        .set    STARTED, 0x800
        .set    CR0, STARTED
        .set    CR3, STARTED + 4
        .set    EFER, STARTED + 8
        .set    COUNT, STARTED + 12
        .set    READY, STARTED + 16
        .set    PROCESSORS, STARTED + 32        // APIC ID; EDX of CPUID leaf 80000001H

        .text
        .code16
        .globl  vmxspec_demo_processor_begin
vmxspec_demo_processor_begin:
        cli
        movw    %cs, %ax
        movw    %ax, %ds
        lgdtl   gdt_pointer - vmxspec_demo_processor_begin
        movl    $CR4_PAE, %eax
        movl    %eax, %cr4
        movl    CR3, %eax
        movl    %eax, %cr3
        movl    EFER, %eax
        xorl    %edx, %edx
        movl    $IA32_EFER, %ecx
        wrmsr
        movl    CR0, %eax                       // protected mode and paging in one
        movl    %eax, %cr0
        ljmpl   $CODE64, $(LOW_BASE + 1f - vmxspec_demo_processor_begin)

        .code64
1:      movl    $DATA32, %eax
        movl    %eax, %ds
        movl    %eax, %es
        movl    %eax, %ss
        movl    $1, %edi
        lock xaddl %edi, LOW_BASE + COUNT
        cmpl    $MOST, %edi
        jae     2f
        movl    $1, %eax
        cpuid
        shrl    $24, %ebx
        movl    %ebx, LOW_BASE + PROCESSORS(, %rdi, 8)
        movl    $0x80000001, %eax
        cpuid
        movl    %edx, LOW_BASE + PROCESSORS + 4(, %rdi, 8)
        lock incl LOW_BASE + READY
2:      cli
        hlt
        jmp     2b

        .balign 8
gdt:
        .quad   0
        .quad   0x00cf9b000000ffff
        .quad   0x00cf93000000ffff
        .quad   0x00209b0000000000
gdt_pointer:
        .short  gdt_pointer - gdt - 1
        .long   LOW_BASE + gdt - vmxspec_demo_processor_begin
        .globl  vmxspec_demo_processor_end
vmxspec_demo_processor_end:

        .section .note.GNU-stack, "", @progbits
