// What logs, mail and web pages do to a text is undone.
#include "proofs/query/dumps/transport.hpp"

#include <catch2/catch.hpp>

namespace vmxspec::transport_test {
namespace {

std::vector<std::string> texts(const std::string& input) {
    std::vector<std::string> result;
    for (const query::Line& line : query::undamaged(input)) result.push_back(line.text);
    return result;
}

}  // namespace

TEST_CASE("prefixes are taken off, however many", "[transport]") {
    const std::string prefix = GENERATE(values<std::string>({
        "",
        "  ",
        "> ",
        ">> > ",
        "&gt; ",
        "[  673.812345] ",
        "<3>[  673.812345] ",
        "[Mon Jan  2 03:04:05 2023] ",
        "Jan  2 03:04:05 host kernel: ",
        "Jan  2 03:04:05 host kernel: [  673.812345] ",
        "2023-01-02T03:04:05.678901+00:00 host kernel: ",
        "2023-01-02 03:04:05 host kernel: ",
        "(XEN) ",
        "(XEN) [2023-01-02 03:04:05.678] ",
        "(XEN) [  673.812345] ",
        "[  673.812345] kvm_intel: ",
        "kvm_intel: ",
        "[  673.812345][ T1234] ",
        "[  673.812345] [ T1234] kvm_intel: ",
        "[...] ",
        "[\xe2\x80\xa6] ",
        "haxm_warning: ",
        "> Jan  2 03:04:05 host kernel: [  673.812345] haxm_error: ",
        "/netbsd: [ 673.8123450] haxm_warning: ",
        "00:00:02.123456 ",
        "12\t3.45678901\t",
        "[NoirVisor] ",
        "\xc2\xa0\xc2\xa0",
        "\x1b[31m",
    }));
    CAPTURE(prefix);
    CHECK(texts(prefix + "CR3 = 0x000000000a709000\r\n") == std::vector<std::string>{"CR3 = 0x000000000a709000"});
}

TEST_CASE("what a line says stays", "[transport]") {
    const std::string line = GENERATE(values<std::string>({
        "CR0: actual=0x0000000080000031",
        "0: msr=0xc0000080 value=0x0000000000000d01",
        "4012 VMX_ENTRY_CONTROLS: 11ff",
        "GUEST_CR0 = 0x31",
        "        reason=80000021",
    }));
    const std::size_t text = line.find_first_not_of(' ');
    CHECK(texts(line) == std::vector<std::string>{line.substr(text)});
}

TEST_CASE("quoted-printable, fences and empty lines", "[transport]") {
    CHECK(texts("CR3 =3D 0x00000000=\n0a709000\n=C2=A0\n```\nRSP =3D 0x1\n```\n") ==
          std::vector<std::string>{"CR3 = 0x000000000a709000", "RSP = 0x1"});
    CHECK(texts("a=3D0x12\n").at(0) == "a=0x12");
    CHECK(texts("CS=0010 SS=0018\n").at(0) == "CS=0010 SS=0018");
}

TEST_CASE("numbers of lines, the last one without an end, and who printed", "[transport]") {
    const std::vector<query::Line> lines = query::undamaged("[ 1.5][ T7] a\n\n[ 1.5][ C1] b\nwrapped\n[ 1.5][ T7] c");
    REQUIRE(lines.size() == 4);
    CHECK(lines[1].number == 3);
    CHECK(lines[2].source == "C1");
    CHECK(lines[2].complete);
    CHECK_FALSE(lines[3].complete);
    const auto groups = query::by_source(lines);
    REQUIRE(groups.size() == 2);
    CHECK(groups[0].size() == 2);
    CHECK(groups[1][1].text == "wrapped");
}

}  // namespace vmxspec::transport_test
