// What a VM entry establishes in CR0, CR4 and IA32_EFER (SDM 29.3.2.1), row by row.
#include "tests/unit/setting.hpp"

#include <catch2/catch.hpp>

namespace vmxspec::load_test {
namespace {

using test::Setting;

const Specification& spec() {
    static const Specification the_spec;
    return the_spec;
}

std::optional<std::uint64_t> after(Setting& setting, NodeId node) { return setting.evaluate().value(node); }

}  // namespace

TEST_CASE("CR0 is loaded but for ET, CD, NW and the reserved bits", "[load]") {
    const auto [what, guest, before, expected] = GENERATE(table<std::string, std::string, std::string, std::uint64_t>({
        {"all from the guest", "0x80010021", "0x10", 0x80010031},
        {"the recorded entry", "0x80010035", "0x80050033", 0x80010035},
        {"CD and NW stay", "0x80010021", "0xe0000031", 0xe0010031},
        {"CD and NW stay clear", "0xe0010021", "0x80000031", 0x80010031},
        {"ET stays, even 0", "0x80000031", "0x80000021", 0x80000021},
        {"reserved bits 15:6, 17 and 28:19 stay", "0x0", "0x1ffaffc0", 0x1ffaffc0},
        {"reserved bits are not loaded", "0x1ffaffc0", "0x0", 0x0},
        {"TS, EM, MP, WP and AM are loaded", "0x5000e", "0x0", 0x5000e},
        {"PG can be cleared", "0x21", "0x80000031", 0x31},
    }));
    CAPTURE(what);
    Setting setting{spec()};
    CHECK(after(setting.with("guest.cr0=" + guest + " before.cr0=" + before), spec().loaded.cr0.id()) == expected);
}

TEST_CASE("CR0.PG is known where the old CR0 is not", "[load]") {
    Setting setting{spec()};
    setting.with("guest.cr0=0x80010035");
    const Evaluation evaluation = setting.evaluate();
    CHECK(evaluation.truth(spec().loaded.cr0.pg.id()) == true);
    CHECK(evaluation.truth(spec().loaded.cr0.pe.id()) == true);
    CHECK_FALSE(evaluation.truth(spec().loaded.cr0.et.id()).has_value());
}

TEST_CASE("CR4 is loaded whole", "[load]") {
    Setting setting{spec()};
    CHECK(after(setting.with("guest.cr4=0x226e0 before.cr4=0x2000"), spec().loaded.cr4.id()) == 0x226e0);
}

TEST_CASE("IA32_EFER by \"load IA32_EFER\", \"IA-32e mode guest\" and CR0.PG", "[load]") {
    const auto [what, setting_text, expected] = GENERATE(table<std::string, std::string, std::uint64_t>({
        {"loaded from the field",
         "entry.load_efer=1 entry.ia32e_mode_guest=0 guest.cr0.pg=1 guest.efer=0x800 before.efer=0xd01", 0x800},
        {"loaded, whatever IA-32e is",
         "entry.load_efer=1 entry.ia32e_mode_guest=1 guest.cr0.pg=1 guest.efer=0xd01 before.efer=0x0", 0xd01},
        {"the recorded entry: LME and LMA cleared",
         "entry.load_efer=0 entry.ia32e_mode_guest=0 guest.cr0.pg=1 before.efer=0xd01", 0x801},
        {"without paging LME is untouched",
         "entry.load_efer=0 entry.ia32e_mode_guest=0 guest.cr0.pg=0 before.efer=0xd01", 0x901},
        {"without paging a clear LME too",
         "entry.load_efer=0 entry.ia32e_mode_guest=0 guest.cr0.pg=0 before.efer=0x801", 0x801},
        {"IA-32e sets LME and LMA", "entry.load_efer=0 entry.ia32e_mode_guest=1 guest.cr0.pg=1 before.efer=0x801",
         0xd01},
        {"IA-32e without paging sets LMA only",
         "entry.load_efer=0 entry.ia32e_mode_guest=1 guest.cr0.pg=0 before.efer=0x0", 0x400},
        {"the field is not read",
         "entry.load_efer=0 entry.ia32e_mode_guest=0 guest.cr0.pg=1 guest.efer=0xd01 before.efer=0x0", 0x0},
    }));
    CAPTURE(what);
    Setting setting{spec()};
    CHECK(after(setting.with("processor.intel64=1 " + setting_text), spec().loaded.efer.id()) == expected);
}

TEST_CASE("without Intel 64 an entry changes IA32_EFER only by \"load IA32_EFER\"", "[load]") {
    Setting setting{spec()};
    setting.with("processor.intel64=0 entry.load_efer=0 entry.ia32e_mode_guest=0 guest.cr0.pg=1 before.efer=0x800");
    CHECK(after(setting, spec().loaded.efer.id()) == 0x800);
    CHECK(after(setting.with("before.efer=0x900"), spec().loaded.efer.id()) == 0x900);
}

}  // namespace vmxspec::load_test
