// The header by which a Multiboot2 boot loader knows the kernel (Multiboot2 specification 2.0, section 3.1).

        .set    MAGIC, 0xe85250d6
        .set    ARCHITECTURE_I386, 0            // entered in 32-bit protected mode, by GRUB for BIOS and for UEFI
        .set    TAG_INFORMATION_REQUEST, 1
        .set    TAG_FRAMEBUFFER, 5
        .set    TAG_MODULE_ALIGNMENT, 6         // on pages
        .set    TAG_RELOCATABLE, 10
        .set    TAG_END, 0
        .set    OPTIONAL, 1
        .set    REQUEST_COMMAND_LINE, 1
        .set    REQUEST_MODULE, 3
        .set    REQUEST_MEMORY_MAP, 6
        .set    ANYWHERE_BELOW_4_GIB, 0xffffffff
        .set    LARGE_PAGE, 0x200000
        .set    PREFER_HIGHEST, 2

        .section .multiboot2, "a"
        .balign 8
header_begin:
        .long   MAGIC
        .long   ARCHITECTURE_I386
        .long   header_end - header_begin
        .long   -(MAGIC + ARCHITECTURE_I386 + (header_end - header_begin))

        .balign 8
request_begin:
        .short  TAG_INFORMATION_REQUEST
        .short  0                               // required: a loader that can't give these must not start us
        .long   request_end - request_begin
        .long   REQUEST_COMMAND_LINE
        .long   REQUEST_MODULE
        .long   REQUEST_MEMORY_MAP
request_end:

        // Pixels are welcome where there is no text. GRUB for BIOS has loaded no video driver, and so leaves text.
        .balign 8
framebuffer_begin:
        .short  TAG_FRAMEBUFFER
        .short  OPTIONAL
        .long   framebuffer_end - framebuffer_begin
        .long   0                               // any width
        .long   0                               // any height
        .long   32                              // bits a pixel
framebuffer_end:

        .balign 8
        .short  TAG_MODULE_ALIGNMENT
        .short  0
        .long   8

#ifdef VMXSPEC_RELOCATABLE
        // As high as there is room: what lies below belongs to others. A loader that can't do this must not start us.
        .balign 8
relocatable_begin:
        .short  TAG_RELOCATABLE
        .short  0
        .long   relocatable_end - relocatable_begin
        .long   0
        .long   ANYWHERE_BELOW_4_GIB
        .long   LARGE_PAGE
        .long   PREFER_HIGHEST
relocatable_end:
#endif

        .balign 8
        .short  TAG_END
        .short  0
        .long   8
header_end:

        .section .note.GNU-stack, "", @progbits
