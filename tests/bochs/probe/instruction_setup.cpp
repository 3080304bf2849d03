/// How an InstructionStage brings a situation about.
#include "runtime/cpu/control_register.hpp"
#include "runtime/cpu/vmx_operation.hpp"
#include "tests/bochs/probe/instruction_stage.hpp"
#include "tests/bochs/probe/memory.hpp"

namespace vmxspec::probe {

namespace {

using runtime::PhysicalAddress;
using runtime::raw;

constexpr std::uint32_t shadow_indicator = 1U << 31;
constexpr std::uint64_t cr0_ne = 1U << 5;
constexpr std::uint64_t no_pointer = ~std::uint64_t{0};

constexpr unsigned most_listed = 512;
constexpr std::uint64_t memory_type_7 = 7;

[[nodiscard]] std::uint32_t head_of(Head head) {
    switch (head) {
        case Head::wrong_revision: return runtime::vmcs_revision() ^ 1U;
        case Head::shadow: return runtime::vmcs_revision() | shadow_indicator;
        case Head::revision: break;
    }
    return runtime::vmcs_revision();
}

}  // namespace

InstructionStage::InstructionStage(runtime::PageAllocator& pages, const Experiment& experiment)
    : experiment_{experiment},
      modes_{pages},
      vmxon_region_{zeroed_page(pages)},
      vmcs_{zeroed_page(pages)},
      region_{zeroed_page(pages)},
      linked_{zeroed_page(pages)},
      operand_{zeroed_page(pages)},
      stack_{zeroed_page(pages)},
      area_{zeroed_page(pages)},
      list_{zeroed_page(pages)},
      read_bitmap_{zeroed_page(pages)},
      write_bitmap_{zeroed_page(pages)} {
    for (unsigned n = 0; n < most_listed; ++n) {
        runtime::at<std::uint64_t>(list_)[n] = n == 2 ? modes_.eptp() | memory_type_7 : modes_.eptp();
    }
}

void InstructionStage::leave() {
    if (const auto pointer = current()) {
        for (const PhysicalAddress region : {vmcs_, region_, linked_, PhysicalAddress{*pointer}}) {
            if (raw(region) != no_pointer) {
                execute(Instruction::vmclear, region);
            }
        }
        execute(Instruction::vmxoff);
    }
    runtime::write_cr4(runtime::read_cr4() | runtime::cr4_vmxe);
    runtime::write_cr0(runtime::read_cr0() | cr0_ne);
}

bool InstructionStage::enter() {
    *runtime::at<std::uint32_t>(vmxon_region_) = runtime::vmcs_revision();
    return succeeds(execute(Instruction::vmxon, vmxon_region_));
}

bool InstructionStage::make_current(PhysicalAddress region, std::uint32_t head) {
    if (!succeeds(execute(Instruction::vmclear, region))) {
        return false;
    }
    clear_page(region);
    *runtime::at<std::uint32_t>(region) = head;
    return succeeds(execute(Instruction::vmclear, region)) && succeeds(execute(Instruction::vmptrld, region));
}

bool InstructionStage::launch() { return execute(Instruction::vmlaunch).kind == Ending::Kind::exit; }

void InstructionStage::describe(const InstructionRow& row) {
    const std::span<const Change> changes = row.changes;
    const std::span<const MsrEntry> entries = row.entry_msr_load;
    __builtin_memcpy(runtime::at<void>(area_), entries.data(), entries.size_bytes());
    image_ = experiment_.describe({"", changes, entries});
    image_.set(Field::entry_msr_load_address, raw(area_));
    image_.set(Field::host_rsp, runtime::excursion_host_rsp());
    image_.set(Field::host_rip, runtime::excursion_host_rip());
}

std::optional<std::string_view> InstructionStage::prepare_current(const InstructionRow& row) {
    const std::uint32_t revision = runtime::vmcs_revision();
    // A clear or launched VMCS is made with a good state; what the row changes is written when it has been launched.
    describe({.id = "", .instruction = row.instruction});
    if (row.operand_launched && !(make_current(region_, revision) && !image_.write() && launch())) {
        return "launch";
    }
    if (row.current == Current::shadow) {
        if (!GuestModes::supports(secondary::vmcs_shadowing)) {
            return "vmcs-shadowing";
        }
        return make_current(vmcs_, revision | shadow_indicator) ? std::nullopt : std::optional{"vmptrld"};
    }
    if (!make_current(vmcs_, revision) || image_.write()) {
        return "vmptrld";
    }
    if (row.current == Current::none) {
        return succeeds(execute(Instruction::vmclear, vmcs_)) ? std::nullopt : std::optional{"vmclear"};
    }
    const bool is_launched = row.current == Current::launched || row.current == Current::stale;
    if (is_launched && !launch()) {
        return "launch";
    }
    if (row.current == Current::stale) {
        execute(Instruction::vmxoff);
        if (!enter() || !succeeds(execute(Instruction::vmptrld, vmcs_))) {
            return "vmptrld";
        }
    }
    describe(row);
    return image_.write() ? std::optional{"vmwrite"} : std::nullopt;
}

std::optional<std::string_view> InstructionStage::prepare(const InstructionRow& row) {
    leave();
    clear_page(region_);
    *runtime::at<std::uint32_t>(region_) = head_of(row.head);
    *runtime::at<std::uint32_t>(vmxon_region_) = head_of(row.head);
    if (row.place == Place::outside) {
        if (row.lack == Lack::vmxe) {
            runtime::write_cr4(runtime::read_cr4() & ~runtime::cr4_vmxe);
        }
        if (row.lack == Lack::numeric_error) {
            runtime::write_cr0(runtime::read_cr0() & ~cr0_ne);
        }
        return std::nullopt;
    }
    if (!enter()) {
        return "vmxon";
    }
    if (row.place == Place::guest) {
        return prepare_guest(row);
    }
    if (const auto missing = prepare_current(row)) {
        return missing;
    }
    *runtime::at<std::uint32_t>(region_) = head_of(row.head);
    return std::nullopt;
}

bool InstructionStage::equip(const InstructionRow& row, std::uint64_t& secondary) {
    constexpr Field eptp_list{0x2024}, vm_function_controls{0x2018};
    switch (row.equipment) {
        case Equipment::nothing: return true;
        case Equipment::functions:
            secondary |= secondary::enable_vm_functions;
            image_.set(vm_function_controls, 0);
            return true;
        case Equipment::eptp_switching:
            secondary |= secondary::enable_vm_functions | secondary::enable_ept;
            image_.set(vm_function_controls, 1);
            image_.set(eptp_list, raw(list_));
            return true;
        case Equipment::shadowing:
        case Equipment::shadowing_bitmap:
        case Equipment::shadowing_unlinked: break;
    }
    secondary |= secondary::vmcs_shadowing;
    image_.set(Field::vmread_bitmap, raw(read_bitmap_));
    image_.set(Field::vmwrite_bitmap, raw(write_bitmap_));
    clear_page(read_bitmap_);
    clear_page(write_bitmap_);
    if (row.equipment == Equipment::shadowing_bitmap) {
        for (const PhysicalAddress bitmap : {read_bitmap_, write_bitmap_}) {
            runtime::at<std::uint8_t>(bitmap)[row.rax / 8] = static_cast<std::uint8_t>(1U << row.rax % 8);
        }
    }
    if (row.equipment == Equipment::shadowing_unlinked) {
        return true;
    }
    image_.set(Field::vmcs_link_pointer, raw(linked_));
    return GuestModes::supports(secondary) && make_current(linked_, runtime::vmcs_revision() | shadow_indicator) &&
           succeeds(execute(Instruction::vmwrite, encoding(Field::guest_rip), 0x8765'4321)) &&
           succeeds(execute(Instruction::vmclear, linked_));
}

std::optional<std::string_view> InstructionStage::prepare_guest(const InstructionRow& row) {
    describe(row);
    std::uint64_t secondary = GuestModes::needs(row.mode);
    const bool equipped = equip(row, secondary);
    if (!GuestModes::supports(secondary)) {
        return "secondary-controls";
    }
    if (!equipped) {
        return "equipment";
    }
    guest_ = modes_.describe(image_, row.mode, row.cpl, code_of(row.instruction, row.behind_mov_ss).begin, secondary);
    guest_.rflags |= rflags_before;
    image_.set(Field::guest_rflags, guest_.rflags);
    return make_current(vmcs_, runtime::vmcs_revision()) && !image_.write() ? std::nullopt : std::optional{"vmwrite"};
}

}  // namespace vmxspec::probe
