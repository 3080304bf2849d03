// From 64-bit mode to legacy protected mode, a VM entry there, and back (legacy_mode.hpp). All that is used lies below
// 4 GiB, each address mapped to itself on both sides. Interrupts are off; there is no IDT for legacy mode.
#include "runtime/cpu/callee_saved.inc"
#include "tests/bochs/ia32e_mode.inc"

        .set    IA32_EFER, 0xc0000080
        .set    LME, 1 << 8
        .set    PG, 1 << 31

        // selector:: of runtime/cpu/descriptor_tables.hpp
        .set    CODE, 0x08
        .set    DATA, 0x10
        .set    CODE32, 0x28
        .set    DATA32, 0x30

        // LegacyEntry
        .set    VMXON_REGION, 0
        .set    VMCS, 8
        .set    CR3, 16
        .set    CR4, 20

        // VmxOutcome, and what is none
        .set    SUCCEED, 0
        .set    FAIL_INVALID, 1
        .set    FAIL_VALID, 2
        .set    ON_THE_WAY, 3

        .bss
        .balign 16
stack:  .skip   1024
        .globl  vmxspec_legacy_stack_end
vmxspec_legacy_stack_end:
        .skip   8
stack_64: .skip 8
cr3_64: .skip   8
cr4_64: .skip   8
entry:  .skip   24
outcome: .skip  4

        .section .rodata
to_32:  .long   in_32
        .word   CODE32

        .text
        .code64
        // RDI: LegacyEntry. Outside VMX operation. Returns EAX.
        .globl  vmxspec_legacy_vm_entry
        .type   vmxspec_legacy_vm_entry, @function
vmxspec_legacy_vm_entry:
        push_callee_saved
        movq    %rsp, stack_64
        movq    %cr3, %rax
        movq    %rax, cr3_64
        movq    %cr4, %rax
        movq    %rax, cr4_64
        movq    %rdi, %rsi
        movl    $entry, %edi
        movl    $24, %ecx
        rep movsb
        ljmp    *to_32

        .code32
in_32:  movl    $DATA32, %eax
        movl    %eax, %ds
        movl    %eax, %es
        movl    %eax, %ss
        movl    $vmxspec_legacy_stack_end, %esp
        movl    %cr0, %eax
        andl    $~PG, %eax
        movl    %eax, %cr0                      // IA32_EFER.LMA becomes 0
        movl    $IA32_EFER, %ecx
        rdmsr
        andl    $~LME, %eax
        wrmsr
        movl    entry + CR4, %eax
        movl    %eax, %cr4
        movl    entry + CR3, %eax
        movl    %eax, %cr3
        movl    %cr0, %eax
        orl     $PG, %eax
        movl    %eax, %cr0

        movl    $ON_THE_WAY, outcome
        vmxon   entry + VMXON_REGION
        jbe     back
        vmptrld entry + VMCS
        jbe     leave_vmx
        vmlaunch
        movl    $FAIL_VALID, outcome
        jnc     clear
        movl    $FAIL_INVALID, outcome
        jmp     clear

        // After a VM exit: segments, ESP and control registers are those of the host state.
        .globl  vmxspec_legacy_vm_exit
        .type   vmxspec_legacy_vm_exit, @function
vmxspec_legacy_vm_exit:
        movl    $SUCCEED, outcome
        // The data of the VMCS goes to memory, from where it is read in 64-bit mode. If this fails, or VMXOFF does,
        // VMPTRLD or VMXON there fails too.
clear:  vmclear entry + VMCS
leave_vmx:
        vmxoff

back:   return_to_64_bit_mode

        .code64
in_64:  movl    $DATA, %eax
        movl    %eax, %ds
        movl    %eax, %es
        movl    %eax, %ss
        movq    stack_64, %rsp
        pop_callee_saved
        movl    outcome, %eax
        ret

        .section .note.GNU-stack, "", @progbits
