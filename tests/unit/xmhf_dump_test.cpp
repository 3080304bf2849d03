// XMHF's dumps: each recording, printed in both notations, is read back as it was; damaged ones are told, with their
// place.
#include "proofs/state/input_error.hpp"
#include "tests/unit/fixture.hpp"
#include "tests/unit/xmhf_renderer.hpp"

#include <catch2/catch.hpp>

#include <array>

namespace vmxspec::xmhf_dump_test {
namespace {

using Catch::Matchers::Contains;
using test::Notation;
using test::XmhfRenderer;

const State& state() {
    static const Specification spec;
    return spec.state;
}

std::vector<KnownState> read(const std::string& text) { return query::read_dump(state(), text, "dmesg.txt", ""); }

std::string refusal(const std::string& text) {
    try {
        (void)read(text);
    } catch (const InputError& error) {
        return error.what();
    }
    return {};
}

/// All that a dump can tell.
void check_same(const KnownState& read_back, const KnownState& original) {
    CHECK(read_back.name == original.name);
    for (std::size_t n = 0; n < original.values().size(); ++n) {
        CAPTURE(state().leaves()[n].name);
        CHECK(read_back.standing(n) == original.standing(n));
        CHECK(read_back.values()[n] == original.values()[n]);
    }
    REQUIRE(read_back.entry_msr_load.size() == original.entry_msr_load.size());
    for (std::size_t k = 0; k < original.entry_msr_load.size(); ++k) {
        CHECK(read_back.entry_msr_load[k].index == original.entry_msr_load[k].index);
        CHECK(read_back.entry_msr_load[k].reserved == original.entry_msr_load[k].reserved);
        CHECK(read_back.entry_msr_load[k].data == original.entry_msr_load[k].data);
    }
}

const std::string line = "CPU(0x05): (0x6800) @before02@guest_CR0 = 0x0000000080010035\n";

}  // namespace

TEST_CASE("a recording is read back from both notations", "[xmhf]") {
    const std::string name = GENERATE(from_range(test::recordings));
    const Notation notation = GENERATE(Notation::at_signs, Notation::blocks);
    CAPTURE(name, static_cast<int>(notation));
    const KnownState original = test::read_one(state(), test::fixture_json(name));
    const std::vector<KnownState> states = read(XmhfRenderer{original, notation}.text());
    REQUIRE(states.size() == 1);
    check_same(states[0], original);
    // Only the notation that does not print them has its reserved bits taken for granted.
    CHECK(states[0].notes.empty() == (notation == Notation::at_signs || original.entry_msr_load.empty()));
}

TEST_CASE("a whole log: sections in its order, lines of others passed over, both line ends", "[xmhf]") {
    std::string log = "[    0.000000] Linux version 5.10\nCPU(0x04): inject NMI\n";
    for (const char* name : {"virtualbox-before12", "virtualbox-before02", "virtualbox-after12", "virtualbox-after02"})
        log += XmhfRenderer{test::read_one(state(), test::fixture_json(name)), Notation::blocks}.text() +
               "CPU(0x04): nested vmexit  0x0010cd17 28\n";
    std::string with_returns;
    for (const char c : log) with_returns += c == '\n' ? std::string{"\r\n"} : std::string{c};
    for (const std::string& text : {log, with_returns}) {
        std::vector<std::string> names;
        for (const KnownState& one : read(text)) names.push_back(one.name);
        CHECK(names == std::vector<std::string>{"before12", "before02", "after12", "after02"});
    }
}

TEST_CASE("lines as they were printed", "[xmhf]") {
    const std::vector<KnownState> states =
        read("CPU(0x05): @before12@guest_CR3 = 0x0000000012345000\n" + line +
             "CPU(0x05): (0x0002) @before02@control_post_interrupt_notification_vec = unavailable\n");
    REQUIRE(states.size() == 2);
    CHECK(states[0].value("guest.cr3") == 0x12345000U);
    CHECK(states[1].value("guest.cr0") == 0x80010035U);
    CHECK(states[1].standing(state().leaf("control.posted_interrupt_vector")) == Standing::absent);
    CHECK(states[1].standing(state().leaf("guest.cr3")) == Standing::unknown);
}

TEST_CASE("every name of XMHF is a field of the VMCS, in the area of its name", "[xmhf]") {
    std::size_t count = 0;
    for (const Leaf& leaf : state().leaves()) {
        if (leaf.source != Source::vmcs) continue;
        const auto name = query::xmhf_name(leaf.key);
        if (!name) continue;
        ++count;
        CAPTURE(leaf.name, *name);
        CHECK(query::xmhf_encoding(*name) == leaf.key);
        constexpr std::array areas{"control_", "info_", "guest_", "host_"};
        if (*name != "guest_paddr")
            CHECK(name->starts_with(areas[static_cast<std::size_t>(Encoding{leaf.key}.area())]));
    }
    CHECK(count == 167);
    CHECK_FALSE(query::xmhf_encoding("guest_CR9").has_value());
}

TEST_CASE("what is wrong with a dump is said in one sentence, with its place", "[xmhf]") {
    const std::string block = "[before begin]\n";
    const auto [what, text, words] = GENERATE_COPY(table<std::string, std::string, std::string>({
        {"a value that breaks off", line + "CPU(0x05): @before02@guest_CR3 = 0x00000000\n",
         "dmesg.txt, line 2: 8 of 16 digits"},
        {"at the end of the file", line + "CPU(0x05): @before02@guest_CR3 = 0x00000000",
         "line 2: the last line breaks off after 8 of 16 digits"},
        {"a name that breaks off", line + "CPU(0x05): @before02@guest_C", "line 2: a VMCS line that breaks off"},
        {"no value", line + "CPU(0x05): @before02@guest_CR3 = \n", "line 2: a VMCS line that breaks off"},
        {"unavailable, broken off", line + "CPU(0x05): @before02@guest_CR3 = unavail\n",
         "line 2: a VMCS line that breaks off"},
        {"too wide", line + "CPU(0x05): @before02@guest_CS_selector = 0x00010\n", "line 2: 5 digits where 4 fit"},
        {"twice, differently", line + "CPU(0x05): @before02@guest_CR0 = 0x0000000080010031\n",
         "line 2: guest.cr0 is given twice with different values"},
        {"a value and unavailable", line + "CPU(0x05): @before02@guest_CR0 = unavailable\n",
         "line 2: guest.cr0 is given both a value and as absent"},
        {"an unknown name", line + "CPU(0x05): @before02@guest_CR9 = 0x0000000000000000\n",
         "line 2: no VMCS field is named guest_CR9"},
        {"an unknown encoding", "CPU(0x05): (0x7ffe) @before02@guest_CR9 = 0x0000000000000000\n",
         "line 1: no VMCS field has the encoding"},
        {"outside of a block", "CPU(0x05): :vmcs02:guest_CR0 = 0x0000000080010035\n", "line 1: a VMCS line outside of"},
        {"an entry that breaks off",
         block + "CPU(0x04): :vmcs02:guest_CR0 = 0x0000000080010035\n:MSR:vmcs02_vmentry_msr_load_area[0] = 0xc0000080 "
                 "-> 0x0d01\n",
         "line 3: 4 of 16 digits"},
        {"an index that is too wide",
         block + "CPU(0x04): :vmcs02:guest_CR0 = 0x0000000080010035\n:MSR:vmcs02_vmentry_msr_load_area[0] = "
                 "0x0c0000080 -> 0x0000000000000d01\n",
         "line 3: 9 digits where 8 fit"},
        {"an entry beyond all", line + "@before@vmcs12_info->vmcs02_vmentry_msr_load_area[512].index = 0x00000010\n",
         "line 2: entry 512"},
        {"an entry twice, differently",
         line + "@before@vmcs12_info->vmcs02_vmentry_msr_load_area[0].data = "
                "0x0000000000000001\n@before@vmcs12_info->vmcs02_vmentry_msr_load_area[0].data = 0x0000000000000002\n",
         "line 3: vmcs02_vmentry_msr_load_area[0]"},
        {"a capability MSR twice, differently",
         line + block + "vcpu->vmx_msrs[1]=0x0000007f00000016\nvcpu->vmx_msrs[1]=0x0000007f00000017\n",
         "line 4: capability.pin is given twice"},
        {"a line without end", line + "CPU(0x05): @before02@" + std::string(1 << 20, 'a') + "\n", "line 2:"},
        {"nothing in it", "the words @before02@ alone\n", "a VMCS line that breaks off"},
        {"another format", "vmcs: host state\n", "dmesg.txt is in no format that is known"},
    }));
    CAPTURE(what);
    const std::string said = refusal(text);
    CHECK_THAT(said, Contains(words));
    CHECK_THAT(said, Catch::StartsWith("dmesg.txt"));
    CHECK(said.find('\n') == std::string::npos);
    CHECK(said.size() < 300);
}

}  // namespace vmxspec::xmhf_dump_test
