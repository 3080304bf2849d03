/// A hostile L1: it changes fields of a VMCS that enters, by lot, with values that aim at what a hypervisor below might
/// get wrong, and executes VMX instructions in any order, on any operand. Whatever it does, it must go on: each VM
/// entry fails or ends in a VM exit, its own registers stay as they were, and where the hypervisor is there are ones.
///
/// Where the hypervisor is, it looks in every way that it and L2 have: by instructions' operands, by what it lets the
/// processor use, and by paging structures of EPT, also such as lead anywhere by lot.
///
/// L2 has one page, which is nothing but VMCALL, at every guest-physical page below 64 KiB; it may not write. Behind it
/// is a page of tools, which access memory and then execute VMCALL. What L1 could harm itself with (its host state,
/// what VM exits store and load) is changed only in a VMCS that can't enter. Words of its command line: rounds=N,
/// seed=N; hv: a hypervisor is beneath.
#pragma once

#include <array>
#include <string_view>

#include "runtime/boot/boot_information.hpp"
#include "runtime/cpu/control_register.hpp"
#include "runtime/cpu/msr.hpp"
#include "tests/bochs/hv/hostile_ept.hpp"
#include "tests/bochs/hv/l1_vmcs.hpp"

namespace vmxspec::l1 {

inline constexpr std::uint32_t ia32_efer = runtime::msr::ia32_efer, ia32_pat = 0x277;

/// A field as it is in a VMCS that enters.
struct Row {
    std::uint32_t encoding;
    std::uint64_t value;
};

/// L1's registers that no VM entry and VM exit here may change.
struct Own {
    std::uint64_t cr0, cr3, cr4, efer, pat;

    [[nodiscard]] static Own now() {
        return {runtime::read_cr0(), runtime::read_cr3(), runtime::read_cr4(), runtime::read_msr(ia32_efer).value_or(0),
                runtime::read_msr(ia32_pat).value_or(0)};
    }
    /// What VM exits load or keep in any case: of IA32_EFER, LME and LMA.
    [[nodiscard]] bool same(const Own& other) const {
        constexpr std::uint64_t lme_and_lma = 1U << 8 | 1U << 10;
        return cr0 == other.cr0 && cr3 == other.cr3 && cr4 == other.cr4 && ((efer ^ other.efer) & lme_and_lma) == 0 &&
               pat == other.pat;
    }
};

/// Outcomes of VM entries, each of which must come.
enum class Outcome : std::uint8_t { vmfail_invalid, invalid_controls, other_vmfail, invalid_guest, msr_loading, exit };
inline constexpr std::array<std::string_view, 6> outcome_names{"VMfailInvalid",          "VMfailValid 7 or 8",
                                                               "another VMfailValid",    "invalid guest state (33)",
                                                               "loading of an MSR (34)", "a VM exit of L2's"};

class Attack {
public:
    Attack(runtime::PageAllocator& pages, const runtime::BootInformation& boot, PhysicalAddress vmxon_region,
           std::uint64_t seed);

    void round();
    /// \return how many checks have passed, 0 if one has not
    [[nodiscard]] std::uint64_t judge() const;

private:
    /// Where the hypervisor is, a way to look at.
    struct Path {
        std::string_view name;
        void (Attack::*follow)();
    };
    static const std::array<Path, 16> paths;

    /// Pieces of code in the page of tools.
    enum class Tool : std::uint8_t { read = 0, write = 16, rdmsr = 32, out = 48, write_twice = 64 };
    static constexpr std::uint64_t tools_begin = 0x1'0000;  ///< behind the pages of VMCALL

    void write_base();
    void make_code();
    void map_code();
    void note_base();
    void set_again();

    [[nodiscard]] std::uint64_t address();
    [[nodiscard]] bool is_ram(std::uint64_t eptp) const;
    [[nodiscard]] std::uint64_t value_near(std::uint64_t value);
    void change_fields();
    void change_ept();
    void load_area();
    void enter(bool must_fail, runtime::VmEntryInstruction instruction = runtime::VmEntryInstruction::vmlaunch);
    void abuse();
    void look_at_own();
    [[nodiscard]] bool invalidate(std::uint64_t eptp);
    void choose_log();
    [[nodiscard]] bool gust();
    [[nodiscard]] std::uint64_t l2_page(std::uint64_t eptp, std::uint64_t access);
    void storm();

    // hostile_memory.cpp
    void look();
    void read_by_l1();
    void read_by_page();
    void read_by_large_page();
    void read_what_is_written();
    void read_without_ept();
    void read_as_structure();
    void read_as_virtual_apic();
    [[nodiscard]] std::uint64_t hidden_place(std::uint64_t size);
    void expect(std::uint64_t seen, std::uint64_t expected, std::uint64_t where);
    [[nodiscard]] std::uint64_t go_on(std::uint64_t address);
    [[nodiscard]] std::uint64_t use(Tool tool, std::uint64_t address);
    [[nodiscard]] std::uint64_t l2_reads(std::uint64_t address, Tool tool = Tool::read);
    void map_window(std::uint64_t page, std::uint64_t rights);

    // hostile_operands.cpp
    void read_as_load_area();
    void read_as_msr_bitmaps();
    void read_as_io_bitmaps();
    void read_as_linked();
    void read_by_vmwrite();
    void read_what_is_stored();
    void read_as_vmcs();
    void read_as_vmxon_region();
    void read_by_invept();
    void store_before();

    Lot lot_;
    PhysicalAddress vmxon_region_, vmcs_, other_, area_;
    Ept ept_;
    runtime::VmEntryFrame frame_{};
    std::array<Row, 256> base_{};
    std::size_t fields_ = 0;
    Own own_{};
    Places places_;
    std::uint64_t ram_end_ = 0;  ///< of what lies below 4 GiB
    Tables tables_;
    bool has_timer_ = false, touched_ept_ = false, launched_ = false, tables_changed_ = true, broken_ = false;
    std::array<std::uint64_t, outcome_names.size()> outcomes_{};
    std::uint64_t looks_ = 0;
    std::string_view path_;                             ///< the one that is looked along
    std::array<std::uint64_t, paths.size()> walked_{};  ///< how often each path was
    std::array<std::uint64_t, 3> storms_{};  ///< that ended for certain: in VMCALL, a violation, a misconfiguration
    std::uint64_t tools_at_ = tools_begin;   ///< where L2 has its tools
    std::uint64_t storms_read_ = 0;          ///< in which L2 has read where the hypervisor is
};

inline constexpr std::uint64_t ones = ~std::uint64_t{0}, entry_failure = std::uint64_t{1} << 31;  // of the exit reason

// Controls (SDM tables 27-5 to 27-7, 27-17).
inline constexpr std::uint64_t preemption_timer = 1U << 6, hlt_exiting = 1U << 7, io_exiting = 1U << 24,
                               secondary_controls = 1U << 31, ept_and_unrestricted = 1U << 1 | 1U << 7,
                               host_address_space_size = 1U << 9, load_efer = 1U << 21;

}  // namespace vmxspec::l1
