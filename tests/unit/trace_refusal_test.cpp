// Traces that are damaged, or of another version: refused, each in one sentence.
#include "proofs/query/trace.hpp"

#include "proofs/state/input_error.hpp"

#include <catch2/catch.hpp>

namespace vmxspec::trace_refusal_test {
namespace {

using Catch::Matchers::Contains;

std::string refusal(const std::string& text) {
    static const Specification spec;
    try {
        (void)query::read_trace(spec, text, "trace.txt");
    } catch (const InputError& error) {
        return error.what();
    }
    return {};
}

const std::string small = "vmxspec-trace 1\ncpu x\nvector a\nvmcs 6800=80010035\noutcome a exit 80000022 1\n";

}  // namespace

TEST_CASE("what is wrong with a trace is said in one sentence, with its place", "[trace]") {
    const auto [what, text, words] = GENERATE_COPY(table<std::string, std::string, std::string>({
        {"empty of lines", "\n\n", "is no trace"},
        {"another file", "hello\n", "is no trace"},
        {"another version", "vmxspec-trace 2\n", "is no trace"},
        {"no end", small, "is incomplete"},
        {"a wrong count", small + "end 2\n", "line 6: the trace says that it has 2 vectors, but 1"},
        {"something after the end", small + "end 1\nvector b\n", "line 7: something follows"},
        {"a field before its vector", "vmxspec-trace 1\nvmcs 6800=1\n", "line 2: \"vmcs\" outside of a vector"},
        {"a vector inside a vector", "vmxspec-trace 1\nvector a\nvector b\n",
         "line 3: a vector begins before the outcome"},
        {"the end inside a vector", "vmxspec-trace 1\nvector a\nend 1\n", "line 3: the vector a has no outcome"},
        {"an outcome of another", "vmxspec-trace 1\nvector a\noutcome b exit 12 0\n",
         "line 3: the outcome of b inside the vector a"},
        {"no outcome", "vmxspec-trace 1\nvector a\noutcome a reset 1\n", "line 3: \"reset\" is no outcome"},
        {"an outcome that breaks off", "vmxspec-trace 1\nvector a\noutcome a exit 12\n",
         "line 3: \"\" is not a hexadecimal number"},
        {"no number", "vmxspec-trace 1\nvector a\nvmcs 6800=xyz\n", "line 3: \"xyz\" is not a hexadecimal number"},
        {"no pair", "vmxspec-trace 1\nvector a\nvmcs 6800\n", "line 3: \"6800\" is not key=value"},
        {"an unknown field", "vmxspec-trace 1\nvector a\nvmcs 7ffe=0\n", "line 3: no VMCS field has the encoding 7ffe"},
        {"an encoding beyond 32 bits", "vmxspec-trace 1\nvector a\nvmcs 100006800=0\n", "line 3: "},
        {"out of width", "vmxspec-trace 1\nvector a\nvmcs 802=10000\n",
         "trace.txt, line 3: guest.cs_selector = 10000H does not fit"},
        {"twice, differently", "vmxspec-trace 1\nvector a\nvmcs 802=1 802=2\n",
         "trace.txt, line 3: guest.cs_selector is given twice"},
        {"an MSR twice, differently", "vmxspec-trace 1\nmsr 480=1 480=2\n",
         "trace.txt, line 2: capability.basic is given twice"},
        {"an entry that breaks off", "vmxspec-trace 1\nvector a\narea entry c0000080:0\n",
         "line 3: \"c0000080:0\" is not index:reserved:data"},
        {"an index out of width", "vmxspec-trace 1\nvector a\narea entry 1c0000080:0:0\n", "line 3: "},
        {"three registers", "vmxspec-trace 1\ncpuid 1.0=1:2:3\n", "line 2: \"1:2:3\" are not four registers"},
        {"five registers", "vmxspec-trace 1\ncpuid 1.0=1:2:3:4:5\n", "line 2: \"1:2:3:4:5\" are not four registers"},
        {"an unknown area", "vmxspec-trace 1\nvector a\narea exit 1:0:0\n", "line 3: no MSR area is named exit"},
        {"a vector like none", "vmxspec-trace 1\nvector v\nlike base\n",
         "line 3: \"base\" is no earlier vector of the trace"},
        {"a vector like another", "vmxspec-trace 1\nvector base\noutcome base exit 12 0\nvector v\nlike other\n",
         "line 5: \"other\" is no earlier vector of the trace"},
        {"an unknown line", "vmxspec-trace 1\nvector a\nregister rax=1\n",
         "line 3: a line that begins with \"register\" has no meaning"},
    }));
    CAPTURE(what);
    const std::string said = refusal(text);
    CHECK_THAT(said, Contains(words));
    CHECK_THAT(said, Catch::StartsWith("trace.txt"));
    CHECK(said.find('\n') == std::string::npos);
}

TEST_CASE("a name that the specification does not know is refused, with what to do", "[trace]") {
    const auto [line, words] = GENERATE(table<std::string, std::string>({
        {"mode efr=500", "nothing of the mode before a VM entry is named efr"},
        {"vmcs 7ffe=0", "no VMCS field has the encoding 7ffe"},
        {"area exit 1:0:0", "no MSR area is named exit"},
        {"memory pdpte4=0", "no memory operand is named pdpte4"},
        {"after cr3=0", "no register that a guest shows is named cr3"},
        {"saved 6800=1 7ffe=1", "no VMCS field has the encoding 7ffe"},
        {"host dr7=400 dr8=0", "no register that a VM exit loads is named dr8"},
        {"host vmcs.entry=0", "no register that a VM exit loads is named vmcs.entry"},
    }));
    CHECK(refusal("vmxspec-trace 1\nvector a\n" + line + "\noutcome a exit 12 0\nend 1\n") ==
          "trace.txt, line 3: " + words + "; record the trace again with the probe of this version of vmxspec.");
}

TEST_CASE("a mode that the head tells must be known", "[trace]") {
    CHECK_THAT(refusal("vmxspec-trace 1\nmode efer=500 cr9=1\nend 0\n"),
               Catch::StartsWith("trace.txt, line 2: nothing of the mode before a VM entry is named cr9; "));
    CHECK(refusal("vmxspec-trace 1\nmode efer=500 cr0=80000031 cr4=2020 cpl=0 smm=0\nend 0\n").empty());
}

TEST_CASE("a value that does not fit what it is told of is refused, also where it takes the place of another",
          "[trace]") {
    const std::string base = "vmxspec-trace 1\nvector base\nvmcs 802=8\noutcome base exit 12 0\nvector a\nlike base\n";
    CHECK(refusal(base + "vmcs 802=10000\n") == "trace.txt, line 7: 10000H does not fit guest.cs_selector.");
    CHECK(refusal(base + "mode cs_l=2\n") == "trace.txt, line 7: 2H does not fit before.cs_l.");
    CHECK(refusal(base + "vmcs 802=10\nmode cs_l=0\noutcome a exit 12 0\nend 2\n").empty());
}

}  // namespace vmxspec::trace_refusal_test
