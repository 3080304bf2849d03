// Real mode, for code in low memory (real_mode_checks.cpp). What is between vmxspec_demo_real_begin and _end is copied
// to low_base, and entered in 16-bit protected mode with code and data segments that begin there.

        .set    LOW_BASE, 0x8000                // legacy.hpp
        .set    SEGMENT, LOW_BASE >> 4
        .set    CODE32, 0x08                    // legacy_selector
        .set    DATA32, 0x10
        .set    CR0_PE, 1
        .set    DR6_EMPTY, 0xffff0ff0
        .set    VECTORS, 0x50
        .set    MOST_EVENTS, 16

        // RealTrial (real_mode_checks.cpp), at this offset.
        .set    TRIAL, 0x800
        .set    FLAGS, TRIAL
        .set    CODE, TRIAL + 2
        .set    EAX, TRIAL + 4
        .set    ECX, TRIAL + 8
        .set    EDX, TRIAL + 12
        .set    EBX, TRIAL + 16
        .set    COUNT, TRIAL + 20
        .set    EVENTS, TRIAL + 24              // vector, IP, CS, FLAGS; DR6; SP
        .set    STACK, 0xff0
        .set    VECTOR_TABLE, LOW_BASE + 0x1000

        // What PUSHAL leaves, DS below it.
        .set    SAVED_EBX, 18
        .set    SAVED_EDX, 22
        .set    SAVED_ECX, 26
        .set    SAVED_EAX, 30
        .set    VECTOR, 34                      // then IP, CS, FLAGS

        .text
        .code16
        .globl  vmxspec_demo_real_begin
vmxspec_demo_real_begin:
        lidtl   vector_table_pointer - vmxspec_demo_real_begin
        movl    %cr0, %eax
        andl    $~CR0_PE, %eax
        movl    %eax, %cr0
        ljmp    $SEGMENT, $(1f - vmxspec_demo_real_begin)
1:      movw    $SEGMENT, %ax
        movw    %ax, %ds
        movw    %ax, %es
        movw    %ax, %ss
        movw    %ax, %fs
        movw    %ax, %gs
        movl    $STACK, %esp
        pushw   FLAGS
        pushw   $SEGMENT
        pushw   CODE
        movl    EAX, %eax
        movl    ECX, %ecx
        movl    EDX, %edx
        movl    EBX, %ebx
        iretw

vector_table_pointer:
        .short  VECTORS * 4 - 1
        .long   VECTOR_TABLE

        .balign 8
        .globl  vmxspec_demo_real_stubs
vmxspec_demo_real_stubs:
        .set    vector, 0
        .rept   VECTORS
        .balign 8
        pushw   $vector
        jmp     real_event
        .set    vector, vector + 1
        .endr

real_event:
        pushal
        pushw   %ds
        movw    %cs, %ax
        movw    %ax, %ds
        movw    %sp, %bp
        movw    COUNT, %bx
        incw    COUNT
        cmpw    $MOST_EVENTS, %bx
        jae     1f
        shlw    $4, %bx
        movl    VECTOR(%bp), %eax               // and IP
        movl    %eax, EVENTS(%bx)
        movl    VECTOR + 4(%bp), %eax
        movl    %eax, EVENTS + 4(%bx)
        movl    %dr6, %eax
        movl    %eax, EVENTS + 8(%bx)
        leaw    VECTOR + 8(%bp), %ax
        movw    %ax, EVENTS + 12(%bx)
1:      movl    $DR6_EMPTY, %eax
        movl    %eax, %dr6
        movw    VECTOR(%bp), %ax
        cmpw    $6, %ax                         // #UD and #GP end the trial
        je      1f
        cmpw    $13, %ax
        je      1f
        popw    %ds
        popal
        addw    $2, %sp
        iretw
1:      movl    SAVED_EAX(%bp), %eax
        movl    %eax, EAX
        movl    SAVED_ECX(%bp), %eax
        movl    %eax, ECX
        movl    SAVED_EDX(%bp), %eax
        movl    %eax, EDX
        movl    SAVED_EBX(%bp), %eax
        movl    %eax, EBX
        movl    %cr0, %eax
        orl     $CR0_PE, %eax
        movl    %eax, %cr0
        ljmpl   $CODE32, $protected_mode
        .globl  vmxspec_demo_real_end
vmxspec_demo_real_end:

        .code32
protected_mode:
        movl    $DATA32, %eax
        movl    %eax, %ds
        movl    %eax, %es
        movl    %eax, %ss
        movl    $stack_end, %esp
        lidt    vmxspec_demo_legacy_idt_pointer
        .globl  vmxspec_demo_real_done
vmxspec_demo_real_done:
        ud2                                     // the end of the trip

        .bss
        .balign 16
        .skip   1024
stack_end:

        .section .note.GNU-stack, "", @progbits
