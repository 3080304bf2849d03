// Out of IA-32e mode and back (legacy.hpp). Everything lies below 4 GiB, each address mapped to itself.
#include "runtime/cpu/callee_saved.inc"

        // LegacyTrial
        .set    EIP, 0                          // then CS, EFLAGS, ESP, SS, ES, DS, FS, GS: what IRET takes
        .set    SS_PLACE, 16
        .set    DS_PLACE, 24
        .set    ES_PLACE, 20
        .set    EFLAGS, 8
        .set    FRAME_WORDS, 9
        .set    CR0, 36
        .set    CR3, 40
        .set    CR4, 44
        .set    EAX, 48
        .set    ECX, 52
        .set    EDX, 56
        .set    EBX, 60
        .set    ESI, 64
        .set    EDI, 68
        .set    COUNT, 72
        .set    EVENTS, 76
        .set    MOST_EVENTS, 16

        .set    CODE32, 0x08                    // legacy_selector
        .set    DATA32, 0x10
        .set    TASK, 0x28
        .set    CODE64, 0x40
        .set    LAST_TASK, 0xf8
        .set    KERNEL_CODE, 0x08               // runtime's selector::code, data, task
        .set    KERNEL_DATA, 0x10
        .set    KERNEL_TASK, 0x18

        .set    CR0_PG, 1 << 31
        .set    EFLAGS_VM, 1 << 17
        .set    IA32_EFER, 0xc0000080
        .set    EFER_LME, 1 << 8
        .set    EFER_LMA, 1 << 10
        .set    DR6_EMPTY, 0xffff0ff0
        .set    HAS_ERROR_CODE, 0x60227d00      // runtime/cpu/exception_entry.S

        .text
        .code64
        // RDI: trial.
        .globl  vmxspec_demo_legacy
        .type   vmxspec_demo_legacy, @function
vmxspec_demo_legacy:
        push_callee_saved
        movq    %rsp, saved_rsp(%rip)
        sgdt    saved_gdt(%rip)
        sidt    saved_idt(%rip)
        movq    %cr0, %rax
        movq    %rax, saved_cr0(%rip)
        movq    %cr3, %rax
        movq    %rax, saved_cr3(%rip)
        movq    %cr4, %rax
        movq    %rax, saved_cr4(%rip)
        movl    %edi, current_trial(%rip)
        lgdt    vmxspec_demo_legacy_gdt_pointer(%rip)
        pushq   $CODE32
        leaq    compatibility_mode(%rip), %rax
        pushq   %rax
        lretq

        .code32
compatibility_mode:
        movl    $DATA32, %eax
        movl    %eax, %ds
        movl    %eax, %es
        movl    %eax, %ss
        movl    %eax, %fs
        movl    %eax, %gs
        movl    $legacy_stack_end, %esp
        movl    %cr0, %eax
        andl    $~CR0_PG, %eax
        movl    %eax, %cr0
        movl    $IA32_EFER, %ecx
        rdmsr
        movl    %eax, saved_efer
        andl    $~(EFER_LME | EFER_LMA), %eax
        wrmsr
        movl    CR4(%edi), %eax
        movl    %eax, %cr4
        movl    CR3(%edi), %eax
        movl    %eax, %cr3
        movl    CR0(%edi), %eax
        movl    %eax, %cr0
        lidt    vmxspec_demo_legacy_idt_pointer
        movl    $TASK, %eax
        ltr     %ax
        xorl    %eax, %eax
        lldt    %ax
        // The frame, last word first.
        movl    $FRAME_WORDS, %ecx
1:      pushl   EIP - 4(%edi, %ecx, 4)
        loop    1b
        testl   $EFLAGS_VM, EFLAGS(%edi)
        jnz     2f
        testl   $3, 4(%edi)                     // CS: to CPL 3
        jnz     1f
        movl    %esp, %eax
        movl    12(%edi), %esp                  // ESP is of the same CPL: IRET takes three words
        pushl   8(%eax)
        pushl   4(%eax)
        pushl   (%eax)
        movl    SS_PLACE(%edi), %eax
        movl    %eax, %ss
1:      movl    DS_PLACE(%edi), %eax
        movl    %eax, %ds
        movl    %cs:ES_PLACE(%edi), %eax
        movl    %eax, %es
2:      movl    %cs:EAX(%edi), %eax
        movl    %cs:ECX(%edi), %ecx
        movl    %cs:EDX(%edi), %edx
        movl    %cs:EBX(%edi), %ebx
        movl    %cs:ESI(%edi), %esi
        movl    %cs:EDI(%edi), %edi
        iretl

        .balign 16
        .globl  vmxspec_demo_legacy_stubs
vmxspec_demo_legacy_stubs:
        .set    vector, 0
        .rept   256
        .balign 16
        .if     vector >= 32
        pushl   $0
        .elseif (HAS_ERROR_CODE >> vector & 1) == 0
        pushl   $0
        .endif
        pushl   $vector
        jmp     legacy_exception
        .set    vector, vector + 1
        .endr

        // On the stack: vector, error code, EIP, CS, EFLAGS.
legacy_exception:
        pushl   %ds
        pushl   %es
        pushal
        cld
        movl    $DATA32, %eax
        movl    %eax, %ds
        movl    %eax, %es
        movl    current_trial, %ebx
        movl    COUNT(%ebx), %ecx
        incl    COUNT(%ebx)
        cmpl    $MOST_EVENTS, %ecx
        jae     1f
        shll    $5, %ecx
        leal    EVENTS(%ebx, %ecx), %edi
        leal    40(%esp), %esi                  // behind eight registers, ES and DS
        movl    $5, %ecx
        rep movsl
        movl    %cr2, %eax
        stosl
        movl    %dr6, %eax
        stosl
        xorl    %eax, %eax
        str     %ax
        stosl
1:      movl    $DR6_EMPTY, %eax
        movl    %eax, %dr6
        movl    40(%esp), %eax
        cmpl    $1, %eax
        je      2f
        cmpl    $3, %eax
        jne     legacy_landing
2:      popal
        popl    %es
        popl    %ds
        addl    $8, %esp
        iretl

        // ESP: PUSHAL's registers; EBX: trial.
legacy_landing:
        movl    28(%esp), %eax
        movl    %eax, EAX(%ebx)
        movl    24(%esp), %eax
        movl    %eax, ECX(%ebx)
        movl    20(%esp), %eax
        movl    %eax, EDX(%ebx)
        movl    16(%esp), %eax
        movl    %eax, EBX(%ebx)
        movl    4(%esp), %eax
        movl    %eax, ESI(%ebx)
        movl    (%esp), %eax
        movl    %eax, EDI(%ebx)

        pushfl                                  // NT may be 1
        andl    $~(1 << 14), (%esp)
        popfl
        movl    $LAST_TASK, %eax
        ltr     %ax
        movl    %cr0, %eax
        andl    $~CR0_PG, %eax
        movl    %eax, %cr0
        movl    saved_cr4, %eax
        movl    %eax, %cr4
        movl    saved_cr3, %eax
        movl    %eax, %cr3
        movl    $IA32_EFER, %ecx
        rdmsr
        movl    saved_efer, %eax
        andl    $~EFER_LMA, %eax
        wrmsr
        movl    saved_cr0, %eax
        movl    %eax, %cr0
        ljmp    $CODE64, $long_mode

        .code64
long_mode:
        lgdt    saved_gdt(%rip)
        movq    saved_rsp(%rip), %rsp
        pushq   $KERNEL_CODE
        leaq    1f(%rip), %rax
        pushq   %rax
        lretq
1:      movl    $KERNEL_DATA, %eax
        movl    %eax, %ds
        movl    %eax, %es
        movl    %eax, %ss
        xorl    %eax, %eax
        movl    %eax, %fs
        movl    %eax, %gs
        lldt    %ax
        lidt    saved_idt(%rip)
        movq    saved_gdt + 2(%rip), %rcx
        andb    $~2, KERNEL_TASK + 5(%rcx)      // LTR wants it available
        movl    $KERNEL_TASK, %eax
        ltr     %ax
        pop_callee_saved
        ret

        .bss
        .balign 16
saved_rsp:
        .skip   8
saved_cr0:
        .skip   8
saved_cr3:
        .skip   8
saved_cr4:
        .skip   8
saved_efer:
        .skip   8
current_trial:
        .skip   8
saved_gdt:
        .skip   16
saved_idt:
        .skip   16
        .skip   4096
legacy_stack_end:

        .section .note.GNU-stack, "", @progbits
