// The table of WRMSR, a good and a bad value for each row; what the manual leaves open stays open.
#include "tests/unit/setting.hpp"

#include <catch2/catch.hpp>

#include <set>

namespace vmxspec::wrmsr_test {
namespace {

const Specification& spec() {
    static const Specification the_spec;
    return the_spec;
}

enum class Answer { accepts, faults, open };

Answer wrmsr(std::uint32_t index, const std::string& data, const std::string& processor) {
    test::Setting setting = test::Setting::arrandale(spec());
    setting.with(
        "feature.ds=1 feature.ds_cpl=1 feature.perfmon_ext=0 feature.fixed_counter_map=0 msr.perf_capabilities=0 "
        "trait.uncore_pmi=0");
    setting.with(processor + " msr_entry.index=" + std::to_string(index) + " msr_entry.data=" + data);
    const std::optional<bool> truth = setting.evaluate().truth(spec().find("msr-load.wrmsr-gp")->condition.id());
    return !truth ? Answer::open : *truth ? Answer::accepts : Answer::faults;
}

struct Row {
    std::uint32_t index;
    std::string data;
    Answer expected;
    std::string processor;
};

constexpr Answer accepts = Answer::accepts;
constexpr Answer faults = Answer::faults;
constexpr Answer open = Answer::open;

// clang-format off
const std::vector<Row> rows{
    {0x48,       "0x1",                accepts, "processor.ibrs=1"},
    {0x48,       "0x4",                faults,  "processor.ibrs=1"},
    {0x48,       "0x0",                faults,  ""},                                  // no such MSR on an Arrandale
    {0x48,       "0x7",                accepts, "processor.ibrs=1 processor.stibp=1 processor.ssbd=1"},
    {0x79,       "0x1234",             accepts, ""},                                  // WRMSR takes it; msr-load.model-specific does not
    {0x9b,       "0x0",                open,    ""},
    {0xfe,       "0x508",              faults,  ""},                                  // read-only
    {0x122,      "0x3",                accepts, "processor.has_arch_capabilities=1 msr.arch_capabilities=0x80"},
    {0x122,      "0x4",                faults,  "processor.has_arch_capabilities=1 msr.arch_capabilities=0x80"},
    {0x122,      "0x0",                faults,  ""},
    {0x174,      "0x10",               accepts, ""},
    {0x174,      "0x10",               faults,  "processor.sep=0"},
    {0x175,      "0xffff800000000000", accepts, ""},
    {0x175,      "0x0000800000000000", faults,  ""},
    {0x176,      "0x00007fffffffffff", accepts, ""},
    {0x176,      "0xffff7fffffffffff", faults,  ""},
    {0x1a0,      "0x1",                accepts, ""},
    {0x1a0,      "0x2",                open,    ""},                                  // a bit of the model's own
    {0x1d9,      "0x1",                accepts, ""},
    {0x1d9,      "0x8",                faults,  ""},
    {0x1d9,      "0x80",               accepts, ""},
    {0x1d9,      "0x80",               faults,  "feature.ds=0"},
    {0x200,      "0x80000006",         accepts, ""},
    {0x200,      "0x80000002",         faults,  ""},
    {0x200,      "0x80000106",         faults,  ""},
    {0x200,      "0x1000000006",       faults,  ""},                                  // beyond 36 bits
    {0x201,      "0xf80000800",        accepts, ""},
    {0x201,      "0xf80000806",        faults,  ""},                                  // a type belongs into the base
    {0x20f,      "0xf80000800",        accepts, ""},
    {0x210,      "0x6",                faults,  ""},                                  // 8 ranges only
    {0x250,      "0x0606060606060606", accepts, ""},
    {0x250,      "0x0606060606060602", faults,  ""},
    {0x250,      "0x0606060606060606", faults,  "processor.mtrr=0"},
    {0x258,      "0x0504010006050401", accepts, ""},
    {0x259,      "0x0800000000000000", faults,  ""},
    {0x268,      "0x0",                accepts, ""},
    {0x26f,      "0x7",                faults,  ""},
    {0x277,      "0x0407050600070106", accepts, ""},
    {0x277,      "0x0307050600070106", faults,  ""},
    {0x2ff,      "0xc06",              faults,  "processor.mtrr=0"},
    {0x2ff,      "0x6",                accepts, ""},
    {0x2ff,      "0x7",                faults,  ""},
    {0x2ff,      "0xc06",              accepts, ""},                                  // FE and E, bits 10 and 11
    {0x38f,      "0x70000000f",        accepts, ""},
    {0x38f,      "0x10",               faults,  ""},
    {0x38f,      "0x800000000",        faults,  ""},
    {0x38f,      "0x0",                faults,  "processor.perfmon_version=1"},
    {0x480,      "0x0",                faults,  ""},
    {0x493,      "0x0",                faults,  ""},
    {0x680,      "0xffffffff81000000", accepts, ""},
    {0x680,      "0x0000900000000000", open,    ""},
    {0x68f,      "0x0",                accepts, ""},
    {0x690,      "0x0",                faults,  ""},                                  // 16 pairs only
    {0x6c0,      "0x1000",             accepts, ""},
    {0x6c0,      "0x0000900000000000", open,    ""},
    {0x6d0,      "0x0",                faults,  ""},
    {0x808,      "0x0",                accepts, ""},                                  // msr-load.x2apic forbids it
    {0xd90,      "0xffff800000000003", accepts, "processor.mpx=1"},
    {0xd90,      "0x4",                faults,  "processor.mpx=1"},
    {0xd90,      "0x0000800000000000", faults,  "processor.mpx=1"},
    {0xd90,      "0x0",                faults,  ""},
    {0xda0,      "0x100",              accepts, "processor.xsaves=1 processor.xss_low=0x100"},
    {0xda0,      "0x200",              faults,  "processor.xsaves=1 processor.xss_low=0x100"},
    {0xda0,      "0x100000000",        accepts, "processor.xsaves=1 processor.xss_high=1"},
    {0xda0,      "0x0",                faults,  ""},
    {0xc0000080, "0xd01",              accepts, ""},                                  // msr-load.efer.* come on top
    {0xc0000080, "0x0",                faults,  "processor.syscall=0 processor.nx=0 processor.intel64=0"},
    {0xc0000081, "0x23001000000000",   accepts, ""},
    {0xc0000081, "0x0",                faults,  "processor.intel64=0"},
    {0xc0000082, "0xffffffff81a00000", accepts, ""},
    {0xc0000082, "0x8000000000000000", faults,  ""},
    {0xc0000083, "0x0",                accepts, ""},
    {0xc0000083, "0x0000800000000000", faults,  ""},
    {0xc0000084, "0x47700",            accepts, ""},
    {0xc0000084, "0x100000000",        open,    ""},
    {0xc0000100, "0x0",                accepts, ""},                                  // msr-load.fs-gs-base forbids it
    {0xc0000100, "0x0",                faults,  "processor.intel64=0"},
    {0xc0000102, "0xffff888000000000", accepts, ""},
    {0xc0000102, "0x0100000000000000", faults,  ""},
    {0xc0000103, "0xffffffff",         accepts, ""},
    {0xc0000103, "0x100000000",        faults,  ""},
    {0xc0000103, "0x0",                faults,  "processor.rdtscp=0"},
};
// clang-format on

}  // namespace

TEST_CASE("WRMSR by rows", "[wrmsr]") {
    for (const Row& row : rows) {
        CAPTURE(row.index, row.data, row.processor);
        CHECK(static_cast<int>(wrmsr(row.index, row.data, row.processor)) == static_cast<int>(row.expected));
    }
}

TEST_CASE("an MSR without a row cannot be judged, whatever its value", "[wrmsr]") {
    const std::uint32_t index =
        GENERATE(0U, 0x10U, 0x3aU, 0x1faU, 0x6e0U, 0xc00U, 0xc0000104U, 0xc0010000U, 0xffffffffU);
    CAPTURE(index);
    CHECK(wrmsr(index, "0x0", "") == open);
    CHECK(wrmsr(index, "0xffffffffffffffff", "") == open);
}

TEST_CASE("each row of the table is tried, with a value that is taken and one that is not", "[wrmsr]") {
    CHECK(spec().msr_load.table.size() == 31);
    std::uint64_t end = 0;
    for (const load::MsrRow& listed : spec().msr_load.table) {
        CAPTURE(listed.name);
        CHECK(listed.first >= end);  // ascending, without overlap
        CHECK(listed.last >= listed.first);
        end = std::uint64_t{listed.last} + 1;
        std::set<Answer> answers;
        for (const Row& row : rows)
            if (row.index >= listed.first && row.index <= listed.last) answers.insert(row.expected);
        const bool always = listed.name == "IA32_BIOS_UPDT_TRIG" || listed.name == "x2APIC register";
        const bool never = listed.name == "IA32_MTRRCAP" || listed.name == "VMX capability MSR";
        const bool silent = listed.name == "IA32_SMM_MONITOR_CTL";
        CHECK(answers.contains(accepts) == !(never || silent));
        CHECK((answers.contains(faults) || answers.contains(open)) == !always);
    }
}

}  // namespace vmxspec::wrmsr_test
