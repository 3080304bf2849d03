// Names of VMCS fields as hypervisors write them. Spellings that differ in case, separators, prefixes or the words of
// `words` below are one; the table holds what differs more.
#include "proofs/query/dumps/field_names.hpp"

#include "proofs/query/dumps/xmhf_names.hpp"

#include <algorithm>
#include <string>
#include <unordered_map>

namespace vmxspec::query {

namespace {

struct Row {
    std::string_view name;
    std::uint32_t encoding;
};

// In the order of SDM volume 3D, appendix B; the first name of a field is that of Linux (arch/x86/include/asm/vmx.h).
constexpr Row rows[] = {
    {"VIRTUAL_PROCESSOR_ID", 0x0000},
    {"VPID", 0x0000},
    {"POSTED_INTR_NV", 0x0002},
    {"POSTED_INTERRUPT_NOTIFICATION_VECTOR", 0x0002},
    {"POSTED_INTERRUPT_VECTOR", 0x0002},
    {"EPTP_INDEX", 0x0004},
    {"HLAT_PREFIX_SIZE", 0x0006},
    {"LAST_PID_POINTER_INDEX", 0x0008},
    {"VIRTUAL_TIMER_VECTOR", 0x000a},
    {"GUEST_ES_SELECTOR", 0x0800},
    {"GUEST_CS_SELECTOR", 0x0802},
    {"GUEST_SS_SELECTOR", 0x0804},
    {"GUEST_DS_SELECTOR", 0x0806},
    {"GUEST_FS_SELECTOR", 0x0808},
    {"GUEST_GS_SELECTOR", 0x080a},
    {"GUEST_LDTR_SELECTOR", 0x080c},
    {"GUEST_TR_SELECTOR", 0x080e},
    {"GUEST_INTR_STATUS", 0x0810},
    {"GUEST_INTERRUPT_STATUS", 0x0810},
    {"GUEST_PML_INDEX", 0x0812},
    {"PML_INDEX", 0x0812},
    {"GUEST_UINV", 0x0814},
    {"HOST_ES_SELECTOR", 0x0c00},
    {"HOST_CS_SELECTOR", 0x0c02},
    {"HOST_SS_SELECTOR", 0x0c04},
    {"HOST_DS_SELECTOR", 0x0c06},
    {"HOST_FS_SELECTOR", 0x0c08},
    {"HOST_GS_SELECTOR", 0x0c0a},
    {"HOST_TR_SELECTOR", 0x0c0c},
    {"IO_BITMAP_A", 0x2000},
    {"IO_BITMAP_A_ADDRESS", 0x2000},
    {"ADDRESS_OF_IO_BITMAP_A", 0x2000},
    {"IO_BITMAP_B", 0x2002},
    {"IO_BITMAP_B_ADDRESS", 0x2002},
    {"ADDRESS_OF_IO_BITMAP_B", 0x2002},
    {"MSR_BITMAP", 0x2004},
    {"MSR_BITMAP_ADDRESS", 0x2004},
    {"MSR_BITMAPS_ADDRESS", 0x2004},
    {"ADDRESS_OF_MSR_BITMAPS", 0x2004},
    {"VM_EXIT_MSR_STORE_ADDR", 0x2006},
    {"EXIT_MSR_STORE_ADDR", 0x2006},
    {"VM_EXIT_MSR_LOAD_ADDR", 0x2008},
    {"EXIT_MSR_LOAD_ADDR", 0x2008},
    {"VM_ENTRY_MSR_LOAD_ADDR", 0x200a},
    {"ENTRY_MSR_LOAD_ADDR", 0x200a},
    {"EXECUTIVE_VMCS_POINTER", 0x200c},
    {"PML_ADDRESS", 0x200e},
    {"TSC_OFFSET", 0x2010},
    {"VIRTUAL_APIC_PAGE_ADDR", 0x2012},
    {"VIRTUAL_APIC_ADDRESS", 0x2012},
    {"VAPIC_PAGE", 0x2012},
    {"VAPIC_PAGEADDR", 0x2012},
    {"APIC_ACCESS_ADDR", 0x2014},
    {"APIC_ACCESS_PAGE", 0x2014},
    {"POSTED_INTR_DESC_ADDR", 0x2016},
    {"POSTED_INTERRUPT_DESCRIPTOR_ADDRESS", 0x2016},
    {"VM_FUNCTION_CONTROL", 0x2018},
    {"VM_FUNCTION_CONTROLS", 0x2018},
    {"VMFUNC_CTRLS", 0x2018},
    {"EPT_POINTER", 0x201a},
    {"EPTP", 0x201a},
    {"EOI_EXIT_BITMAP0", 0x201c},
    {"EOI_EXIT_BITMAP_0", 0x201c},
    {"EOI_EXIT_BITMAP1", 0x201e},
    {"EOI_EXIT_BITMAP_1", 0x201e},
    {"EOI_EXIT_BITMAP2", 0x2020},
    {"EOI_EXIT_BITMAP_2", 0x2020},
    {"EOI_EXIT_BITMAP3", 0x2022},
    {"EOI_EXIT_BITMAP_3", 0x2022},
    {"EPTP_LIST_ADDRESS", 0x2024},
    {"EPTP_LIST", 0x2024},
    {"VMREAD_BITMAP", 0x2026},
    {"VMREAD_BITMAP_ADDRESS", 0x2026},
    {"VMWRITE_BITMAP", 0x2028},
    {"VMWRITE_BITMAP_ADDRESS", 0x2028},
    {"VE_INFORMATION_ADDRESS", 0x202a},
    {"VIRT_EXCEPTION_INFO_ADDRESS", 0x202a},
    {"VIRTUALIZATION_EXCEPTION_INFORMATION_ADDRESS", 0x202a},
    {"XSS_EXIT_BITMAP", 0x202c},
    {"XSS_EXITING_BITMAP", 0x202c},
    {"ENCLS_EXITING_BITMAP", 0x202e},
    {"SUB_PAGE_PERMISSION_TABLE_POINTER", 0x2030},
    {"SPPTP", 0x2030},
    {"TSC_MULTIPLIER", 0x2032},
    {"TERTIARY_VM_EXEC_CONTROL", 0x2034},
    {"TERTIARY_PROCESSOR_BASED_VM_EXECUTION_CONTROLS", 0x2034},
    {"ENCLV_EXITING_BITMAP", 0x2036},
    {"LOW_PASID_DIRECTORY_ADDRESS", 0x2038},
    {"HIGH_PASID_DIRECTORY_ADDRESS", 0x203a},
    {"SHARED_EPT_POINTER", 0x203c},
    {"PCONFIG_EXITING_BITMAP", 0x203e},
    {"HLAT_POINTER", 0x2040},
    {"HLATP", 0x2040},
    {"PID_POINTER_TABLE", 0x2042},
    {"PID_POINTER_TABLE_ADDRESS", 0x2042},
    {"SECONDARY_VM_EXIT_CONTROLS", 0x2044},
    {"SPEC_CTRL_MASK", 0x204a},
    {"IA32_SPEC_CTRL_MASK", 0x204a},
    {"SPEC_CTRL_SHADOW", 0x204c},
    {"IA32_SPEC_CTRL_SHADOW", 0x204c},
    {"GUEST_DEADLINE_SHADOW", 0x204e},
    {"INJECTED_EVENT_DATA", 0x2052},
    {"GUEST_PHYSICAL_ADDRESS", 0x2400},
    {"EXIT_MSR_DATA", 0x2402},
    {"ORIGINAL_EVENT_DATA", 0x2404},
    {"VMCS_LINK_POINTER", 0x2800},
    {"GUEST_VMCS_LINK_POINTER", 0x2800},
    {"VMCS_LINK_PTR", 0x2800},
    {"GUEST_IA32_DEBUGCTL", 0x2802},
    {"GUEST_DEBUG_CONTROL", 0x2802},
    {"GUEST_DEBUG_CTL", 0x2802},
    {"GUEST_IA32_PAT", 0x2804},
    {"GUEST_IA32_EFER", 0x2806},
    {"GUEST_IA32_PERF_GLOBAL_CTRL", 0x2808},
    {"GUEST_PDPTR0", 0x280a},
    {"GUEST_PDPTR1", 0x280c},
    {"GUEST_PDPTR2", 0x280e},
    {"GUEST_PDPTR3", 0x2810},
    {"GUEST_BNDCFGS", 0x2812},
    {"GUEST_IA32_RTIT_CTL", 0x2814},
    {"GUEST_IA32_LBR_CTL", 0x2816},
    {"GUEST_IA32_PKRS", 0x2818},
    {"GUEST_IA32_FRED_CONFIG", 0x281a},
    {"GUEST_IA32_FRED_RSP1", 0x281c},
    {"GUEST_IA32_FRED_RSP2", 0x281e},
    {"GUEST_IA32_FRED_RSP3", 0x2820},
    {"GUEST_IA32_FRED_STKLVLS", 0x2822},
    {"GUEST_IA32_FRED_SSP1", 0x2824},
    {"GUEST_IA32_FRED_SSP2", 0x2826},
    {"GUEST_IA32_FRED_SSP3", 0x2828},
    {"GUEST_IA32_SPEC_CTRL", 0x282e},
    {"GUEST_DEADLINE", 0x2830},
    {"HOST_IA32_PAT", 0x2c00},
    {"HOST_IA32_EFER", 0x2c02},
    {"HOST_IA32_PERF_GLOBAL_CTRL", 0x2c04},
    {"HOST_IA32_PKRS", 0x2c06},
    {"HOST_IA32_FRED_CONFIG", 0x2c08},
    {"HOST_IA32_FRED_RSP1", 0x2c0a},
    {"HOST_IA32_FRED_RSP2", 0x2c0c},
    {"HOST_IA32_FRED_RSP3", 0x2c0e},
    {"HOST_IA32_FRED_STKLVLS", 0x2c10},
    {"HOST_IA32_FRED_SSP1", 0x2c12},
    {"HOST_IA32_FRED_SSP2", 0x2c14},
    {"HOST_IA32_FRED_SSP3", 0x2c16},
    {"HOST_IA32_SPEC_CTRL", 0x2c1a},
    {"PIN_BASED_VM_EXEC_CONTROL", 0x4000},
    {"PIN_BASED_CONTROLS", 0x4000},
    {"PIN_CONTROLS", 0x4000},
    {"PIN_EXEC", 0x4000},
    {"PIN_BASED_EXEC_CTRL", 0x4000},
    {"CPU_BASED_VM_EXEC_CONTROL", 0x4002},
    {"PROC_BASED_VM_EXEC_CONTROL", 0x4002},
    {"PRIMARY_PROCESSOR_CONTROLS", 0x4002},
    {"PRIMARY_PROCESSOR_BASED_VM_EXEC_CONTROL", 0x4002},
    {"PROC_EXEC", 0x4002},
    {"CPU_BASED_EXEC_CTRL", 0x4002},
    {"PROCESSOR_BASED_CONTROLS", 0x4002},
    {"PRIMARY_CONTROLS", 0x4002},
    {"EXCEPTION_BITMAP", 0x4004},
    {"PAGE_FAULT_ERROR_CODE_MASK", 0x4006},
    {"PAGEFAULT_ERROR_MASK", 0x4006},
    {"PAGE_FAULT_ERROR_CODE_MATCH", 0x4008},
    {"PAGEFAULT_ERROR_MATCH", 0x4008},
    {"CR3_TARGET_COUNT", 0x400a},
    {"VM_EXIT_CONTROLS", 0x400c},
    {"EXIT_CONTROLS", 0x400c},
    {"PRIMARY_VM_EXIT_CONTROLS", 0x400c},
    {"VM_EXIT_MSR_STORE_COUNT", 0x400e},
    {"EXIT_MSR_STORE_COUNT", 0x400e},
    {"VM_EXIT_MSR_LOAD_COUNT", 0x4010},
    {"EXIT_MSR_LOAD_COUNT", 0x4010},
    {"VM_ENTRY_CONTROLS", 0x4012},
    {"ENTRY_CONTROLS", 0x4012},
    {"VM_ENTRY_MSR_LOAD_COUNT", 0x4014},
    {"ENTRY_MSR_LOAD_COUNT", 0x4014},
    {"VM_ENTRY_INTR_INFO_FIELD", 0x4016},
    {"VM_ENTRY_INTERRUPTION_INFORMATION", 0x4016},
    {"ENTRY_INTERRUPTION_INFO", 0x4016},
    {"VM_ENTRY_INTERRUPT_INFO", 0x4016},
    {"VM_ENTRY_EXCEPTION_ERROR_CODE", 0x4018},
    {"ENTRY_EXCEPTION_ERROR_CODE", 0x4018},
    {"VM_ENTRY_INSTRUCTION_LEN", 0x401a},
    {"ENTRY_INSTR_LENGTH", 0x401a},
    {"TPR_THRESHOLD", 0x401c},
    {"SECONDARY_VM_EXEC_CONTROL", 0x401e},
    {"CPU_BASED_VM_EXEC_CONTROL2", 0x401e},
    {"PROC_BASED_VM_EXEC_CONTROL2", 0x401e},
    {"SECONDARY_PROCESSOR_CONTROLS", 0x401e},
    {"SECONDARY_PROCESSOR_BASED_VM_EXEC_CONTROL", 0x401e},
    {"PROC_EXEC2", 0x401e},
    {"SECONDARY_CONTROLS", 0x401e},
    {"SECONDARY_EXEC_CTRL", 0x401e},
    {"PLE_GAP", 0x4020},
    {"PLE_WINDOW", 0x4022},
    {"NOTIFY_WINDOW", 0x4024},
    {"INSTRUCTION_TIMEOUT_CONTROL", 0x4024},
    {"SEAM_GUEST_KEYID", 0x4026},
    {"VM_INSTRUCTION_ERROR", 0x4400},
    {"INSTRUCTION_ERROR", 0x4400},
    {"VM_INSTR_ERROR", 0x4400},
    {"VM_EXIT_REASON", 0x4402},
    {"EXIT_REASON", 0x4402},
    {"VM_EXIT_INTR_INFO", 0x4404},
    {"VM_EXIT_INTERRUPTION_INFORMATION", 0x4404},
    {"VM_EXIT_INTR_ERROR_CODE", 0x4406},
    {"VM_EXIT_INTERRUPTION_ERROR_CODE", 0x4406},
    {"IDT_VECTORING_INFO_FIELD", 0x4408},
    {"IDT_VECTORING_INFORMATION", 0x4408},
    {"IDT_VECTORING_ERROR_CODE", 0x440a},
    {"VM_EXIT_INSTRUCTION_LEN", 0x440c},
    {"EXIT_INSTR_LENGTH", 0x440c},
    {"VMX_INSTRUCTION_INFO", 0x440e},
    {"VM_EXIT_INSTRUCTION_INFO", 0x440e},
    {"EXIT_INSTR_INFO", 0x440e},
    {"GUEST_ES_LIMIT", 0x4800},
    {"GUEST_CS_LIMIT", 0x4802},
    {"GUEST_SS_LIMIT", 0x4804},
    {"GUEST_DS_LIMIT", 0x4806},
    {"GUEST_FS_LIMIT", 0x4808},
    {"GUEST_GS_LIMIT", 0x480a},
    {"GUEST_LDTR_LIMIT", 0x480c},
    {"GUEST_TR_LIMIT", 0x480e},
    {"GUEST_GDTR_LIMIT", 0x4810},
    {"GUEST_IDTR_LIMIT", 0x4812},
    {"GUEST_ES_AR_BYTES", 0x4814},
    {"GUEST_CS_AR_BYTES", 0x4816},
    {"GUEST_SS_AR_BYTES", 0x4818},
    {"GUEST_DS_AR_BYTES", 0x481a},
    {"GUEST_FS_AR_BYTES", 0x481c},
    {"GUEST_GS_AR_BYTES", 0x481e},
    {"GUEST_LDTR_AR_BYTES", 0x4820},
    {"GUEST_TR_AR_BYTES", 0x4822},
    {"GUEST_INTERRUPTIBILITY_INFO", 0x4824},
    {"GUEST_INTERRUPTIBILITY_STATE", 0x4824},
    {"GUEST_INTERRUPTIBILITY", 0x4824},
    {"GUEST_INT_STATE", 0x4824},
    {"GUEST_ACTIVITY_STATE", 0x4826},
    {"GUEST_SMBASE", 0x4828},
    {"GUEST_SYSENTER_CS", 0x482a},
    {"VMX_PREEMPTION_TIMER_VALUE", 0x482e},
    {"PREEMPTION_TIMER", 0x482e},
    {"GUEST_PREEMPTION_TIMER_VALUE", 0x482e},
    {"HOST_IA32_SYSENTER_CS", 0x4c00},
    {"CR0_GUEST_HOST_MASK", 0x6000},
    {"CR0_MASK", 0x6000},
    {"CR4_GUEST_HOST_MASK", 0x6002},
    {"CR4_MASK", 0x6002},
    {"CR0_READ_SHADOW", 0x6004},
    {"CR0_SHADOW", 0x6004},
    {"CR4_READ_SHADOW", 0x6006},
    {"CR4_SHADOW", 0x6006},
    {"CR3_TARGET_VALUE0", 0x6008},
    {"CR3_TARGET_VAL0", 0x6008},
    {"CR3_TARGET0", 0x6008},
    {"CR3_TARGET_VALUE_0", 0x6008},
    {"CR3_TARGET_VALUE1", 0x600a},
    {"CR3_TARGET_VAL1", 0x600a},
    {"CR3_TARGET1", 0x600a},
    {"CR3_TARGET_VALUE_1", 0x600a},
    {"CR3_TARGET_VALUE2", 0x600c},
    {"CR3_TARGET_VAL2", 0x600c},
    {"CR3_TARGET2", 0x600c},
    {"CR3_TARGET_VALUE_2", 0x600c},
    {"CR3_TARGET_VALUE3", 0x600e},
    {"CR3_TARGET_VAL3", 0x600e},
    {"CR3_TARGET3", 0x600e},
    {"CR3_TARGET_VALUE_3", 0x600e},
    {"EXIT_QUALIFICATION", 0x6400},
    {"VM_EXIT_QUALIFICATION", 0x6400},
    {"IO_RCX", 0x6402},
    {"IO_RSI", 0x6404},
    {"IO_RDI", 0x6406},
    {"IO_RIP", 0x6408},
    {"GUEST_LINEAR_ADDRESS", 0x640a},
    {"GUEST_CR0", 0x6800},
    {"GUEST_CR3", 0x6802},
    {"GUEST_CR4", 0x6804},
    {"GUEST_ES_BASE", 0x6806},
    {"GUEST_CS_BASE", 0x6808},
    {"GUEST_SS_BASE", 0x680a},
    {"GUEST_DS_BASE", 0x680c},
    {"GUEST_FS_BASE", 0x680e},
    {"GUEST_GS_BASE", 0x6810},
    {"GUEST_LDTR_BASE", 0x6812},
    {"GUEST_TR_BASE", 0x6814},
    {"GUEST_GDTR_BASE", 0x6816},
    {"GUEST_IDTR_BASE", 0x6818},
    {"GUEST_DR7", 0x681a},
    {"GUEST_RSP", 0x681c},
    {"GUEST_RIP", 0x681e},
    {"GUEST_RFLAGS", 0x6820},
    {"GUEST_PENDING_DBG_EXCEPTIONS", 0x6822},
    {"GUEST_PENDING_DEBUG_EXCEPTIONS", 0x6822},
    {"GUEST_PENDING_DBG_EXCEPTION", 0x6822},
    {"PENDING_DBG_EXCEPTIONS", 0x6822},
    {"GUEST_SYSENTER_ESP", 0x6824},
    {"GUEST_SYSENTER_EIP", 0x6826},
    {"GUEST_S_CET", 0x6828},
    {"GUEST_SSP", 0x682a},
    {"GUEST_INTR_SSP_TABLE", 0x682c},
    {"HOST_CR0", 0x6c00},
    {"HOST_CR3", 0x6c02},
    {"HOST_CR4", 0x6c04},
    {"HOST_FS_BASE", 0x6c06},
    {"HOST_GS_BASE", 0x6c08},
    {"HOST_TR_BASE", 0x6c0a},
    {"HOST_GDTR_BASE", 0x6c0c},
    {"HOST_IDTR_BASE", 0x6c0e},
    {"HOST_IA32_SYSENTER_ESP", 0x6c10},
    {"HOST_IA32_SYSENTER_EIP", 0x6c12},
    {"HOST_RSP", 0x6c14},
    {"HOST_RIP", 0x6c16},
    {"HOST_S_CET", 0x6c18},
    {"HOST_SSP", 0x6c1a},
    {"HOST_INTR_SSP_TABLE", 0x6c1c},
};

/// The letters of a word, a bit each; digits count as one. A word is found only in a name that has all of its letters.
constexpr std::uint32_t letters(std::string_view text) {
    std::uint32_t mask = 0;
    for (const char c : text) mask |= std::uint32_t{1} << (c >= 'A' && c <= 'Z' ? c - 'A' : 26);
    return mask;
}

struct Word {
    std::string_view from;
    std::string_view to;
    std::uint32_t needs = letters(from);
};

/// Words that are written in more than one way, the longer ones first.
constexpr Word words[] = {
    {"ACCESSRIGHTS", "AR"},
    {"ACCESSRIGHT", "AR"},
    {"ARBYTES", "AR"},
    {"ATTRIBUTES", "AR"},
    {"SELECTOR", "SEL"},
    {"ADDRESS", "ADDR"},
    {"CONTROLS", "CTL"},
    {"CONTROL", "CTL"},
    {"CTRLS", "CTL"},
    {"CTRL", "CTL"},
    {"CTLS", "CTL"},
    {"PDPTR", "PDPTE"},
    {"POINTER", "PTR"},
    {"DEBUG", "DBG"},
    {"INTERRUPTION", "INTR"},
    {"INTERRUPT", "INTR"},
    {"INFORMATION", "INFO"},
    {"INFOFIELD", "INFO"},
    {"EXECUTION", "EXEC"},
    {"INSTRUCTION", "INSTR"},
    {"LENGTH", "LEN"},
    {"PROCESSOR", "CPU"},
    {"PROC", "CPU"},
    {"IA32", ""},
    {"MSR", ""},
    {"PHYSICAL", "PHYS"},
    {"GUESTHOSTMASK", "MASK"},
    {"EXCEPTIONS", "EXCEPTION"},
    {"ERRORCODE", "ERROR"},
    {"BASED", ""},
};

constexpr std::string_view prefixes[] = {"VMCS16", "VMCS32", "VMCS64", "VMCSN", "VMCS", "VMX", "FIELD"};

/// No name, with all that hypervisors put around it, is longer: most of a log is refused by its length.
constexpr std::size_t longest_name = 96;

/// Letters and digits in upper case, with the words above written one way; nothing for what is no name by its length.
std::string canonical(std::string_view name) {
    std::string result;
    for (const char c : name) {
        if (c >= 'a' && c <= 'z') result += static_cast<char>(c - 'a' + 'A');
        if ((c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')) result += c;
        if (result.size() > longest_name) return {};
    }
    for (bool again = true; again;) {
        again = false;
        for (const std::string_view prefix : prefixes)
            if (result.size() > prefix.size() && result.starts_with(prefix)) {
                result.erase(0, prefix.size());
                again = true;
            }
    }
    std::uint32_t there = letters(result);
    for (const Word& word : words) {
        if ((word.needs & ~there) != 0) continue;
        there |= letters(word.to);
        for (std::size_t at = result.find(word.from); at != std::string::npos; at = result.find(word.from, at))
            result.replace(at, word.from.size(), word.to), at += word.to.size();
    }
    return result;
}

struct NamedField {
    std::uint32_t encoding = 0;
    bool ends_another = false;  ///< the name of another field ends with this one
};
using Names = std::unordered_map<std::string, NamedField>;

/// By canonical name; a name of two fields is none.
const Names& names() {
    static const auto all = [] {
        Names result;
        Names twice;
        const auto add = [&](std::string_view name, std::uint32_t encoding) {
            const std::string key = canonical(name);
            const auto [place, is_new] = result.try_emplace(key, NamedField{encoding});
            if (!is_new && place->second.encoding != encoding) twice.emplace(key, NamedField{encoding});
        };
        for (const Row& row : rows) {
            add(row.name, row.encoding);
            if (const auto xmhf = xmhf_name(row.encoding)) add(*xmhf, row.encoding);
        }
        for (const auto& one : twice) result.erase(one.first);
        for (const auto& one : result)
            for (std::size_t cut = 1; cut < one.first.size(); ++cut)
                if (const auto shorter = result.find(one.first.substr(cut)); shorter != result.end())
                    if (shorter->second.encoding != one.second.encoding) shorter->second.ends_another = true;
        return result;
    }();
    return all;
}

std::optional<NamedField> known(const std::string& key) {
    const auto found = names().find(key);
    if (found == names().end()) return std::nullopt;
    return found->second;
}

/// Without the word at its end, if it has it.
bool take_end(std::string& name, std::string_view end) {
    if (!name.ends_with(end)) return false;
    name.resize(name.size() - end.size());
    return true;
}

}  // namespace

std::optional<FieldName> field_named(std::string_view name) {
    std::string key = canonical(name);
    if (key.empty()) return std::nullopt;
    if (const auto field = known(key)) return FieldName{field->encoding, Half::whole, field->ends_another};
    Half half = Half::whole;
    if (take_end(key, "FULL") || take_end(key, "LOW") || take_end(key, "LO")) {
        half = Half::low;
    } else if (take_end(key, "HIGH") || take_end(key, "HI")) {
        half = Half::high;
    }
    for (const std::string_view area : {"", "CTL", "RO"}) {
        if (!key.starts_with(area)) continue;
        const auto field = known(key.substr(area.size()));
        const bool is64 = field && (field->encoding >> 13 & 3) == 1;
        if (field && (half == Half::whole || is64)) return FieldName{field->encoding, half, field->ends_another};
    }
    return std::nullopt;
}

std::vector<std::string_view> field_names() {
    std::vector<std::string_view> result;
    for (const Row& row : rows) result.push_back(row.name);
    return result;
}

}  // namespace vmxspec::query
