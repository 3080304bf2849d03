// What the base state's guest does: 32-bit code, run where it lies.

        .set    IA32_EFER, 0xc0000080

        .text
        .code32
        // Leaves IA32_EFER in EDX:EAX and its index in ECX, which starts as 0.
        .globl  guest_reads_efer
guest_reads_efer:
        mov     $IA32_EFER, %ecx
        rdmsr
        // The VM exit by which an entry is known to have succeeded: basic reason 18.
        .globl  guest_calls
guest_calls:
        vmcall
        ud2

        .section .note.GNU-stack, "", @progbits
