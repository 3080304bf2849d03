/* What Linux' KVM runs as L2: real mode, protected mode with paging, 64-bit mode. It begins at 1000H, in real mode, with 4 MiB of
   memory from 0; BX is 1 if the machine has a local APIC. Each step is told in a line at port 3F8H; port F4H ends.
   Where EBP is set aside it counts page faults, and later timer interrupts. */
    .set console, 0x3f8
    .set end_port, 0xf4
    .set stack_top, 0x9000

/* Zeroed memory for paging structures, and 16 pages that page faults map at 4 MiB. */
    .set page_directory, 0x10000
    .set page_table, 0x11000
    .set pml4, 0x20000
    .set pdpt, 0x21000
    .set directory_low, 0x22000
    .set directory_high, 0x23000
    .set page_table_64, 0x24000
    .set frames, 0x100000
    .set window, 0x400000
    .set pages, 16

    .set apic, 0xfee00000
    .set timer_vector, 0x40
    .set ticks, 5

/* say TEXT: in each mode's own code. */
.macro say text
    jmp .Lend\@
.Ltext\@:
    .ascii "\text\n"
.Lend\@:
    mov $.Ltext\@, %esi
    mov $.Lend\@ - .Ltext\@, %ecx
    mov $console, %dx
    cld
    rep outsb
.endm

/* Ends with a word that says what is wrong. */
.macro fail text
    say "wrong: \text"
    mov $end_port, %dx
    out %al, %dx
.endm

    .text
    .code16
    .globl _start
_start:
    xor %ax, %ax
    mov %ax, %ds
    mov %ax, %es
    mov %ax, %ss
    mov $stack_top, %esp
    mov %bx, has_apic
    sti
    xor %eax, %eax
    cpuid
    mov %ebx, vendor
    mov %edx, vendor + 4
    mov %ecx, vendor + 8
    mov $vendor, %esi
    mov $vendor_end - vendor, %ecx
    mov $console, %dx
    cld
1:  lodsb
    out %al, %dx
    loop 1b
    /* A software interrupt through the table at 0, and the way back. */
    movw $real_handler, 4 * 0x20
    movw $0, 4 * 0x20 + 2
    xor %ebp, %ebp
    int $0x20
    cmp $1, %ebp
    je 1f
    fail "INT in real mode"
1:  testb $1, has_apic
    jnz 1f
    hlt
1:  say "real mode"

    cli
    lgdt gdt_pointer
    mov %cr0, %eax
    or $1, %al
    mov %eax, %cr0
    ljmp $0x08, $protected

real_handler:
    inc %ebp
    iret

    .code32
protected:
    mov $0x10, %eax
    mov %eax, %ds
    mov %eax, %es
    mov %eax, %ss
    say "protected mode"

    /* 4 MiB as they are, and at 4 MiB a page table of which no page is there. */
    movl $0x83, page_directory
    movl $page_table + 3, page_directory + 4
    mov %cr4, %eax
    or $0x10, %eax
    mov %eax, %cr4
    mov $page_directory, %eax
    mov %eax, %cr3
    mov %cr0, %eax
    or $0x80010000, %eax
    mov %eax, %cr0

    mov $page_fault, %eax
    mov %ax, idt + 8 * 14
    movw $0x08, idt + 8 * 14 + 2
    movw $0x8e00, idt + 8 * 14 + 4
    movw $0, idt + 8 * 14 + 6
    lidt idt_pointer

    xor %ebp, %ebp
    mov $window, %edi
    mov $pages, %ecx
1:  mov %edi, (%edi)
    add $0x1000, %edi
    loop 1b
    cmp $pages, %ebp
    je 1f
    fail "the number of page faults"
1:  /* What was written is where it should be. */
    mov $pages, %ecx
    mov $window, %edi
    mov $frames, %esi
1:  cmp %edi, (%esi)
    je 2f
    fail "what a page has"
2:  add $0x1000, %esi
    add $0x1000, %edi
    loop 1b

    /* A page that becomes read-only, and writable again when it is written to. */
    andl $~2, page_table
    invlpg window
    movl $1, window
    cmp $pages + 1, %ebp
    je 1f
    fail "the page fault of a read-only page"
1:  cmpl $1, frames
    je 1f
    fail "what a read-only page has"
1:  testb $1, has_apic
    jnz 1f
    sti
    hlt
    cli
1:  say "protected mode with paging: 17 page faults"

    /* 64-bit mode */
    mov %cr0, %eax
    and $0x7fffffff, %eax
    mov %eax, %cr0
    mov %cr4, %eax
    or $0x20, %eax
    mov %eax, %cr4
    movl $pdpt + 3, pml4
    movl $directory_low + 3, pdpt
    movl $directory_high + 3, pdpt + 8 * 3
    movl $0x83, directory_low
    movl $0x200083, directory_low + 8
    movl $page_table_64 + 3, directory_low + 16
    movl $(apic & 0xffe00000) + 0x9b, directory_high + 8 * ((apic >> 21) & 511)
    mov $pml4, %eax
    mov %eax, %cr3
    mov $0xc0000080, %ecx
    rdmsr
    or $0x100, %eax
    wrmsr
    mov %cr0, %eax
    or $0x80000000, %eax
    mov %eax, %cr0
    ljmp $0x18, $long_mode

/* Maps the page, writable. */
page_fault:
    push %eax
    push %ebx
    inc %ebp
    mov %cr2, %eax
    mov %eax, %ebx
    shr $12, %ebx
    and $1023, %ebx
    and $0x3ff000, %eax
    add $frames + 3, %eax
    mov %eax, page_table(, %ebx, 4)
    mov %cr2, %eax
    invlpg (%eax)
    pop %ebx
    pop %eax
    add $4, %esp
    iretl

    .code64
.macro gate vector handler
    mov $\handler, %eax
    mov %ax, idt + 16 * \vector
    movl $0x18, idt + 16 * \vector + 2
    movb $0x8e, idt + 16 * \vector + 5
    shr $16, %eax
    mov %ax, idt + 16 * \vector + 6
    movq $0, idt + 16 * \vector + 8
.endm
long_mode:
    mov $0x10, %eax
    mov %eax, %ds
    mov %eax, %es
    mov %eax, %ss
    mov $stack_top, %esp
    gate 14 page_fault_64
    gate timer_vector timer
    lidt idt_pointer

    xor %ebp, %ebp
    mov $window, %edi
    mov $pages, %ecx
1:  mov %rdi, 8(%rdi)
    add $0x1000, %edi
    loop 1b
    cmp $pages, %ebp
    je 1f
    fail "the number of page faults"
1:  mov $pages, %ecx
    mov $window, %edi
    mov $frames, %esi
1:  cmp %rdi, 8(%rsi)
    je 2f
    fail "what a page has"
2:  add $0x1000, %esi
    add $0x1000, %edi
    loop 1b

    andl $~2, page_table_64
    invlpg window
    movq $1, window
    cmp $pages + 1, %ebp
    je 1f
    fail "the page fault of a read-only page"
1:  cmpq $1, frames
    je 1f
    fail "what a read-only page has"
1:  /* Registers that only this mode has come through a VM exit. */
    mov $0x123456789abcdef0, %r15
    xor %eax, %eax
    cpuid
    mov $0x123456789abcdef0, %rax
    cmp %rax, %r15
    je 1f
    fail "R15 after CPUID"
1:  testb $1, has_apic
    jnz 1f
    sti
    hlt
    cli
1:  say "64-bit mode: 17 page faults"
    testb $1, has_apic
    jz done

    /* The local APIC's timer, once while L2 waits for it and once while it is busy. */
    mov $apic, %ebx
    movl $0x1ff, 0xf0(%rbx)
    movl $0xb, 0x3e0(%rbx)
    movl $0x20000 + timer_vector, 0x320(%rbx)
    movl $5000000, 0x380(%rbx)
    xor %ebp, %ebp
1:  sti
    hlt
    cli
    cmp $ticks, %ebp
    jb 1b
    say "the timer while L2 waits: 5 interrupts"
    xor %ebp, %ebp
    sti
1:  pause
    cmp $ticks, %ebp
    jb 1b
    cli
    movl $0, 0x380(%rbx)
    say "the timer while L2 is busy: 5 interrupts"
done:
    say "done"
    mov $end_port, %dx
    out %al, %dx
    hlt

page_fault_64:
    push %rax
    push %rbx
    inc %ebp
    mov %cr2, %rax
    mov %eax, %ebx
    shr $12, %ebx
    and $511, %ebx
    and $0x1ff000, %eax
    add $frames + 3, %eax
    mov %rax, page_table_64(, %rbx, 8)
    mov %cr2, %rax
    invlpg (%rax)
    pop %rbx
    pop %rax
    add $8, %rsp
    iretq

timer: /* RBX is the local APIC's page */
    inc %ebp
    movl $0, 0xb0(%rbx)
    iretq

    .balign 8
gdt:
    .quad 0
    .quad 0x00cf9b000000ffff /* 08H: code, 32 bits */
    .quad 0x00cf93000000ffff /* 10H: data */
    .quad 0x00af9b000000ffff /* 18H: code, 64 bits */
gdt_end:
gdt_pointer:
    .word gdt_end - gdt - 1
    .long gdt
idt_pointer:
    .word 0xfff
    .long idt, 0
has_apic:
    .word 0
vendor:
    .ascii "             by CPUID\n"
vendor_end:
    .set idt, 0x30000
    .section .note.GNU-stack, "", @progbits
