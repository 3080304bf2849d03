/// The hypervisor: from the boot loader to L1.
#include "hv/l1/boot_log.hpp"
#include "hv/l1/entry_check.hpp"
#include "hv/l1/exit.hpp"
#include "hv/l1/guest.hpp"
#include "hv/l1/log.hpp"
#include "hv/l1/machine.hpp"
#include "hv/l1/msr_policy.hpp"
#include "hv/l1/other_processors.hpp"
#include "hv/l1/start_processor.hpp"
#include "runtime/boot/kernel.hpp"
#include "runtime/cpu/control_register.hpp"
#include "runtime/cpu/cpuid.hpp"
#include "runtime/cpu/interrupt_table.hpp"
#include "runtime/cpu/msr.hpp"
#include "runtime/cpu/vmx_operation.hpp"
#include "runtime/io/console.hpp"

extern "C" {
// Set by kernel.ld.
extern const char kernel_begin[];       // NOLINT(*-avoid-c-arrays)
extern const char kernel_text_end[];    // NOLINT(*-avoid-c-arrays)
extern const char kernel_rodata_end[];  // NOLINT(*-avoid-c-arrays)
extern const char kernel_end[];         // NOLINT(*-avoid-c-arrays)
}

namespace vmxspec::hv {

constinit Machine machine{};

namespace {

using runtime::refuse;

/// All memory besides code and data: paging structures of both kinds, VMCSs, stacks; for 64 processors. It is the end
/// of the image (kernel.ld), and what fewer processors do not need of it goes back to L1.
constexpr std::size_t pool_pages = 3900;
[[gnu::section(".bss.zz_pool")]] alignas(
    runtime::page_size) constinit std::array<std::byte, pool_pages * runtime::page_size> pool_memory{};
constexpr std::uint64_t image_unit = std::uint64_t{2} << 20;  // of its size, and of the EPT's hole

[[nodiscard]] std::uint64_t address(const void* object) { return reinterpret_cast<std::uint64_t>(object); }

void describe_image() {
    machine.image = {{address(kernel_begin), address(kernel_text_end)},
                     {address(kernel_text_end), address(kernel_rodata_end)},
                     {address(kernel_begin), address(kernel_end)}};
    machine.pool = PagePool{{address(pool_memory.data()), address(kernel_end)}};
}

void read_command_line(std::string_view line) {
    std::string_view unknown;
    machine.options = read_options(line, unknown);
    if (!unknown.empty()) {
        runtime::print(runtime::console, "vmxspec: \"", unknown, "\" is no option of the hypervisor.\n");
        refuse(
            "the command line is not understood: options are log=error, warning, info or debug, log.leaf, check=each, "
            "linux=32, nested=off, explain=on, trace=e9, com1 or lpt1, and break=FIELD:VALUE");
    }
}

/// What VMX itself wants is looked at when it is entered; this is what L1's machine wants besides.
void refuse_what_lacks_vmx() {
    if (const auto refusal = runtime::vmx_refusal()) {
        refuse(sentence(*refusal));
    }
    Controls controls;
    const auto read = [](std::uint32_t index) { return runtime::read_msr(index).value_or(0); };
    if (const auto refusal = choose_controls(Capabilities::read_from(read), controls)) {
        refuse(sentence(*refusal));
    }
}

/// Which words of the MSR bitmaps have to be or-ed into other bitmaps.
void find_msr_bitmap_words(const std::uint64_t* bitmap) {
    std::size_t count = 0;
    for (std::uint16_t word = 0; word < msr_bitmap_size / sizeof *bitmap; ++word) {
        if (bitmap[word] != 0) {
            if (count == machine.msr_bitmap_words.size()) {
                refuse("the MSRs that the guest does not have to itself are too scattered");
            }
            machine.msr_bitmap_words[count++] = word;
        }
    }
    for (; count != 0 && count < machine.msr_bitmap_words.size(); ++count) {
        machine.msr_bitmap_words[count] = machine.msr_bitmap_words[count - 1];
    }
}

/// Onto paging structures of the hypervisor's own, in its own memory.
void take_over_memory() {
    constexpr std::uint64_t efer_nxe = 1U << 11;
    const bool no_execute = (runtime::read_msr(runtime::msr::ia32_efer).value_or(0) & efer_nxe) != 0;
    const auto bitmap = machine.pool.take();
    if (!bitmap || !machine.paging.build(machine.pool, machine.image, no_execute)) {
        refuse("the hypervisor has too little memory of its own");
    }
    machine.paging.protect(runtime::PhysicalAddress{runtime::interrupt_table.base()});  // it points to code
    machine.address_end = std::uint64_t{1} << runtime::physical_address_width();
    machine.msr_bitmap = *bitmap;
    fill_msr_bitmap(runtime::at<std::uint8_t>(*bitmap));
    runtime::write_cr3(machine.paging.root());
}

/// Looks at the paging structures as they are when L1 starts: each processor's stack has its guard page, and nothing is
/// both writable and executable.
void check_own_pages() {
    const PageRights pages = machine.paging.rights();
    const bool executable_data = machine.paging.has_no_execute() && pages.writable_and_executable != 0;
    if (executable_data || pages.unmapped != machine.processor_count) {
        refuse("the hypervisor's own pages are not mapped as they should be");
    }
    log(LogLevel::debug, runtime::Decimal{pages.executable}, " pages are executable, ",
        runtime::Decimal{pages.writable_and_executable}, " of them writable; ", runtime::Decimal{pages.unmapped},
        " guard pages");
}

}  // namespace

}  // namespace vmxspec::hv

namespace vmxspec::runtime {

void kernel_main(const BootInformation& boot, PageAllocator& /*pages*/) {
    using namespace vmxspec::hv;
    describe_image();
    read_command_line(boot.command_line());
    if (!open_trace()) {
        refuse("the option trace= names a port that is not there");
    }
    if (boot.framebuffer() && boot.framebuffer()->region().end > mapped_end) {
        console.screen().detach();  // the hypervisor maps 4 GiB, and the rest is L1's
    }
    refuse_what_lacks_vmx();
    take_over_memory();
    const std::size_t pages = machine.pool.left();
    Processor& processor = new_processor();
    gather_processors(boot, pages - machine.pool.left());
    machine.image.all.end = machine.pool.give_back(image_unit);
    log_machine(boot);
    log_guest(boot);
    begin_vmx(processor);
    log_controls(processor);
    prepare_entry_check();
    run_other_processors();
    find_msr_bitmap_words(at<const std::uint64_t>(machine.msr_bitmap));  // complete now
    check_own_pages();
    const GuestStart start = load_guest(boot, machine.image.all, machine.options);
    write_start(processor, start);
    log_start(start);
    leave_console_to_guest();
    run_guest(processor);
}

}  // namespace vmxspec::runtime
