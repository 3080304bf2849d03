// L2's code, a piece for each kind of VM exit, and the entry of L1's timer interrupt (rounds.cpp). Each piece first counts RCX
// down to 0, which gives interrupts their time; l2_NAME_exit is the instruction at which the VM exit is due. Behind it
// nothing is ever executed. In protected mode registers have 32 bits.

#ifdef __x86_64__
#define REGISTER(name) %r##name
#else
#define REGISTER(name) %e##name
#endif

        .macro  begin name
        .globl  l2_\name
l2_\name:
1:      dec     REGISTER(cx)
        jnz     1b
        .endm
        .macro  exit name, instruction:vararg
        .globl  l2_\name\()_exit
l2_\name\()_exit:
        \instruction
        ud2
        .endm

        .text
        begin   cpuid
        exit    cpuid, cpuid
        begin   vmcall
        exit    vmcall, vmcall
        begin   hlt
        exit    hlt, hlt
        begin   rdmsr
        movl    $0xc0000102, %ecx               // IA32_KERNEL_GS_BASE
        exit    rdmsr, rdmsr
        begin   reads_msr                       // no VM exit of L1's
        movl    $0xc0000102, %ecx
        rdmsr
        exit    reads_msr, vmcall
        begin   out
        exit    out, outw %ax, %dx
        begin   sti
        cli
        sti
        exit    sti, vmcall
        begin   mov_ss
        movl    %ss, %eax
        movl    %eax, %ss
        exit    mov_ss, vmcall
        begin   load                            // from where EPT maps nothing
        exit    load, mov (REGISTER(si)), REGISTER(ax)
        begin   reads_memory                    // where each address space has pages of its own
        movl    (REGISTER(si)), %eax
        exit    reads_memory, vmcall
        begin   nmi                             // RDI: the interrupt command register
        movl    %eax, (REGISTER(di))
        exit    nmi, vmcall

#ifdef __x86_64__
        // The registers that the ABI lets a function change, and an aligned stack, at whichever privilege level.
        .globl  l1_timer_entry
l1_timer_entry:
        .irp    register, rax, rcx, rdx, rsi, rdi, r8, r9, r10, r11, rbx
        pushq   %\register
        .endr
        cld
        movq    %rsp, %rbx
        andq    $-16, %rsp
        call    l1_timer
        movq    %rbx, %rsp
        .irp    register, rbx, r11, r10, r9, r8, rdi, rsi, rdx, rcx, rax
        popq    %\register
        .endr
        iretq

        // Ends blocking by NMI, which a VM exit by an NMI leaves (SDM 30.5.5).
        .globl  l1_unblock_nmi
l1_unblock_nmi:
        movq    %rsp, %rcx
        movl    %ss, %eax
        pushq   %rax
        pushq   %rcx
        pushfq
        movl    %cs, %eax
        pushq   %rax
        leaq    1f(%rip), %rax
        pushq   %rax
        iretq
1:      ret
#else
        .globl  l1_timer_entry
l1_timer_entry:
        pushal
        cld
        movl    %esp, %ebx
        andl    $-16, %esp
        call    l1_timer
        movl    %ebx, %esp
        popal
        iretl

        .globl  l1_unblock_nmi
l1_unblock_nmi:
        pushfl
        pushl   %cs
        pushl   $1f
        iretl
1:      ret
#endif

        .section .note.GNU-stack, "", @progbits
