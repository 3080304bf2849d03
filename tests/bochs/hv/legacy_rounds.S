// The rounds of legacy.cpp: L2 is entered by VMLAUNCH once, then by VMRESUME. After each VM exit all that is seen is compared with what should be.
#include "tests/bochs/hv/legacy_places.inc"

        // What L1 changes before a VM entry: of CR0, CR3, CR4; and DR7
        .set    AM, 1 << 18
        .set    PCD, 1 << 4
        .set    DE, 1 << 3
        .set    DR7_LE, 0x500

        // Encodings (SDM appendix B)
        .set    EXIT_REASON_FIELD, 0x4402
        .set    EXIT_LENGTH_FIELD, 0x440c
        .set    GUEST_RSP, 0x681c
        .set    GUEST_RIP, 0x681e
        .set    GUEST_RFLAGS, 0x6820

        .bss
        .balign 4
is_resume: .skip 4

        .text
        .code32
        .globl  legacy_rounds
legacy_rounds:
        movl    $0, is_resume
enter:
        // L1 has much otherwise than the host-state area has it.
        movl    %cr0, %eax
        orl     $AM, %eax
        movl    %eax, %cr0
        movl    %cr3, %eax
        orl     $PCD, %eax
        movl    %eax, %cr3
        movl    %cr4, %eax
        orl     $DE, %eax
        movl    %eax, %cr4
        movl    $DR7_LE, %eax
        movl    %eax, %dr7
        lgdt    legacy_setup + GDT_POINTER
        lidt    legacy_setup + IDT_POINTER
        xorl    %eax, %eax
        xorl    %edx, %edx
        .irp    register, es, fs, gs
        movl    %eax, %\register
        .endr
        .irp    index, 0x174, 0x175, 0x176
        movl    $\index, %ecx
        wrmsr
        .endr
        movl    FAR, %eax
        // What L2 has in its registers; another entry of L1's paging structures, which only the VM exit makes known.
        .irp    n, 0, 4, 8, 12, 16, 20, 24
        addl    $0x01030507, legacy_expected + GENERAL + \n
        .endr
        movl    legacy_setup + TOGGLED, %ebx
        movl    legacy_setup + TOGGLED_BITS, %eax
        xorl    %eax, (%ebx)
        movl    legacy_setup + TOGGLED_WORD, %eax
        xorl    %eax, legacy_expected + FAR_WORD
        movl    legacy_done_rounds, %eax
        xorl    %edx, %edx
        movl    $PIECES, %ecx
        divl    %ecx
        movl    legacy_setup + REASONS(, %edx, 4), %eax
        movl    %eax, legacy_expected + EXIT_REASON
        // The last piece is a VM entry that fails: RFLAGS without bit 1.
        xorl    %eax, %eax
        cmpl    $PIECES - 1, %edx
        je      1f
        movl    $2, %eax
1:      movl    $GUEST_RFLAGS, %edx
        movl    $7, legacy_place
        vmwrite %eax, %edx
        jbe     legacy_leave_vmx

        movl    legacy_expected + GENERAL, %eax
        movl    legacy_expected + GENERAL + 4, %ecx
        movl    legacy_expected + GENERAL + 8, %edx
        movl    legacy_expected + GENERAL + 12, %ebx
        movl    legacy_expected + GENERAL + 16, %ebp
        movl    legacy_expected + GENERAL + 20, %esi
        movl    legacy_expected + GENERAL + 24, %edi
        movl    $8, legacy_place
        testl   $1, is_resume
        jnz     1f
        movl    $1, is_resume
        vmlaunch
        jmp     legacy_leave_vmx
1:      vmresume
        jmp     legacy_leave_vmx

        // After a VM exit: segments, ESP, tables and control registers are those of the host state.
        .globl  legacy_vm_exit
legacy_vm_exit:
        .set    offset, GENERAL
        .irp    register, eax, ecx, edx, ebx, ebp, esi, edi
        movl    %\register, legacy_seen + offset
        .set    offset, offset + 4
        .endr
        movl    $9, legacy_place
        pushfl
        popl    legacy_seen + EFLAGS
        movl    %esp, legacy_seen + ESP_
        movl    %fs:0, %eax
        movl    %eax, legacy_seen + FS_WORD
        movl    FAR, %eax
        movl    %eax, legacy_seen + FAR_WORD
        .set    offset, CONTROL
        .irp    register, cr0, cr3, cr4, dr7, cs, ss, ds, es, fs, gs
        movl    %\register, %eax
        movl    %eax, legacy_seen + offset
        .set    offset, offset + 4
        .endr
        str     %eax
        movl    %eax, legacy_seen + TASK
        sldt    %eax
        movl    %eax, legacy_seen + LOCAL
        sgdt    legacy_seen + GDT
        sidt    legacy_seen + IDT
        .set    offset, MSRS
        .irp    index, 0xc0000080, 0x174, 0x175, 0x176
        movl    $\index, %ecx
        rdmsr
        movl    %eax, legacy_seen + offset
        .set    offset, offset + 4
        .endr
        movl    $EXIT_REASON_FIELD, %edx
        vmread  %edx, legacy_seen + EXIT_REASON
        jbe     legacy_leave_vmx
        movl    $GUEST_RSP, %edx
        vmread  %edx, %eax
        jbe     legacy_leave_vmx
        movl    %eax, legacy_seen + L2_ESP

        movl    $legacy_seen, %esi
        movl    $legacy_expected, %edi
        movl    $SEEN_SIZE / 4, %ecx
        cld
        repe cmpsl
        je      1f
        incl    legacy_bad_rounds
        cmpl    $1, legacy_bad_rounds
        jne     1f
        movl    $legacy_seen, %esi
        movl    $legacy_first_bad, %edi
        movl    $SEEN_SIZE / 4, %ecx
        rep movsl
1:      incl    legacy_done_rounds
        movl    legacy_setup + ROUNDS, %eax
        cmpl    %eax, legacy_done_rounds
        jae     done

        // L2 goes on behind its instruction, unless it was not entered.
        testl   $1 << 31, legacy_seen + EXIT_REASON
        jnz     enter
        movl    $10, legacy_place
        movl    $GUEST_RIP, %edx
        vmread  %edx, %eax
        jbe     legacy_leave_vmx
        movl    $EXIT_LENGTH_FIELD, %ecx
        vmread  %ecx, %ebx
        jbe     legacy_leave_vmx
        addl    %ebx, %eax
        vmwrite %eax, %edx
        jbe     legacy_leave_vmx
        jmp     enter

done:   movl    $11, legacy_place
        call    legacy_try_launched
        movl    $12, legacy_place
        vmclear legacy_setup + VMCS
        jbe     legacy_leave_vmx
        movl    $0, legacy_place                // all is done
        jmp     legacy_leave_vmx

        // ---- L2: an instruction after the other that causes a VM exit

        .globl  legacy_l2
legacy_l2:
        cpuid
        vmcall
        outb    %al, %dx
        hlt
        rdmsr
        invd
        jmp     legacy_l2

        .section .note.GNU-stack, "", @progbits
