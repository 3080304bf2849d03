// The hypervisor's command line.
#include "hv/l1/options.hpp"

#include <catch2/catch.hpp>

#include <string>

namespace vmxspec::hv_options_test {
namespace {

using namespace hv;

std::string unknown_of(std::string_view line) {
    std::string_view unknown;
    static_cast<void>(read_options(line, unknown));
    return std::string{unknown};
}

}  // namespace

TEST_CASE("an empty command line is all defaults", "[hv]") {
    for (const char* const line : {"", " ", "    "}) {
        std::string_view unknown;
        const Options options = read_options(line, unknown);
        CHECK(unknown.empty());
        CHECK_FALSE(options.check_each_entry);
        CHECK_FALSE(options.log_leaf);
        CHECK(options.log == LogLevel::warning);
        CHECK_FALSE(options.break_field);
    }
}

TEST_CASE("options are words, in any order", "[hv]") {
    std::string_view unknown;
    const Options options = read_options(" break=6C04:fFfF  log=debug check=each log.leaf", unknown);
    CHECK(unknown.empty());
    CHECK(options.check_each_entry);
    CHECK(options.log_leaf);
    CHECK(options.log == LogLevel::debug);
    REQUIRE(options.break_field);
    CHECK(options.break_field->encoding == 0x6c04);
    CHECK(options.break_field->value == 0xffff);
}

TEST_CASE("VMX for the guest is there unless it is turned off", "[hv]") {
    std::string_view unknown;
    CHECK(read_options("", unknown).nested);
    CHECK_FALSE(read_options("nested=off", unknown).nested);
    CHECK(read_options("nested=off nested=on", unknown).nested);
    CHECK_FALSE(read_options("", unknown).explain);
    CHECK(read_options("explain=on", unknown).explain);
    CHECK(unknown.empty());
    for (const char* const word : {"nested", "nested=", "nested=1", "explain", "explain=all"})
        CHECK(unknown_of(word) == word);
}

TEST_CASE("the trace goes to the port that is named", "[hv]") {
    std::string_view unknown;
    CHECK(read_options("", unknown).trace == TracePort::none);
    CHECK(read_options("trace=e9", unknown).trace == TracePort::debug);
    CHECK(read_options("trace=com1", unknown).trace == TracePort::serial);
    CHECK(read_options("trace=lpt1", unknown).trace == TracePort::parallel);
    CHECK(unknown.empty());
    for (const char* const word : {"trace", "trace=", "trace=on", "trace=lpt2"}) CHECK(unknown_of(word) == word);
}

TEST_CASE("the last of several levels counts", "[hv]") {
    std::string_view unknown;
    CHECK(read_options("log=debug log=error", unknown).log == LogLevel::error);
}

TEST_CASE("a word that means nothing is told: the first one", "[hv]") {
    CHECK(unknown_of("check=each chek log=loud") == "chek");
    for (const char* const word : {"check", "check=", "check=all", "log", "log=", "log=loud", "log.leaf=1", "break",
                                   "break=", "break=:", "break=6c04", "break=6c04:", "break=:0", "break=g:0",
                                   "break=10000:0", "break=6c04:0:0", "break=6c04:10000000000000000", "break=6c04:-1"})
        CHECK(unknown_of(word) == word);
}

TEST_CASE("the widest field and value that break= takes", "[hv]") {
    std::string_view unknown;
    const Options options = read_options("break=ffff:ffffffffffffffff", unknown);
    CHECK(unknown.empty());
    REQUIRE(options.break_field);
    CHECK(options.break_field->value == ~std::uint64_t{0});
}

}  // namespace vmxspec::hv_options_test
