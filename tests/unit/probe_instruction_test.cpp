// The probe's list of VMX instructions, and its rows about them, against the specification's list.
#include "spec/machine/transition.hpp"
#include "tests/bochs/probe/instruction_row.hpp"

#include <catch2/catch.hpp>

#include <array>
#include <set>
#include <string>

namespace vmxspec::probe_instruction_test {
namespace {

using Tried = probe::Instruction;
using Specified = machine::Instruction;

struct Pair {
    Tried tried;
    Specified specified;
};
// clang-format off
constexpr std::array pairs{
    Pair{Tried::vmxon,    Specified::vmxon},
    Pair{Tried::vmxoff,   Specified::vmxoff},
    Pair{Tried::vmclear,  Specified::vmclear},
    Pair{Tried::vmptrld,  Specified::vmptrld},
    Pair{Tried::vmptrst,  Specified::vmptrst},
    Pair{Tried::vmread,   Specified::vmread},
    Pair{Tried::vmwrite,  Specified::vmwrite},
    Pair{Tried::vmlaunch, Specified::vmlaunch},
    Pair{Tried::vmresume, Specified::vmresume},
    Pair{Tried::invept,   Specified::invept},
    Pair{Tried::invvpid,  Specified::invvpid},
    Pair{Tried::vmcall,   Specified::vmcall},
    Pair{Tried::vmfunc,   Specified::vmfunc},
    Pair{Tried::vm_exit,  Specified::vm_exit},
};
// clang-format on
static_assert(pairs.size() == machine::instruction_count);
static_assert(probe::instruction_count == machine::instruction_count);

std::string id_of(probe::Instruction instruction, const probe::InstructionRow& row) {
    return std::string{probe::name(instruction)} + "/" + std::string{row.id};
}

}  // namespace

TEST_CASE("the probe's instructions are the specification's, in its order and by its names", "[instruction]") {
    for (std::size_t n = 0; n < pairs.size(); ++n) {
        const auto [tried, specified] = pairs[n];
        INFO(machine::name(specified));
        CHECK(static_cast<std::size_t>(tried) == n);
        CHECK(static_cast<std::size_t>(specified) == n);
        CHECK(probe::name(tried) == machine::name(specified));
    }
}

TEST_CASE("each instruction that the probe tries has code of its own, in one page", "[instruction]") {
    std::set<std::uint64_t> begins;
    for (const Pair& one : pairs) {
        INFO(machine::name(one.specified));
        const probe::InstructionCode code = probe::code_of(one.tried, false);
        CHECK(code.begin < code.end);
        CHECK(code.begin >= probe::code_page());
        CHECK(code.end <= probe::code_page() + 4096);
        begins.insert(code.begin);
    }
    CHECK(begins.size() == pairs.size());
}

TEST_CASE("rows about one instruction name one of the list, and no id is there twice", "[instruction]") {
    std::set<std::string> ids;
    std::size_t rows = 0;
    for (const Pair& one : pairs)
        for (const probe::InstructionRow& row : probe::situations()) {
            ids.insert(id_of(one.tried, row));
            ++rows;
        }
    for (const probe::InstructionRow& row : probe::instruction_rows()) {
        CHECK(static_cast<std::size_t>(row.instruction) < machine::instruction_count);
        CHECK_FALSE(row.id.empty());
        ids.insert(id_of(row.instruction, row));
        ++rows;
    }
    CHECK(ids.size() == rows);
}

}  // namespace vmxspec::probe_instruction_test
