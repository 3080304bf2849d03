/* What Linux' KVM runs as L2: real mode, protected mode with 32-bit and with PAE paging, and 64-bit mode where its processor has it (a
   KVM of 32 bits gives it none). It begins at 1000H, in real mode, with 4 MiB of memory from 0; BX is 1 if the machine has a
   local APIC. Each step is told in a line at port 3F8H; port F4H ends.
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
    .set page_table_64, 0x24000 /* with PAE paging, and in 64-bit mode */
    .set frames, 0x100000
    .set window, 0x400000
    .set pages, 16
    .set most_faults, 100

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

/* wait_outside: HLT, which comes out of KVM, unless that has the local APIC. */
.macro wait_outside
    testb $1, has_apic
    jnz .Lend\@
    sti
    hlt
    cli
.Lend\@:
.endm

/* map_page TABLE, INDEX-BITS: what the handlers of page faults do: the page that EAX is in becomes a frame of its own, writable. */
.macro map_page table bits
    mov %eax, %ebx
    shr $12, %ebx
    and $(1 << \bits) - 1, %ebx
    and $((1 << \bits) - 1) << 12, %eax
    add $frames + 3, %eax
    mov %eax, \table(, %ebx, 1 << (12 - \bits))
.endm

/* touch_pages TABLE, OFFSET, TO, FROM: writes at an offset of the 16 pages of which TABLE has none, and to one that is read-only. TO and
   FROM are registers, as wide as addresses are. */
.macro touch_pages table offset to from
    xor %ebp, %ebp
    mov $window, %edi
    mov $pages, %ecx
.Lwrite\@:
    mov \to, \offset(\to)
    add $0x1000, %edi
    loop .Lwrite\@
    cmp $pages, %ebp
    je .Lcounted\@
    fail "the number of page faults"
.Lcounted\@: /* What was written is where it should be. */
    mov $pages, %ecx
    mov $window, %edi
    mov $frames, %esi
.Lread\@:
    cmp \to, \offset(\from)
    je .Lsame\@
    fail "what a page has"
.Lsame\@:
    add $0x1000, %esi
    add $0x1000, %edi
    loop .Lread\@

    /* A page that becomes read-only, and writable again when it is written to. */
    andl $~2, \table
    invlpg window
    movl $1, window + \offset
    cmp $pages + 1, %ebp
    je .Lagain\@
    fail "the page fault of a read-only page"
.Lagain\@:
    cmpl $1, frames + \offset
    je .Lend\@
    fail "what a read-only page has"
.Lend\@:
.endm

/* count_ticks PERIOD: the local APIC's timer, in nanoseconds, once while L2 waits for it and once while it is busy; in EBX is where the local APIC
   is. Under an L1 of 32 bits an interrupt takes several VM entries, each of which may be written down: 5 ms are too short for that. */
.macro count_ticks period
    mov $apic, %ebx
    movl $0x1ff, 0xf0(%ebx)
    movl $0xb, 0x3e0(%ebx)
    movl $0x20000 + timer_vector, 0x320(%ebx)
    movl $\period, 0x380(%ebx)
    xor %ebp, %ebp
.Lwait\@:
    sti
    hlt
    cli
    cmp $ticks, %ebp
    jb .Lwait\@
    say "the timer while L2 waits: 5 interrupts"
    xor %ebp, %ebp
    sti
.Lbusy\@:
    pause
    cmp $ticks, %ebp
    jb .Lbusy\@
    cli
    movl $0, 0x380(%ebx)
    say "the timer while L2 is busy: 5 interrupts"
.endm

.macro gate_32 vector handler
    mov $\handler, %eax
    mov %ax, idt + 8 * \vector
    movw $0x08, idt + 8 * \vector + 2
    movw $0x8e00, idt + 8 * \vector + 4
    movw $0, idt + 8 * \vector + 6
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
1:  wait_outside
    say "real mode"

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

    gate_32 14 page_fault
    lidt idt_pointer
    touch_pages page_table 0 %edi %esi
    wait_outside
    say "protected mode with paging: 17 page faults"

    /* PAE paging: structures that 64-bit mode has too, but for rights in the PDPTEs. */
    mov %cr0, %eax
    and $0x7fffffff, %eax
    mov %eax, %cr0
    movl $directory_low + 1, pdpt
    movl $directory_high + 1, pdpt + 8 * 3
    movl $0x83, directory_low
    movl $0x200083, directory_low + 8
    movl $page_table_64 + 3, directory_low + 16
    movl $(apic & 0xffe00000) + 0x9b, directory_high + 8 * ((apic >> 21) & 511)
    mov %cr4, %eax
    or $0x20, %eax
    mov %eax, %cr4
    mov $pdpt, %eax
    mov %eax, %cr3
    mov %cr0, %eax
    or $0x80000000, %eax
    mov %eax, %cr0
    gate_32 14 page_fault_pae
    touch_pages page_table_64 4 %edi %esi
    /* A PDPTE that MOV to CR3 loads: the same GiB once more, also behind a VM exit. */
    movl $directory_low + 1, pdpt + 8
    mov %cr3, %eax
    mov %eax, %cr3
    cmpl $1, window + (1 << 30) + 4
    je 1f
    fail "what is behind PDPTE 1"
1:  wait_outside
    say "protected mode with PAE paging: 17 page faults"
    cmpl $1, window + (1 << 30) + 4
    je 1f
    fail "what is behind PDPTE 1 after VM exits"
1:
    mov $0x80000001, %eax
    cpuid
    bt $29, %edx
    jc has_64_bits
    testb $1, has_apic
    jz 1f
    gate_32 timer_vector timer_32
    count_ticks 50000000
1:  say "done"
    mov $end_port, %dx
    out %al, %dx
    hlt

has_64_bits:
    mov %cr0, %eax
    and $0x7fffffff, %eax
    mov %eax, %cr0
    mov $page_table_64, %edi
    mov $1024, %ecx
    xor %eax, %eax
    rep stosl
    movl $pdpt + 3, pml4
    movl $directory_low + 3, pdpt
    movl $directory_high + 3, pdpt + 8 * 3
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

.macro page_fault_handler name table bits
\name:
    push %eax
    push %ebx
    inc %ebp
    cmp $most_faults, %ebp
    jbe 1f
    fail "page faults without end"
1:  mov %cr2, %eax
    map_page \table \bits
    mov %cr2, %eax
    invlpg (%eax)
    pop %ebx
    pop %eax
    add $4, %esp
    iretl
.endm
    page_fault_handler page_fault page_table 10
    page_fault_handler page_fault_pae page_table_64 9

timer_32: /* EBX is the local APIC's page */
    inc %ebp
    movl $0, 0xb0(%ebx)
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

    touch_pages page_table_64 8 %rdi %rsi
    /* Registers that only this mode has come through a VM exit. */
    mov $0x123456789abcdef0, %r15
    xor %eax, %eax
    cpuid
    mov $0x123456789abcdef0, %rax
    cmp %rax, %r15
    je 1f
    fail "R15 after CPUID"
1:  wait_outside
    say "64-bit mode: 17 page faults"
    testb $1, has_apic
    jz 1f
    count_ticks 5000000
1:  say "done"
    mov $end_port, %dx
    out %al, %dx
    hlt

page_fault_64:
    push %rax
    push %rbx
    inc %ebp
    mov %cr2, %rax
    map_page page_table_64 9
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
