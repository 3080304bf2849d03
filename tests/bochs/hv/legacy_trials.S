// VMX instructions with operands of every kind in legacy protected mode, one after the other: what becomes of each is in legacy_trials, and
// legacy_outcomes.cpp has what should. EDX is an encoding, as a rule that of the guest's GDTR base.
#include "tests/bochs/hv/legacy_places.inc"

        .set    WP, 1 << 16                     // CR0
        .set    PAE, 1 << 5                     // CR4

        // Encodings (SDM appendix B)
        .set    TSC_OFFSET, 0x2010
        .set    INSTRUCTION_ERROR, 0x4400
        .set    EXIT_CONTROLS, 0x400c
        .set    GDTR_BASE, 0x6816
        .set    NO_FIELD, 0x6c3e

        // An instruction, and the word that is looked at behind it.
        .macro  trial word, instruction:vararg
        pushl   $.Lafter\@
        call    legacy_begin_trial
        \instruction
        pushfl
        popl    legacy_caught + FLAGS
.Lafter\@:
        movl    \word, %eax
        call    legacy_end_trial
        .endm
        // An instruction that fails, and the number of its error.
        .macro  fails instruction:vararg
        trial   %ebx, \instruction
        movl    $INSTRUCTION_ERROR, %edx
        trial   %ecx, vmread %edx, %ecx
        movl    $GDTR_BASE, %edx
        .endm
        .macro  segment register, selector
        movl    $\selector, %eax
        movl    %eax, %\register
        .endm

        .text
        .code32
        .globl  legacy_try
legacy_try:
        movl    $0, %ebx
        movl    $GDTR_BASE, %edx
        // Sizes, and pages that lie side by side only by paging
        trial   WINDOW + 0x100, vmread %edx, WINDOW + 0x100
        trial   WINDOW + 0x104, nop
        trial   WINDOW + 0xffe, vmread %edx, WINDOW + 0xffe
        trial   WINDOW + 0xffa, nop
        trial   WINDOW + 0x1002, nop
        trial   %ecx, vmread %edx, %ecx
        movl    $TSC_OFFSET, %edx
        movl    $0x89abcdef, WINDOW + 0xffe
        trial   %ebx, vmwrite WINDOW + 0xffe, %edx
        trial   %ecx, vmread %edx, %ecx
        // A field of 64 bits, by halves: the full access clears the high half
        incl    %edx
        movl    $0x01234567, %ecx
        trial   %ebx, vmwrite %ecx, %edx
        trial   WINDOW + 0x200, vmread %edx, WINDOW + 0x200
        decl    %edx
        trial   %ecx, vmread %edx, %ecx
        trial   %ebx, vmwrite WINDOW + 0x3100, %edx
        trial   %ecx, vmread %edx, %ecx
        incl    %edx
        trial   %ecx, vmread %edx, %ecx
        // Pages that only these have to do with, for accessed and dirty flags
        trial   %ebx, vmwrite WINDOW + 0x7100, %edx
        movl    $GDTR_BASE, %edx
        trial   WINDOW + 0x1800, vmread %edx, WINDOW + 0x6800
        // Page faults
        trial   WINDOW + 0x3100, vmread %edx, WINDOW + 0x3100
        trial   %ebx, vmread %edx, WINDOW + 0x2000
        trial   %ebx, vmwrite WINDOW + 0x2004, %edx
        trial   WINDOW + 0x1ffc, vmread %edx, WINDOW + 0x1ffe
        trial   %ebx, vmclear WINDOW + 0x2008
        trial   %ebx, vmptrst WINDOW + 0x3010
        trial   %ebx, vmread %edx, WINDOW + 0x4000 // with PAE paging a reserved bit is 1 there
        movl    %cr0, %eax
        andl    $~WP, %eax
        movl    %eax, %cr0
        trial   WINDOW + 0x400, vmread %edx, WINDOW + 0x5400
        movl    %cr0, %eax
        orl     $WP, %eax
        movl    %eax, %cr0
        // The processor has PDPTEs in registers: what becomes of them in memory does not matter yet
        movl    $0, FAR + 0x40
        movl    %cr4, %ecx
        andl    $PAE, %ecx
        jz      1f
        movl    legacy_setup + TOGGLED, %edi
        movl    legacy_setup + TOGGLED_BITS, %ecx
        xorl    %ecx, (%edi)
1:      trial   FAR + 0x40, vmread %edx, FAR + 0x40
        testl   %ecx, %ecx
        jz      1f
        xorl    %ecx, (%edi)
1:      // Segments and addresses
        segment fs, WINDOW_SELECTOR
        trial   WINDOW + 0x300, vmread %edx, %fs:0x300
        trial   %ebx, vmread %edx, %fs:0x1ffe
        movl    $0xfff0, %ebx
        movl    $0x500, %esi
        trial   WINDOW + 0x4f0, vmread %edx, %fs:(%bx, %si)
        movl    $0xffffff00, %ecx
        movl    $(WINDOW + 0x800) / 4, %edi
        trial   WINDOW + 0x700, vmread %edx, (%ecx, %edi, 4)
        movl    $0, %ebx
        segment gs, EXPAND_DOWN_SELECTOR
        trial   WINDOW + 0x1400, vmread %edx, %gs:0x1400
        trial   %ebx, vmread %edx, %gs:0x800
        segment gs, READ_ONLY_SELECTOR
        trial   %ebx, vmread %edx, %gs:0x800
        movl    $TSC_OFFSET, %edx
        trial   %ebx, vmwrite %gs:0x100, %edx
        trial   %ebx, vmwrite %cs:WINDOW + 0x100, %edx
        trial   %ebx, vmwrite %gs:0xffe, %edx
        movl    $GDTR_BASE, %edx
        trial   %ebx, vmread %edx, %cs:WINDOW + 0x100
        segment gs, 0
        trial   %ebx, vmread %edx, %gs:0x800
        // Pointers and descriptors
        trial   WINDOW + 0xffc, vmptrst WINDOW + 0xffc
        trial   WINDOW + 0x1000, nop
        trial   %ebx, vmptrld WINDOW + 0xffc
        .irp    place, 0xff8, 0xffc, 0x1000, 0x1004
        movl    $0, WINDOW + \place
        .endr
        movl    $2, %ecx
        trial   %ebx, invept WINDOW + 0xff8, %ecx
        trial   %ebx, invept WINDOW + 0x1ff8, %ecx
        trial   %ebx, invvpid WINDOW + 0xff8, %ecx
        // Failures
        movl    legacy_setup + VMCS, %eax
        incl    %eax
        movl    %eax, legacy_pointer
        fails   vmclear legacy_pointer
        movl    $NO_FIELD, %edx
        fails   vmread %edx, %ecx
        movl    $NO_FIELD, %edx
        fails   vmwrite %ecx, %edx
        fails   vmresume
        fails   vmxon legacy_setup + VMXON_REGION
        ret

        // Behind the rounds: the VMCS is launched.
        .globl  legacy_try_launched
legacy_try_launched:
        movl    $0, %ebx
        fails   vmlaunch
        movl    $EXIT_CONTROLS, %edx
        vmread  %edx, %eax
        orl     $1 << 9, %eax                   // "host address-space size", outside of IA-32e mode
        vmwrite %eax, %edx
        fails   vmresume
        ret

        .section .note.GNU-stack, "", @progbits
