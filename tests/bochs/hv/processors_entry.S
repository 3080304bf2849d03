// Where a processor of the guest begins: it notes down its state in the page, and goes on where runtime/cpu/start_up_entry.S
// begins, in the next page below. A copy of this lies in a page below 640 KiB.

        .section .rodata
        .globl  start_record_code
        .globl  start_record_nmi
        .globl  start_record_state
        .globl  start_record_end
start_record_code:
        .code16
        .irp    register, eax, ebx, ecx, edx, esi, edi, ebp, esp
        movl    %\register, %cs:state_\register - start_record_code
        .endr
        movl    %cr0, %eax
        movl    %eax, %cs:state_cr0 - start_record_code
        movl    %cr2, %eax
        movl    %eax, %cs:state_cr2 - start_record_code
        movl    %cr3, %eax
        movl    %eax, %cs:state_cr3 - start_record_code
        movl    %cr4, %eax
        movl    %eax, %cs:state_cr4 - start_record_code
        movl    %dr0, %eax
        movl    %eax, %cs:state_dr0 - start_record_code
        movl    %dr6, %eax
        movl    %eax, %cs:state_dr6 - start_record_code
        movl    %dr7, %eax
        movl    %eax, %cs:state_dr7 - start_record_code
        movl    $0xc0000080, %ecx               // IA32_EFER
        rdmsr
        movl    %eax, %cs:state_efer - start_record_code
        movw    %cs, %cs:state_cs - start_record_code
        movw    %ds, %cs:state_ds - start_record_code
        movw    %ss, %cs:state_ss - start_record_code
        sgdtl   %cs:state_gdtr - start_record_code
        sidtl   %cs:state_idtr - start_record_code
        // EFLAGS, on a stack in this page
        movw    %cs, %ax
        movw    %ax, %ss
        movl    $0x1000, %esp
        pushfl
        popl    %eax
        movl    %eax, %cs:state_eflags - start_record_code
        movw    %cs, %ax
        subw    $0x100, %ax
        pushw   %ax
        pushw   $0
        lret

        // An NMI that comes before there is an interrupt table
start_record_nmi:
        incl    %cs:state_nmis - start_record_code
        iretw

        .balign 8
start_record_state:
        .irp    name, eax, ebx, ecx, edx, esi, edi, ebp, esp, cr0, cr2, cr3, cr4, dr0, dr6, dr7, efer, eflags, nmis
state_\name:
        .long   0
        .endr
        .irp    name, cs, ds, ss
state_\name:
        .short  0
        .endr
state_gdtr:
        .skip   6
state_idtr:
        .skip   6
start_record_end:

        .section .note.GNU-stack, "", @progbits
