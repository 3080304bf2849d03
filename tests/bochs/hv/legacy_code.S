// A hypervisor in legacy protected mode: VMX operation from its begin to its end there, with operands of 32 bits (legacy.cpp). It is entered
// from 64-bit mode and goes back there. What it is given and what it finds lies in memory below 4 GiB, each address mapped to
// itself, but for the window. Interrupts are off.
#include "runtime/cpu/callee_saved.inc"
#include "tests/bochs/ia32e_mode.inc"
#include "tests/bochs/hv/legacy_places.inc"

        .set    IA32_EFER, 0xc0000080
        .set    LME, 1 << 8
        .set    PG, 1 << 31

        .data
        .balign 8
to_32:  .long   in_32
        .word   CODE32

        .bss
        .balign 16
        .skip   1024
        .globl  legacy_stack_end
legacy_stack_end:
        .skip   8
stack_64: .skip 8
cr3_64: .skip   8
cr4_64: .skip   8
gdt_64: .skip   16
idt_64: .skip   16
        .balign 4
after:  .skip   4                               // where an exception goes on that is expected; 0: none is

        // legacy.hpp
        .macro  share name, size
        .globl  legacy_\name
legacy_\name: .skip \size
        .endm
        share   setup, SETUP_SIZE
        share   fields, FIELDS*8              // encoding, value
        share   read_back, FIELDS*8           // by register, by memory
        share   trials, TRIALS*TRIAL_SIZE
        share   trial_count, 4
        share   expected, SEEN_SIZE
        share   seen, SEEN_SIZE
        share   first_bad, SEEN_SIZE
        share   bad_rounds, 4
        share   done_rounds, 4
        share   place, 4                        // how far it came
        share   caught, TRIAL_SIZE              // the last exception, or the trial that is on its way
        .balign 8
        share   pointer, 8

        .text
        .code64
        .globl  legacy_run
        .type   legacy_run, @function
legacy_run:
        push_callee_saved
        movq    %rsp, stack_64
        movq    %cr3, %rax
        movq    %rax, cr3_64
        movq    %cr4, %rax
        movq    %rax, cr4_64
        sgdt    gdt_64
        sidt    idt_64
        lgdt    legacy_setup + GDT_POINTER
        ljmp    *to_32

        .code32
in_32:  movl    $DATA32, %eax
        .irp    register, ds, es, ss
        movl    %eax, %\register
        .endr
        movl    $legacy_stack_end, %esp
        lidt    legacy_setup + IDT_POINTER
        movl    %cr0, %eax
        andl    $~PG, %eax
        movl    %eax, %cr0                      // IA32_EFER.LMA becomes 0
        movl    $IA32_EFER, %ecx
        rdmsr
        andl    $~LME, %eax
        wrmsr
        movl    legacy_setup + CR4, %eax
        movl    %eax, %cr4
        movl    legacy_setup + CR3, %eax
        movl    %eax, %cr3
        movl    %cr0, %eax
        orl     $PG, %eax
        movl    %eax, %cr0

        movl    $0, after
        movl    $1, legacy_place
        vmxon   legacy_setup + VMXON_REGION
        jbe     back
        movl    $2, legacy_place
        vmclear legacy_setup + VMCS
        jbe     legacy_leave_vmx
        movl    $3, legacy_place
        vmptrld legacy_setup + VMCS
        jbe     legacy_leave_vmx
        call    write_fields
        jbe     legacy_leave_vmx
        movl    $5, legacy_place
        call    legacy_try
        movl    $6, legacy_place
        jmp     legacy_rounds

        // Each field from a register or from memory, by turns; then each into both. Flags as after the last one.
write_fields:
        movl    $4, legacy_place
        xorl    %ebx, %ebx
1:      movl    legacy_fields(, %ebx, 8), %edx
        testl   $1, %ebx
        jz      2f
        movl    legacy_fields + 4(, %ebx, 8), %eax
        vmwrite %eax, %edx
        jmp     3f
2:      vmwrite legacy_fields + 4(, %ebx, 8), %edx
3:      jbe     4f
        incl    %ebx
        cmpl    legacy_setup + FIELD_COUNT, %ebx
        jb      1b
        xorl    %ebx, %ebx
1:      movl    legacy_fields(, %ebx, 8), %edx
        movl    $-1, %eax
        vmread  %edx, %eax
        jbe     4f
        movl    %eax, legacy_read_back(, %ebx, 8)
        vmread  %edx, legacy_read_back + 4(, %ebx, 8)
        jbe     4f
        incl    %ebx
        cmpl    legacy_setup + FIELD_COUNT, %ebx
        jb      1b
        orl     $1, %ebx                        // neither ZF nor CF
4:      ret

        .globl  legacy_leave_vmx
legacy_leave_vmx:
        vmxoff
        ja      back
        movl    $13, legacy_place

back:   return_to_64_bit_mode

        .code64
in_64:  lgdt    gdt_64
        lidt    idt_64
        xorl    %eax, %eax
        movl    %eax, %fs
        movl    %eax, %gs
        movl    $DATA, %eax
        .irp    register, ds, es, ss
        movl    %eax, %\register
        .endr
        movq    stack_64, %rsp
        pop_callee_saved
        ret

        // ---- Exceptions in legacy mode: what they tell is noted down, and who expects one goes on where it has said

        .code32
        .macro  exception vector, error_code
        .globl  legacy_exception_\vector
legacy_exception_\vector:
        .ifb    \error_code
        pushl   $0
        .endif
        pushl   $\vector
        jmp     note_exception
        .endm
        exception 6
        exception 12, error_code
        exception 13, error_code
        exception 14, error_code
note_exception:
        pushl   %eax
        movl    4(%esp), %eax
        movl    %eax, legacy_caught + VECTOR
        movl    8(%esp), %eax
        movl    %eax, legacy_caught + ERROR_CODE
        movl    %cr2, %eax
        movl    %eax, legacy_caught + ADDRESS
        movl    after, %eax
        testl   %eax, %eax
        jz      legacy_leave_vmx
        movl    %eax, 12(%esp)
        popl    %eax
        addl    $8, %esp
        iretl

        // legacy_trials.S: the trial's outcome, with the word in EAX.
        .globl  legacy_begin_trial, legacy_end_trial
legacy_begin_trial:                             // the word on the stack: where an exception goes on
        pushl   %eax
        xorl    %eax, %eax
        movl    %eax, %cr2
        movl    %eax, legacy_caught + ERROR_CODE
        movl    %eax, legacy_caught + ADDRESS
        movl    %eax, legacy_caught + FLAGS
        movl    $NO_EXCEPTION, legacy_caught + VECTOR
        movl    8(%esp), %eax
        movl    %eax, after
        popl    %eax
        testl   %esp, %esp                      // neither ZF nor CF
        ret     $4
legacy_end_trial:
        movl    %eax, legacy_caught + WORD
        pushal
        movl    $0, after
        movl    legacy_trial_count, %eax
        imull   $TRIAL_SIZE, %eax, %edi
        addl    $legacy_trials, %edi
        movl    $legacy_caught, %esi
        movl    $TRIAL_SIZE / 4, %ecx
        cld
        rep movsl
        incl    legacy_trial_count
        popal
        ret

        .section .note.GNU-stack, "", @progbits
