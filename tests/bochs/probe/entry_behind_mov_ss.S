// VMLAUNCH behind MOV SS, for which events are blocked (SDM 27.4.2): it has to fail. A machine that enters all the same
// comes back by vmxspec_vm_exit (runtime/cpu/vm_entry.S), for which the frame is prepared as there.
#include "runtime/cpu/callee_saved.inc"

        .set    DATA, 0x10                      // runtime::selector::data
        .set    HOST_STACK, 32                  // of VmEntryFrame

        .set    FAIL_INVALID, 1                 // VmxOutcome
        .set    FAIL_VALID, 2

        .text
        // RDI: frame. Returns AL: VmxOutcome.
        .globl  vmxspec_entry_behind_mov_ss
        .type   vmxspec_entry_behind_mov_ss, @function
vmxspec_entry_behind_mov_ss:
        push_callee_saved
        movq    %rsp, HOST_STACK(%rdi)
        movl    $DATA, %ecx
        movl    %ecx, %ss
        vmlaunch
        movl    $FAIL_VALID, %eax
        movl    $FAIL_INVALID, %ecx
        cmovcl  %ecx, %eax
        pop_callee_saved
        ret

        .section .note.GNU-stack, "", @progbits
