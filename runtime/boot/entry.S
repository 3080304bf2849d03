// From the boot loader's 32-bit protected mode to 64-bit mode, with the first 4 GiB mapped to themselves.
//
// At entry (Multiboot2 specification 2.0, section 3.3): EAX = magic number, EBX = address of the boot
// information, flat segments, paging off, interrupts off. The kernel may lie elsewhere than where it was linked: 32-bit
// code has no address of its own but EBP, at which `here` lies.

        .set    LOADER_MAGIC, 0x36d76289

        .set    CR0_VALUE, 0x80010033           // PG, WP, NE, ET, MP, PE
        .set    CR4_VALUE, 0x20                 // PAE
        .set    IA32_EFER, 0xc0000080
        .set    EFER_LME, 1 << 8
        .set    EFER_NXE, 1 << 11
        .set    CPUID_NX, 20                    // leaf 80000001H, EDX
        .set    CPUID_LONG_MODE, 29             // leaf 80000001H, EDX
        .set    EFLAGS_ID, 1 << 21

        .set    TABLE, 0x003                    // present, writable
        .set    LARGE_PAGE, 0x083               // present, writable, 2 MiB
        .set    DIRECTORIES, 4                  // of 1 GiB each

        .set    BIOS_STACK, 0x7c00              // RAM wherever there is a BIOS

        .text
        .code32
        .globl  boot_entry
        .type   boot_entry, @function
boot_entry:
        cli
        cld
        // There is no stack yet, and CALL wants one: the second word of the boot information, which means nothing.
        mov     $BIOS_STACK, %esp
        cmp     $LOADER_MAGIC, %eax
        jne     1f
        lea     8(%ebx), %esp
1:      call    here
here:   pop     %ebp
        lea     boot_stack_end - here(%ebp), %esp
        lea     not_multiboot2 - here(%ebp), %esi
        cmp     $LOADER_MAGIC, %eax
        jne     boot_refuse
        push    %ebx                            // CPUID overwrites EBX

        // CPUID exists where EFLAGS.ID can be changed.
        pushf
        pop     %eax
        mov     %eax, %ecx
        xor     $EFLAGS_ID, %eax
        push    %eax
        popf
        pushf
        pop     %eax
        lea     no_long_mode - here(%ebp), %esi
        cmp     %eax, %ecx
        je      boot_refuse

        mov     $0x80000000, %eax
        cpuid
        cmp     $0x80000001, %eax
        jb      boot_refuse
        mov     $0x80000001, %eax
        cpuid
        bt      $CPUID_LONG_MODE, %edx
        jnc     boot_refuse
        mov     %edx, %ecx
        rdtsc                                   // every processor with 64-bit mode has it
        mov     %eax, boot_time_stamp - here(%ebp)
        mov     %edx, boot_time_stamp - here + 4(%ebp)
        mov     $EFER_LME, %edi
        bt      $CPUID_NX, %ecx
        jnc     1f
        or      $EFER_NXE, %edi
1:
        // 2 MiB pages over four directories, which lie one after the other.
        mov     $LARGE_PAGE, %eax
        lea     page_directories - here(%ebp), %edx
        xor     %ecx, %ecx
2:      mov     %eax, (%edx, %ecx, 8)
        add     $0x200000, %eax
        inc     %ecx
        cmp     $DIRECTORIES * 512, %ecx
        jne     2b

        lea     page_directories - here + TABLE(%ebp), %eax
        lea     page_directory_pointers - here(%ebp), %edx
        xor     %ecx, %ecx
3:      mov     %eax, (%edx, %ecx, 8)
        add     $0x1000, %eax
        inc     %ecx
        cmp     $DIRECTORIES, %ecx
        jne     3b
        lea     page_map - here(%ebp), %ecx
        add     $TABLE, %edx
        mov     %edx, (%ecx)

        mov     $CR4_VALUE, %eax
        mov     %eax, %cr4
        mov     %ecx, %cr3
        mov     $IA32_EFER, %ecx
        mov     %edi, %eax
        xor     %edx, %edx
        wrmsr
        mov     $CR0_VALUE, %eax
        mov     %eax, %cr0

        pop     %edi                            // address of the boot information
        lea     boot_gdt - here(%ebp), %eax
        push    %eax
        pushw   $boot_gdt_end - boot_gdt - 1
        lgdt    (%esp)
        lea     long_mode - here(%ebp), %eax
        push    $0x08
        push    %eax
        lret

        .code64
long_mode:
        mov     $0x10, %eax
        mov     %eax, %ds
        mov     %eax, %es
        mov     %eax, %ss
        xor     %eax, %eax
        mov     %eax, %fs
        mov     %eax, %gs
        lea     boot_stack_end(%rip), %rsp

        // Pointers in data are those of the address for which the kernel was linked; where it can lie elsewhere, the
        // linker has noted them all down.
        lea     kernel_begin(%rip), %rax
        sub     relocations_link_address(%rip), %rax
        // The format is RELR (ELF gABI, section "Relative Relocation Table"): an even word is the address of a pointer,
        // an odd one says by its bits 63:1 which of the next 63 words are pointers too.
        lea     relocations_begin(%rip), %rsi
        lea     relocations_end(%rip), %rcx
next_relocation:
        cmp     %rcx, %rsi
        je      relocated
        mov     (%rsi), %rdx
        add     $8, %rsi
        test    $1, %dl
        jnz     1f
        lea     (%rdx, %rax), %rbx              // the pointer's place
        add     %rax, (%rbx)
        add     $8, %rbx
        jmp     next_relocation
1:      mov     %rbx, %rbp
2:      shr     %rdx
        jz      4f
        test    $1, %dl
        jz      3f
        add     %rax, (%rbp)
3:      add     $8, %rbp
        jmp     2b
4:      add     $63 * 8, %rbx
        jmp     next_relocation
relocated:
        mov     %edi, %edi
        xor     %ebp, %ebp
        call    vmxspec_start
        ud2                                     // it does not return

        .section .rodata
        .balign 8
boot_gdt:
        .quad   0
        .quad   0x00209b0000000000              // 64-bit code
        .quad   0x0000930000000000              // data
boot_gdt_end:

not_multiboot2:
        .asciz  "vmxspec: not started by a Multiboot2 boot loader, such as GRUB's command multiboot2."
no_long_mode:
        .asciz  "vmxspec: this processor has no 64-bit mode (Intel 64)."

        .bss
        .balign 8
        .globl  boot_time_stamp
boot_time_stamp:
        .skip   8

        .balign 4096
page_map:
        .skip   4096
page_directory_pointers:
        .skip   4096
page_directories:
        .skip   DIRECTORIES * 4096
        .skip   32768
boot_stack_end:

        .section .note.GNU-stack, "", @progbits
