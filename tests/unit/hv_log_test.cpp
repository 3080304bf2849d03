// The hypervisor's log: levels, the ring, and the leaves of CPUID by which a guest reads it.
#include "hv/l1/log_ring.hpp"

#include "hv/l1/log_level.hpp"

#include <catch2/catch.hpp>

#include <memory>
#include <string>

namespace vmxspec::hv_log_test {
namespace {

using namespace hv;

/// What a guest does to read the log: hv/README.md says how.
std::string read_by_cpuid(const LogRing& ring) {
    const auto extent = read_log(ring, log_leaf::extent, 0);
    const std::uint64_t end = std::uint64_t{extent.ebx} << 32 | extent.eax;
    const std::uint64_t begin = end > extent.ecx ? end - extent.ecx : 0;
    std::string text;
    for (std::uint64_t piece = begin / 16; piece * 16 < end; ++piece) {
        const auto r = read_log(ring, log_leaf::text, static_cast<std::uint32_t>(piece));
        for (const std::uint32_t word : {r.eax, r.ebx, r.ecx, r.edx})
            for (unsigned n = 0; n < 4; ++n)
                if (const char c = static_cast<char>(word >> 8 * n & 0xff); c != '\0') text += c;
    }
    return text;
}

}  // namespace

TEST_CASE("levels have names, and only these", "[hv]") {
    for (const LogLevel level : {LogLevel::error, LogLevel::warning, LogLevel::info, LogLevel::debug})
        CHECK(log_level_of(name_of(level)) == level);
    CHECK(LogLevel::error < LogLevel::warning);
    CHECK(LogLevel::info < LogLevel::debug);
    for (const char* const name : {"", "Info", "inf", "info ", "verbose"}) CHECK_FALSE(log_level_of(name));
}

TEST_CASE("a log that fits is read as it was written", "[hv]") {
    const auto ring = std::make_unique<LogRing>();
    CHECK(read_by_cpuid(*ring).empty());
    ring->write("info: one\n");
    ring->write("");
    ring->write("warning: and two\n");
    CHECK(ring->written() == 27);
    CHECK(read_by_cpuid(*ring) == "info: one\nwarning: and two\n");
    CHECK(ring->at(0) == 'i');
    CHECK(ring->at(26) == '\n');
    CHECK(ring->at(27) == '\0');
    CHECK(ring->at(~std::uint64_t{0}) == '\0');
}

TEST_CASE("the last bytes are kept, and each stays at its position", "[hv]") {
    const auto ring = std::make_unique<LogRing>();
    std::string all;
    for (int line = 0; all.size() < 3 * LogRing::size; ++line) {
        const std::string text = "line " + std::to_string(line) + "\n";
        ring->write(text);
        all += text;
        const std::size_t begin = all.size() > LogRing::size ? all.size() - LogRing::size : 0;
        REQUIRE(ring->written() == all.size());
        REQUIRE(ring->at(begin) == all[begin]);
        REQUIRE(ring->at(all.size() - 1) == '\n');
        if (begin > 0) REQUIRE(ring->at(begin - 1) == '\0');
    }
    CHECK(read_by_cpuid(*ring) == all.substr(all.size() - LogRing::size));
}

TEST_CASE("the leaves: signature, extent, and nothing behind them", "[hv]") {
    const auto ring = std::make_unique<LogRing>();
    ring->write("0123456789abcdefg");
    const auto signature = read_log(*ring, log_leaf::signature, 0);
    CHECK(signature.eax == 0x4000'0002);
    CHECK(signature.ebx == 0x7378'6d76);  // "vmxs"
    CHECK(signature.ecx == 0x0063'6570);  // "pec"
    CHECK(signature.edx == 0);
    const auto first = read_log(*ring, log_leaf::text, 0);
    CHECK(first.eax == 0x3332'3130);
    CHECK(first.edx == 0x6665'6463);
    CHECK(read_log(*ring, log_leaf::text, 1).eax == 'g');
    CHECK(read_log(*ring, log_leaf::text, 0xffff'ffff).eax == 0);
    const auto extent = read_log(*ring, log_leaf::extent, 7);
    CHECK((extent.eax == 17 && extent.ebx == 0 && extent.ecx == LogRing::size && extent.edx == 0));
    for (const std::uint32_t leaf : {0x4000'0003U, 0x4fff'ffffU}) {
        const auto r = read_log(*ring, leaf, 0);
        CHECK((r.eax == 0 && r.ebx == 0 && r.ecx == 0 && r.edx == 0));
    }
}

}  // namespace vmxspec::hv_log_test
