// A refusal before there is C++: one sentence to COM1 and port E9H, then the end of the emulator or a halt.

        .set    COM1, 0x3f8
        .set    DEBUG_PORT, 0xe9
        .set    PATIENCE, 1000000               // polls for one character
        .set    CPUID_HYPERVISOR, 31            // leaf 1, ECX

        // Writes a byte to a register of COM1.
        .macro  uart register, value
        mov     $COM1 + \register, %dx
        mov     $\value, %al
        out     %al, %dx
        .endm

        .text
        .code32
        // ESI: the sentence, ended by NUL. Does not return.
        .globl  boot_refuse
        .type   boot_refuse, @function
boot_refuse:
        uart    1, 0x00                         // no interrupts
        uart    3, 0x80                         // divisor latch
        uart    0, 0x01                         // 115,200 baud
        uart    1, 0x00
        uart    3, 0x03                         // 8 data bits, no parity, 1 stop bit
        uart    4, 0x03                         // terminal ready, request to send

next_character:
        lodsb
        test    %al, %al
        jz      end_of_sentence
        call    put_character
        jmp     next_character

end_of_sentence:
        mov     $'\n', %al
        call    put_character
        mov     $0x40, %ah                      // transmitter empty: all of it has left
        call    wait_for_uart
        call    1f                              // the port on which Bochs hears "Shutdown"
        .ascii  "Shutdown"
1:      pop     %esi
        mov     $0x8900, %dx
        mov     $8, %ecx
        rep outsb
        // Only under an emulator that says so does a triple fault end it; on hardware it would restart the
        // machine and wipe the sentence off the terminal.
        mov     $1, %eax
        cpuid
        bt      $CPUID_HYPERVISOR, %ecx
        jnc     halt
        push    $0
        push    $0                              // a limit of 0
        lidt    (%esp)
        ud2
halt:
        cli
        hlt
        jmp     halt

        // AL: the character. Keeps ESI.
put_character:
        mov     %al, %bl
        mov     $0x20, %ah                      // transmitter holding register empty
        call    wait_for_uart
        mov     $COM1, %dx
        mov     %bl, %al
        out     %al, %dx
        in      $DEBUG_PORT, %al
        cmp     $DEBUG_PORT, %al
        jne     1f
        mov     %bl, %al
        out     %al, $DEBUG_PORT
1:      ret

        // AH: the bit of the line status register to wait for. Gives up after a while: there may be no UART.
wait_for_uart:
        mov     $PATIENCE, %ecx
        mov     $COM1 + 5, %dx
1:      in      %dx, %al
        test    %ah, %al
        loopz   1b
        ret

        .section .note.GNU-stack, "", @progbits
