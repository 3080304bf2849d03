// The VM entry of tests/fixtures/virtualbox-after02.json on an Arrandale, as a stand-in for VMREAD, RDMSR and CPUID,
// for C and C++. What is not listed is 0.
#pragma once

#include <stddef.h>
#include <stdint.h>

struct machine_value {
    uint32_t key;  // VMCS encoding, or MSR index
    uint64_t value;
};
struct machine_cpuid_leaf {
    uint32_t leaf;
    uint32_t subleaf;
    uint32_t registers[4];  // EAX, EBX, ECX, EDX
};

static const struct machine_value machine_vmcs[] = {
    {0x0000, 0x4},                 // VPID
    {0x2004, 0x50170000},          // address of MSR bitmaps
    {0x2006, 0x102865a0},          // VM-exit MSR-store address
    {0x2008, 0x10286620},          // VM-exit MSR-load address
    {0x200a, 0x102866a0},          // VM-entry MSR-load address
    {0x2010, 0xffffff08b398ea83},  // TSC offset
    {0x2012, 0x4f60f000},          // virtual-APIC address
    {0x2014, 0x5016c000},          // APIC-access address
    {0x201a, 0x1df0801e},          // EPT pointer
    {0x4000, 0x7f},                // pin-based VM-execution controls
    {0x4002, 0xb5a07dfa},          // primary processor-based VM-execution controls
    {0x4004, 0x30002},             // exception bitmap
    {0x400c, 0x436fff},            // primary VM-exit controls
    {0x400e, 0x3},                 // VM-exit MSR-store count
    {0x4010, 0x3},                 // VM-exit MSR-load count
    {0x4012, 0x11ff},              // VM-entry controls
    {0x4014, 0x3},                 // VM-entry MSR-load count
    {0x4016, 0x8},                 // injected-event identification
    {0x401e, 0xeb},                // secondary processor-based VM-execution controls
    {0x6000, 0xfffffffffffafff1},  // CR0 guest/host mask
    {0x6002, 0xfffffffffffff8b1},  // CR4 guest/host mask
    {0x6004, 0x80010015},          // CR0 read shadow
    {0x2400, 0x45b000},            // guest-physical address
    {0x4400, 0xc},                 // VM-instruction error
    {0x4402, 0x80000022},          // exit reason
    {0x440c, 0x3},                 // VM-exit instruction length
    {0x6400, 0x1},                 // exit qualification
    {0x6402, 0x5080},              // I/O RCX
    {0x6404, 0x5085},              // I/O RSI
    {0x6406, 0xa},                 // I/O RDI
    {0x6408, 0x10cccc},            // I/O RIP
    {0x640a, 0x45b000},            // guest-linear address
    {0x0800, 0x18},                // guest ES selector
    {0x0802, 0x10},                // guest CS selector
    {0x0804, 0x18},                // guest SS selector
    {0x0806, 0x18},                // guest DS selector
    {0x0808, 0x18},                // guest FS selector
    {0x080a, 0x18},                // guest GS selector
    {0x080e, 0x8},                 // guest TR selector
    {0x2800, 0xffffffffffffffff},  // VMCS link pointer
    {0x280a, 0x10000},             // guest PDPTE0
    {0x280e, 0x8000010000},        // guest PDPTE2
    {0x2810, 0x50604070000},       // guest PDPTE3
    {0x4800, 0xffffffff},          // guest ES limit
    {0x4802, 0xffffffff},          // guest CS limit
    {0x4804, 0xffffffff},          // guest SS limit
    {0x4806, 0xffffffff},          // guest DS limit
    {0x4808, 0xffffffff},          // guest FS limit
    {0x480a, 0xffffffff},          // guest GS limit
    {0x480c, 0xffff},              // guest LDTR limit
    {0x480e, 0x67},                // guest TR limit
    {0x4810, 0x4f},                // guest GDTR limit
    {0x4812, 0x7ff},               // guest IDTR limit
    {0x4814, 0xc093},              // guest ES access rights
    {0x4816, 0xc09b},              // guest CS access rights
    {0x4818, 0xc093},              // guest SS access rights
    {0x481a, 0xc093},              // guest DS access rights
    {0x481c, 0xc093},              // guest FS access rights
    {0x481e, 0xc093},              // guest GS access rights
    {0x4820, 0x82},                // guest LDTR access rights
    {0x4822, 0x8b},                // guest TR access rights
    {0x482e, 0x12d3d},             // VMX-preemption timer value
    {0x6800, 0x80010035},          // guest CR0
    {0x6802, 0x456000},            // guest CR3
    {0x6804, 0x2000},              // guest CR4
    {0x6814, 0x100950},            // guest TR base
    {0x6816, 0x100900},            // guest GDTR base
    {0x6818, 0x100100},            // guest IDTR base
    {0x681a, 0x400},               // guest DR7
    {0x681c, 0x3d8010},            // guest RSP
    {0x681e, 0x10ccfd},            // guest RIP
    {0x6820, 0x200016},            // guest RFLAGS
    {0x0c00, 0x18},                // host ES selector
    {0x0c02, 0x8},                 // host CS selector
    {0x0c04, 0x18},                // host SS selector
    {0x0c06, 0x18},                // host DS selector
    {0x0c08, 0x18},                // host FS selector
    {0x0c0a, 0x18},                // host GS selector
    {0x0c0c, 0x20},                // host TR selector
    {0x6c00, 0x80000031},          // host CR0
    {0x6c02, 0x1faff000},          // host CR3
    {0x6c04, 0x2668},              // host CR4
    {0x6c0a, 0x10251ba0},          // host TR base
    {0x6c0c, 0x10253170},          // host GDTR base
    {0x6c0e, 0x1024e170},          // host IDTR base
    {0x6c14, 0x1fb2fff8},          // host RSP
    {0x6c16, 0x10204c83},          // host RIP
};

static const struct machine_value machine_msrs[] = {
    {0x0480, 0xda04000000000f},    // IA32_VMX_BASIC
    {0x0481, 0x7f00000016},        // IA32_VMX_PINBASED_CTLS
    {0x0482, 0xfff9fffe0401e172},  // IA32_VMX_PROCBASED_CTLS
    {0x0483, 0x7fffff00036dff},    // IA32_VMX_EXIT_CTLS
    {0x0484, 0xffff000011ff},      // IA32_VMX_ENTRY_CTLS
    {0x0485, 0x401e7},             // IA32_VMX_MISC
    {0x0486, 0x80000021},          // IA32_VMX_CR0_FIXED0
    {0x0487, 0xffffffff},          // IA32_VMX_CR0_FIXED1
    {0x0488, 0x2000},              // IA32_VMX_CR4_FIXED0
    {0x0489, 0x267ff},             // IA32_VMX_CR4_FIXED1
    {0x048a, 0x2a},                // IA32_VMX_VMCS_ENUM
    {0x048b, 0xff00000000},        // IA32_VMX_PROCBASED_CTLS2
    {0x048c, 0xf0106114141},       // IA32_VMX_EPT_VPID_CAP
    {0x048d, 0x7f00000016},        // IA32_VMX_TRUE_PINBASED_CTLS
    {0x048e, 0xfff9fffe04006172},  // IA32_VMX_TRUE_PROCBASED_CTLS
    {0x048f, 0x7fffff00036dfb},    // IA32_VMX_TRUE_EXIT_CTLS
    {0x0490, 0xffff000011fb},      // IA32_VMX_TRUE_ENTRY_CTLS
    {0x00fe, 0xd08},               // IA32_MTRRCAP
};

static const struct machine_cpuid_leaf machine_cpuid_leaves[] = {
    {0x1, 0, {0x0, 0x0, 0x8000, 0x11800}},
    {0xa, 0, {0x403, 0x0, 0x0, 0x3}},
    {0x80000001, 0, {0x0, 0x0, 0x0, 0x28100800}},
    {0x80000008, 0, {0x3024, 0x0, 0x0, 0x0}},
};

static inline uint64_t machine_read(const struct machine_value* table, size_t count, uint32_t key) {
    for (size_t n = 0; n < count; ++n)
        if (table[n].key == key) return table[n].value;
    return 0;
}
static inline uint64_t machine_vmread(uint32_t encoding) {
    return machine_read(machine_vmcs, sizeof machine_vmcs / sizeof machine_vmcs[0], encoding);
}
static inline uint64_t machine_rdmsr(uint32_t index) {
    return machine_read(machine_msrs, sizeof machine_msrs / sizeof machine_msrs[0], index);
}
static inline void machine_cpuid(uint32_t leaf, uint32_t subleaf, uint32_t registers[4]) {
    for (int k = 0; k < 4; ++k) registers[k] = 0;
    for (size_t n = 0; n < sizeof machine_cpuid_leaves / sizeof machine_cpuid_leaves[0]; ++n)
        if (machine_cpuid_leaves[n].leaf == leaf && machine_cpuid_leaves[n].subleaf == subleaf)
            for (int k = 0; k < 4; ++k) registers[k] = machine_cpuid_leaves[n].registers[k];
}
