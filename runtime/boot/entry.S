// From the boot loader's 32-bit protected mode to 64-bit mode, with the first 4 GiB mapped to themselves.
//
// At entry (Multiboot2 specification 2.0, section 3.3): EAX = magic number, EBX = address of the boot
// information, flat segments, paging off, interrupts off.

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

        .text
        .code32
        .globl  boot_entry
        .type   boot_entry, @function
boot_entry:
        cli
        cld
        mov     $boot_stack_end, %esp
        cmp     $LOADER_MAGIC, %eax
        mov     $not_multiboot2, %esi
        jne     boot_refuse
        mov     %ebx, %ebp                      // CPUID overwrites EBX

        // CPUID exists where EFLAGS.ID can be changed.
        pushf
        pop     %eax
        mov     %eax, %ecx
        xor     $EFLAGS_ID, %eax
        push    %eax
        popf
        pushf
        pop     %eax
        mov     $no_long_mode, %esi
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
        mov     $EFER_LME, %edi
        bt      $CPUID_NX, %edx
        jnc     1f
        or      $EFER_NXE, %edi
1:
        // 2 MiB pages over four directories, which lie one after the other.
        mov     $LARGE_PAGE, %eax
        xor     %ecx, %ecx
2:      mov     %eax, page_directories(, %ecx, 8)
        add     $0x200000, %eax
        inc     %ecx
        cmp     $DIRECTORIES * 512, %ecx
        jne     2b

        mov     $page_directories + TABLE, %eax
        xor     %ecx, %ecx
3:      mov     %eax, page_directory_pointers(, %ecx, 8)
        add     $0x1000, %eax
        inc     %ecx
        cmp     $DIRECTORIES, %ecx
        jne     3b
        movl    $page_directory_pointers + TABLE, page_map

        mov     $CR4_VALUE, %eax
        mov     %eax, %cr4
        mov     $page_map, %eax
        mov     %eax, %cr3
        mov     $IA32_EFER, %ecx
        mov     %edi, %eax
        xor     %edx, %edx
        wrmsr
        mov     $CR0_VALUE, %eax
        mov     %eax, %cr0

        lgdt    boot_gdt_pointer
        ljmp    $0x08, $long_mode

        .code64
long_mode:
        mov     $0x10, %eax
        mov     %eax, %ds
        mov     %eax, %es
        mov     %eax, %ss
        xor     %eax, %eax
        mov     %eax, %fs
        mov     %eax, %gs
        mov     $boot_stack_end, %esp
        mov     %ebp, %edi                      // address of the boot information
        xor     %ebp, %ebp
        call    vmxspec_start
        ud2                                     // it does not return

        .section .rodata
        .balign 8
boot_gdt:
        .quad   0
        .quad   0x00209b0000000000              // 64-bit code
        .quad   0x0000930000000000              // data
boot_gdt_pointer:
        .short  . - boot_gdt - 1
        .long   boot_gdt

not_multiboot2:
        .asciz  "vmxspec: not started by a Multiboot2 boot loader, such as GRUB's command multiboot2."
no_long_mode:
        .asciz  "vmxspec: this processor has no 64-bit mode (Intel 64)."

        .bss
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
