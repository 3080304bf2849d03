// VM entry and VM exit (runtime/cpu/vm_entry.hpp): of each register the low half of its place in the frame, whose high half
// stays as it is.

        // VmEntryFrame
        .set    RAX, 0
        .set    RCX, 8
        .set    RDX, 16
        .set    RBX, 24
        .set    HOST_STACK, 32
        .set    RBP, 40
        .set    RSI, 48
        .set    RDI, 56

        // VmxOutcome
        .set    SUCCEED, 0
        .set    FAIL_INVALID, 1
        .set    FAIL_VALID, 2

        .text
        // On the stack: frame; 0 VMLAUNCH, 1 VMRESUME. Returns AL: VmxOutcome.
        .globl  vmxspec_vm_entry
        .type   vmxspec_vm_entry, @function
vmxspec_vm_entry:
        .irp    register, ebx, ebp, esi, edi
        pushl   %\register
        .endr
        movl    20(%esp), %edi
        cmpl    $0, 24(%esp)                    // no MOV below changes ZF
        movl    %esp, HOST_STACK(%edi)
        movl    RAX(%edi), %eax
        movl    RCX(%edi), %ecx
        movl    RDX(%edi), %edx
        movl    RBX(%edi), %ebx
        movl    RBP(%edi), %ebp
        movl    RSI(%edi), %esi
        movl    RDI(%edi), %edi
        jnz     1f
        vmlaunch
        jmp     2f
1:      vmresume
2:      // No VM exit: CF for VMfailInvalid, ZF for VMfailValid, and ESP is still ours.
        movl    $FAIL_VALID, %eax
        movl    $FAIL_INVALID, %ecx
        cmovcl  %ecx, %eax
        jmp     leave

        // ESP: the frame, by the host-RSP field.
        .globl  vmxspec_vm_exit
        .type   vmxspec_vm_exit, @function
vmxspec_vm_exit:
        movl    %eax, RAX(%esp)
        movl    %ecx, RCX(%esp)
        movl    %edx, RDX(%esp)
        movl    %ebx, RBX(%esp)
        movl    %ebp, RBP(%esp)
        movl    %esi, RSI(%esp)
        movl    %edi, RDI(%esp)
        movl    HOST_STACK(%esp), %esp
        movl    $SUCCEED, %eax

leave:
        .irp    register, edi, esi, ebp, ebx
        popl    %\register
        .endr
        ret

        .section .note.GNU-stack, "", @progbits
