// Concrete rows from the manual's words: what a VM entry, a VM exit and a failed entry load.
#include "spec/lang/known.hpp"
#include "spec/specification.hpp"

#include <catch2/catch.hpp>

#include <map>
#include <string>

namespace vmxspec::load_rows_test {
namespace {

const Specification& specification() {
    static const Specification spec;
    return spec;
}

/// A state in which each leaf is 0 but those named.
class Given {
public:
    Given(std::initializer_list<std::pair<const char*, std::uint64_t>> values) {
        const State& s = specification().state;
        for (std::size_t n = 0; n < s.leaves().size(); ++n) leaves_.push_back(Known::exactly(0, s.leaves()[n].width));
        put("processor.intel64", 1);
        put("processor.maxphyaddr", 46);
        put("processor.linear_width", 48);
        for (const auto& [name, value] : values) put(name, value);
    }

    struct Word {
        std::uint64_t value, defined, kept;
        friend bool operator==(const Word&, const Word&) = default;
    };
    [[nodiscard]] Word operator()(const load::LoadTable& table, const char* name) const {
        const Evaluation evaluation{specification().graph, leaves_};
        const load::LoadRow& row = table[name];
        return {evaluation.value(row.value.id()).value(), evaluation.value(row.defined.id()).value(),
                evaluation.value(row.kept.id()).value()};
    }
    [[nodiscard]] bool holds(const char* rule) const {
        return Evaluation{specification().graph, leaves_}.truth(specification().find(rule)->condition.id()).value();
    }

private:
    void put(const char* name, std::uint64_t value) {
        const std::size_t n = specification().state.leaf(name);
        leaves_[n] = Known::exactly(value, specification().state.leaves()[n].width);
    }
    std::vector<Known> leaves_;
};

using Word = Given::Word;
constexpr std::uint64_t all64 = ~0ULL, all32 = 0xffffffff;

const load::LoadTable& entry() { return specification().after_entry; }
const load::LoadTable& exit_table() { return specification().after_exit; }
const load::LoadTable& failure() { return specification().after_failure; }

std::ostream& operator<<(std::ostream& out, const Word& word) {
    return out << std::hex << "value " << word.value << " defined " << word.defined << " kept " << word.kept;
}

}  // namespace

TEST_CASE("CR0 keeps ET, CD, NW and reserved bits over a VM entry (29.3.2.1)", "[load]") {
    const Given state{{"guest.cr0", 0x80000021}, {"before.cr0", 0xe0000031}};
    CHECK(state(entry(), "cr0") == Word{0xe0000031, all64, 0});
}

TEST_CASE("DR7 is loaded with bits 12 and 15:14 clear and bit 10 set (29.3.2.1)", "[load]") {
    CHECK(Given{{"control.entry", 1 << 2}, {"guest.dr7", 0xffffffff}}(entry(), "dr7") == Word{0xffff2fff, all64, 0});
    CHECK(Given{{"guest.dr7", 0xffffffff}}(entry(), "dr7") == Word{0, 0, all64});
}

TEST_CASE("An MSR whose load control is 0 is kept (29.3.2.1)", "[load]") {
    CHECK(Given{{"guest.pat", 6}}(entry(), "pat") == Word{0, 0, all64});
    CHECK(Given{{"control.entry", 1 << 14}, {"guest.pat", 6}}(entry(), "pat") == Word{6, all64, 0});
    CHECK(Given{{"guest.pkrs", 5}, {"control.entry", 1 << 22}}(entry(), "pkrs") == Word{5, all64, 0});
}

TEST_CASE("UINV takes the low 8 bits of its field (29.3.2.1)", "[load]") {
    CHECK(Given{{"control.entry", 1 << 19}, {"guest.uinv", 0xec}}(entry(), "uinv") == Word{0xec, 0xff, 0});
}

TEST_CASE("IA32_EFER without its control takes LMA, and LME with CR0.PG = 1 (29.3.2.1)", "[load]") {
    CHECK(Given{{"guest.cr0", 0x80000001}, {"before.efer", 0xd01}}(entry(), "efer") == Word{0x801, all64, 0});
    CHECK(Given{{"guest.cr0", 1}, {"before.efer", 0xd01}}(entry(), "efer") == Word{0x901, all64, 0});
}

TEST_CASE("A usable segment is loaded whole (29.3.2.2)", "[load]") {
    const Given state{{"guest.ds_selector", 0x18},
                      {"guest.ds_base", 0x1000},
                      {"guest.ds_limit", 0xfffff},
                      {"guest.ds_access_rights", 0xc093}};
    CHECK(state(entry(), "ds.selector") == Word{0x18, 0xffff, 0});
    CHECK(state(entry(), "ds.base") == Word{0x1000, all64, 0});
    CHECK(state(entry(), "ds.limit") == Word{0xfffff, all32, 0});
    CHECK(state(entry(), "ds.access_rights") == Word{0xc093, all32, 0});
}

TEST_CASE("An unusable CS has base, limit, L, D and G (29.3.2.2)", "[load]") {
    const Given state{{"guest.cs_base", 0x1000}, {"guest.cs_limit", 0xfffff}, {"guest.cs_access_rights", 0x1a09b}};
    CHECK(state(entry(), "cs.base") == Word{0x1000, all64, 0});
    CHECK(state(entry(), "cs.limit") == Word{0xfffff, all32, 0});
    CHECK(state(entry(), "cs.access_rights") == Word{0x1a000, 0xffffef00, 0});
}

TEST_CASE("An unusable SS has DPL, B = 1 and base bits 3:0 and 63:32 clear (29.3.2.2)", "[load]") {
    const Given state{{"guest.ss_base", 0x12345678f}, {"guest.ss_limit", 5}, {"guest.ss_access_rights", 0x10060}};
    CHECK(state(entry(), "ss.base") == Word{0, 0xffffffff0000000f, 0});
    CHECK(state(entry(), "ss.limit") == Word{0, 0, 0});
    CHECK(state(entry(), "ss.access_rights") == Word{0x14060, 0xffff4f60, 0});
}

TEST_CASE("Unusable DS, FS and LDTR (29.3.2.2)", "[load]") {
    const Given state{{"guest.ds_access_rights", 0x10093},   {"guest.ds_base", 0x123456789},
                      {"guest.fs_access_rights", 0x10000},   {"guest.fs_base", 0xffff800000000000},
                      {"guest.ldtr_access_rights", 0x10000}, {"guest.ldtr_base", 5}};
    CHECK(state(entry(), "ds.base") == Word{0, 0xffffffff00000000, 0});
    CHECK(state(entry(), "ds.access_rights") == Word{0x10000, 0xffff0f00, 0});
    CHECK(state(entry(), "fs.base") == Word{0xffff800000000000, all64, 0});
    CHECK(state(entry(), "fs.limit") == Word{0, 0, 0});
    CHECK(state(entry(), "ldtr.base") == Word{0, 0, 0});
}

TEST_CASE("RSP has no upper half outside 64-bit mode (29.3.2.3)", "[load]") {
    CHECK(Given{{"guest.rsp", 0x1122334455667788}}(entry(), "rsp") == Word{0x55667788, all32, 0});
    const Given mode64{
        {"guest.rsp", 0x1122334455667788}, {"control.entry", 1 << 9}, {"guest.cs_access_rights", 0xa09b}};
    CHECK(mode64(entry(), "rsp") == Word{0x1122334455667788, all64, 0});
}

TEST_CASE("PDPTEs come from memory, or from the VMCS with EPT (29.3.2.4)", "[load]") {
    constexpr std::uint64_t pg = 0x80000001, pae = 0x20;
    CHECK(Given{{"guest.cr0", pg}, {"guest.cr4", pae}, {"memory.pdpte1", 0x5001}, {"guest.pdpte1", 0x6001}}(
              entry(), "pdpte1") == Word{0x5001, all64, 0});
    CHECK(Given{{"guest.cr0", pg},
                {"guest.cr4", pae},
                {"memory.pdpte1", 0x5001},
                {"guest.pdpte1", 0x6001},
                {"control.proc", 1U << 31},
                {"control.proc2", 2}}(entry(), "pdpte1") == Word{0x6001, all64, 0});
    CHECK(Given{{"memory.pdpte1", 0x5001}}(entry(), "pdpte1") == Word{0, 0, 0});
}

TEST_CASE("An injected event wakes the processor and ends blocking (29.7.1, 29.7.2)", "[load]") {
    const Given hlt{{"guest.activity", 1}};
    CHECK(hlt(entry(), "activity") == Word{1, all32, 0});
    const Given injected{{"guest.activity", 1}, {"guest.interruptibility", 1}, {"control.injected_event", 0x80000020}};
    CHECK(injected(entry(), "activity") == Word{0, all32, 0});
    CHECK(injected(entry(), "blocking.sti") == Word{0, 1, 0});
    const Given mtf{{"guest.activity", 1}, {"control.injected_event", 0x80000700}};
    CHECK(mtf(entry(), "activity") == Word{1, all32, 0});
    CHECK(mtf(entry(), "pending_mtf") == Word{1, 1, 0});
}

TEST_CASE("Virtual NMIs are blocked by an injected NMI (29.6.1.1)", "[load]") {
    const Given state{{"control.pin", 1 << 5 | 1 << 3}, {"control.injected_event", 0x80000202}};
    CHECK(state(entry(), "blocking.virtual_nmi") == Word{1, 1, 0});
    CHECK(state(entry(), "blocking.nmi") == Word{0, 1, 0});
}

TEST_CASE("Pending debug exceptions need BS or an enabled breakpoint (29.7.3)", "[load]") {
    CHECK(Given{{"guest.pending_debug", 0x4000}}(entry(), "pending_debug") == Word{0x4000, all64, 0});
    CHECK(Given{{"guest.pending_debug", 0x0001}}(entry(), "pending_debug") == Word{0, all64, 0});
    CHECK(Given{{"guest.pending_debug", 0x4000}, {"control.injected_event", 0x80000020}}(entry(), "pending_debug") ==
          Word{0, all64, 0});
}

TEST_CASE("A VM exit sets PAE, or clears PCIDE and FRED, by the host's address-space size (30.5.1)", "[load]") {
    CHECK(Given{{"host.cr4", 0x2000}, {"control.exit", 1 << 9}}(exit_table(), "cr4") == Word{0x2020, all64, 0});
    CHECK(Given{{"host.cr4", 0x100022000}}(exit_table(), "cr4") == Word{0x2000, all64, 0});
}

TEST_CASE("IA32_EFER after a VM exit (exit.efer, 30.5.1)", "[load]") {
    CHECK(Given{{"exiting.efer", 0x801}, {"control.exit", 1 << 9}}(exit_table(), "efer") == Word{0xd01, all64, 0});
    CHECK(Given{{"exiting.efer", 0xd01}}(exit_table(), "efer") == Word{0x801, all64, 0});
    CHECK(Given{{"host.efer", 0x500}, {"control.exit", 1 << 9 | 1 << 21}}(exit_table(), "efer") ==
          Word{0x500, all64, 0});
}

TEST_CASE("Host registers that every VM exit sets alike (30.5)", "[load]") {
    const Given state{{"host.cs_selector", 8}, {"control.exit", 1 << 9}};
    CHECK(state(exit_table(), "dr7") == Word{0x400, all64, 0});
    CHECK(state(exit_table(), "debugctl") == Word{0, all64, 0});
    CHECK(state(exit_table(), "rflags") == Word{2, all64, 0});
    CHECK(state(exit_table(), "cs.access_rights") == Word{0xa09b, 0xffffefff, 0});
    CHECK(state(exit_table(), "cs.limit") == Word{all32, all32, 0});
    CHECK(state(exit_table(), "tr.limit") == Word{0x67, all32, 0});
    CHECK(state(exit_table(), "gdtr.limit") == Word{0xffff, 0xffff, 0});
    CHECK(state(exit_table(), "ldtr.access_rights") == Word{0x10000, 0xffff0f00, 0});
    CHECK(state(exit_table(), "activity") == Word{0, all32, 0});
}

TEST_CASE("Host segments with selector 0 are unusable (30.5.2)", "[load]") {
    const Given mode64{{"control.exit", 1 << 9}, {"host.fs_base", 0x1000}};
    CHECK(mode64(exit_table(), "fs.base") == Word{0x1000, all64, 0});
    CHECK(mode64(exit_table(), "ds.base") == Word{0, 0, 0});
    CHECK(mode64(exit_table(), "ss.access_rights") == Word{0x14000, 0xffff4f60, 0});
    CHECK(Given{{"host.fs_base", 0x1000}}(exit_table(), "fs.base") == Word{0, 0, 0});
    CHECK(Given{{"host.ds_selector", 0x10}}(exit_table(), "ds.access_rights") == Word{0xc093, 0xffffcfff, 0});
}

TEST_CASE("A VM exit records its reason and qualification (30.2.1)", "[load]") {
    const Given exit{
        {"exiting.reason", 48}, {"exiting.qualification", 0x182}, {"exiting.enclave", 1}, {"exiting.bus_lock", 1}};
    CHECK(exit(exit_table(), "vmcs.exit_reason") == Word{1U << 27 | 48, all32, 0});
    CHECK(exit(exit_table(), "vmcs.exit_qualification") == Word{0, all64, 0});
    const Given with_both{{"exiting.has_qualification", 1}, {"exiting.qualification", 0x182},
                          {"exiting.bus_lock", 1},          {"control.proc", 1ULL << 31},
                          {"control.proc2", 1 << 30},       {"exiting.ends_in_smm", 1}};
    CHECK(with_both(exit_table(), "vmcs.exit_reason") == Word{1 << 26, 0x0fffffff, 0});
    CHECK(with_both(exit_table(), "vmcs.exit_qualification") == Word{0x182, all64, 0});
}

TEST_CASE("A VM exit records the event that caused it, and the one in delivery (30.2.2 to 30.2.4)", "[load]") {
    const Given none{{"exiting.event_vector", 14}, {"exiting.original_vector", 8}};
    CHECK(none(exit_table(), "vmcs.exiting_event") == Word{0, 1ULL << 31, 0});
    CHECK(none(exit_table(), "vmcs.original_event") == Word{0, 1ULL << 31, 0});
    CHECK(none(exit_table(), "vmcs.original_event_data") == Word{0, 0, 0});

    // A page fault in protected mode, while IRET had unblocked NMIs.
    const std::initializer_list<std::pair<const char*, std::uint64_t>> page_fault{{"exiting.by_event", 1},
                                                                                  {"exiting.event_vector", 14},
                                                                                  {"exiting.event_type", 3},
                                                                                  {"exiting.cr0", 1},
                                                                                  {"exiting.event_has_error_code", 1},
                                                                                  {"exiting.event_error_code", 6},
                                                                                  {"exiting.iret_unblocked_nmi", 1}};
    const Given fault{page_fault};
    CHECK(fault(exit_table(), "vmcs.exiting_event") == Word{0x80001b0e, all32, 0});
    CHECK(fault(exit_table(), "vmcs.exiting_event_error_code") == Word{6, all32, 0});

    const Given double_fault{{"exiting.by_event", 1}, {"exiting.event_vector", 8}, {"exiting.event_type", 3}};
    CHECK(double_fault(exit_table(), "vmcs.exiting_event") == Word{0x80000308, all32 & ~(1ULL << 12), 0});

    const Given real_mode{{"exiting.by_event", 1},
                          {"exiting.event_vector", 13},
                          {"exiting.event_type", 3},
                          {"exiting.event_has_error_code", 1}};
    CHECK(real_mode(exit_table(), "vmcs.exiting_event") == Word{0x8000030d, all32, 0});
    CHECK(real_mode(exit_table(), "vmcs.exiting_event_error_code") == Word{0, 0, 0});

    const Given delivery{{"exiting.in_delivery", 1},
                         {"exiting.original_vector", 0x20},
                         {"exiting.delivery_by_fred", 1},
                         {"exiting.original_data", 5}};
    CHECK(delivery(exit_table(), "vmcs.original_event") == Word{0x80000020, all32 & ~(1ULL << 12), 0});
    CHECK(delivery(exit_table(), "vmcs.original_event_data") == Word{5, all64, 0});
}

TEST_CASE("A VM exit clears the valid bit of the injected event and stores LMA (30.2)", "[load]") {
    CHECK(Given{{"control.injected_event", 0x80000020}}(exit_table(), "vmcs.injected_event") == Word{0x20, all32, 0});
    const Given stores{{"capability.misc", 1 << 5}, {"exiting.efer", 0x500}, {"control.entry", 1 << 2}};
    CHECK(stores(exit_table(), "vmcs.entry") == Word{0x204, all32, 0});
}

TEST_CASE("VMX aborts (30.7)", "[load]") {
    CHECK_FALSE(Given{{"exiting.efer", 0x500}}.holds("exit.efer.ia32e-abort"));
    CHECK_FALSE(Given{{"host.cr4", 0x20}, {"exiting.pdpte2", 3}}.holds("exit.pdpte-abort"));
    CHECK(Given{{"host.cr4", 0x20}, {"exiting.pdpte2", 0x1001}}.holds("exit.pdpte-abort"));
    CHECK_FALSE(Given{{"msr_entry.index", 0xc0000100}}.holds("exit.msr-load-abort"));
    CHECK_FALSE(Given{{"msr_entry.index", 0x808}, {"exiting.unlisted_readable", 1}}.holds("exit.msr-store-abort"));
    CHECK(Given{{"msr_entry.index", 0xc0000081}}.holds("exit.msr-store-abort"));
}

TEST_CASE("A failed entry records its reason and keeps the injected event (29.8)", "[load]") {
    const Given state{{"exiting.failure_reason", 33},
                      {"exiting.failure_qualification", 4},
                      {"control.injected_event", 0x80000020},
                      {"before.launched", 1},
                      {"host.rip", 0x1234}};
    CHECK(state(failure(), "vmcs.exit_reason") == Word{0x80000021, all32, 0});
    CHECK(state(failure(), "vmcs.exit_qualification") == Word{4, all64, 0});
    CHECK(state(failure(), "vmcs.injected_event") == Word{0x80000020, all32, 0});
    CHECK(state(failure(), "launched") == Word{1, 1, 0});
    CHECK(state(failure(), "rip") == Word{0x1234, all64, 0});
    CHECK(state(failure(), "blocking.nmi") == Word{0, 0, 1});
    CHECK(state.holds("exit.entry-failure"));
}

TEST_CASE("What an entry may have loaded before it failed is undefined after it (29.8)", "[load]") {
    CHECK(Given{}(failure(), "pat") == Word{0, 0, all64});
    CHECK(Given{{"control.entry", 1 << 14}}(failure(), "pat") == Word{0, 0, 0});
    const Given efer{{"control.entry", 1 << 15}, {"before.efer", 0x801}, {"guest.efer", 0x001}};
    CHECK(efer(failure(), "efer") == Word{1, ~0x800ULL, 0});
}

}  // namespace vmxspec::load_rows_test
