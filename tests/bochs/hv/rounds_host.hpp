/// One processor's hypervisor.
#pragma once

#include "tests/bochs/hv/l1_vmcs.hpp"
#include "tests/bochs/hv/rounds_machine.hpp"
#include "tests/bochs/hv/rounds_paging.hpp"
#include "tests/bochs/hv/rounds_pieces.hpp"
#include "tests/bochs/hv/rounds_registers.hpp"

namespace vmxspec::l1 {

/// How many are beneath, by the command line.
extern std::uint64_t hypervisors;

inline constexpr unsigned pdptes = 4;

class Host {
public:
    /// Takes what it needs, before another processor runs.
    void prepare(runtime::PageAllocator& pages, Paging own, std::uint64_t eptp);
    /// So many rounds, on the processor that executes this.
    void run(Processor& self, std::uint64_t rounds);
    /// With two processors, each sends its NMIs to the other.
    void set_two(bool two) { two_ = two; }

private:
    void choose();
    void write_controls() const;
    void write_guest() const;
    [[nodiscard]] const Piece& draw() const;
    void set_registers(const Piece& piece);
    void enter_until(const Piece& piece);
    void take_interrupt(const Piece& piece);
    void judge(const Piece& piece);
    [[nodiscard]] std::uint64_t interruptibility() const;
    void expect_lasting_virtual_nmi_blocking();
    void judge_kept_registers() const;
    void judge_msrs() const;
    void judge_l1() const;
    void judge_l2() const;
    void write_pdptes() const;
    void turn_l2();
    void leave_host_state() const;
    void enter();

    [[nodiscard]] const AddressSpace& address_space() const { return of_l2_[choice_.address_space]; }
    /// Whether PDPTEs are in the VMCS (SDM 27.4.2).
    [[nodiscard]] bool has_pdptes() const { return choice_.ept && address_space().paging() == Paging::pae; }

    [[nodiscard]] Processor& other() const { return processors[self_ == &processors[0] && two_ ? 1 : 0]; }

    PhysicalAddress vmxon_{}, bitmaps_of_ones_{}, msr_bitmap_{}, entry_load_{}, exit_store_{}, exit_load_{}, stack_{};
    std::array<PhysicalAddress, 2> vmcs_{};
    std::array<bool, 2> launched_{};
    std::size_t current_ = 0;
    std::uint64_t eptp_ = 0;
    AddressSpace own_, before_entry_;
    std::array<AddressSpace, paging_of_l2.size()> of_l2_;
    RegisterValues after_exit_{};  ///< L1's registers after each VM exit
    Processor* self_ = nullptr;
    Choice choice_{};
    runtime::VmEntryFrame given_{};  ///< L2's registers when the round began
    std::uint64_t rflags_ = 0;
    std::array<std::uint64_t, reason::count> exits_{}, due_{};
    bool two_ = false;
};

}  // namespace vmxspec::l1
