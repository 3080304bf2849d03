// The instructions that the probe tries, each with a UD2 behind it, which ends what runs to its end. Operands: RDI points
// to what is in memory; RAX is the encoding, the type, or EAX of VMFUNC; RCX the other register; EDX a data selector.
// The bytes mean the same in 64-bit, 32-bit and 16-bit code, but for the address in a memory operand.

        .text
        .code64
        .balign 4096
        .globl  instruction_code
instruction_code:

        // Labels NAME_begin, NAME (the instruction that is tried) and NAME_end.
        .macro  trial name:req, instruction:vararg
        .globl  code_\name\()_begin, code_\name, code_\name\()_end
code_\name\()_begin:
code_\name:
        \instruction
code_\name\()_end:
        ud2
        .endm

        // The same behind a MOV to SS, which blocks events until the instruction has ended (SDM volume 3A, 7.8.3).
        .macro  behind_mov_ss name:req, instruction:vararg
        .globl  code_\name\()_begin, code_\name, code_\name\()_end
code_\name\()_begin:
        mov     %edx, %ss
code_\name:
        \instruction
code_\name\()_end:
        ud2
        .endm

        trial   vmxon, vmxon (%rdi)
        trial   vmxoff, vmxoff
        trial   vmclear, vmclear (%rdi)
        trial   vmptrld, vmptrld (%rdi)
        trial   vmptrst, vmptrst (%rdi)
        trial   vmread, vmread %rax, %rcx
        trial   vmwrite, vmwrite %rcx, %rax
        trial   vmlaunch, vmlaunch
        trial   vmresume, vmresume
        trial   invept, invept (%rdi), %rax
        trial   invvpid, invvpid (%rdi), %rax
        trial   vmcall, vmcall
        trial   vmfunc, vmfunc
        // No VMX instruction: its VM exit is one of those that no row of the manual's operation sections causes.
        trial   vm_exit, cpuid
        behind_mov_ss   vmlaunch_blocked, vmlaunch
        behind_mov_ss   vmresume_blocked, vmresume

        .globl  instruction_code_end
instruction_code_end:
        .if     instruction_code_end - instruction_code > 4096
        .error  "the instructions do not fit a page"
        .endif

        .section .note.GNU-stack, "", @progbits
