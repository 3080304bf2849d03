// libFuzzer's target for the little language of `vmxspec ask`: any text is a condition, or is refused by one sentence
// that says where.
#include "proofs/query/question.hpp"
#include "proofs/state/input_error.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>

namespace {

using namespace vmxspec;

/// A specification and the names that were used; built anew before its graph grows large.
struct Ground {
    Specification spec;
    query::Vocabulary names{spec};
};

Ground& ground() {
    constexpr std::size_t most_nodes = 1'000'000;
    static std::unique_ptr<Ground> one;
    if (!one || one->spec.graph.size() > most_nodes) one = std::make_unique<Ground>();
    return *one;
}

bool is_sentence(std::string_view text) {
    return text.starts_with("--then") && text.ends_with(".") && text.find('\n') == std::string_view::npos;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    constexpr std::size_t seldom = 8;  // what names mean takes a thousand times as long as the syntax
    const std::string_view text{reinterpret_cast<const char*>(data), size};
    try {
        (void)query::parse_formula(text, "--then");
        if (size % seldom != 0) return 0;
        Ground& here = ground();
        (void)query::parse_question(here.spec, here.names, text, "--then");
    } catch (const InputError& error) {
        if (is_sentence(error.what())) return 0;
        std::fprintf(stderr, "no sentence for its user: %s\n", error.what());
        std::abort();
    }
    return 0;
}
