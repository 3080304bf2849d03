// libFuzzer's target for all dump readers, with two properties.
//   Any text: it is read, or refused by InputError; nothing else is thrown, and it takes no longer than its size
//   allows. Any cut of a dump (its beginning, its end, or lines out of its middle): no rule is broken that the whole
//   does not break.
#include "proofs/query/dumps/kvm_rows.hpp"
#include "proofs/query/dumps/xen_rows.hpp"
#include "proofs/query/judgement.hpp"
#include "proofs/state/input_error.hpp"
#include "tests/unit/field_list_renderer.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <set>

namespace {

using namespace vmxspec;

const Specification& spec() {
    static const Specification one;
    return one;
}

/// Ids of the rules that are broken, by any state; nothing when the text is refused.
std::set<std::string_view> broken(const std::string& text, const std::string& from) {
    std::set<std::string_view> ids;
    try {
        for (KnownState& state : query::read_dump(spec().state, text, "input", from)) {
            query::assume_usual_entry(state);
            for (const query::Finding& one : query::judge(spec(), state).violated) ids.insert(one.rule->id);
        }
    } catch (const InputError&) {
        ids.clear();
    }
    return ids;
}

struct Seed {
    std::string text;
    std::string from;
    std::vector<std::size_t> line_begins;
    std::set<std::string_view> broken;
};

/// The dumps of tests/fixtures/dumps, and a recorded state as each era and style prints it.
const std::vector<Seed>& seeds() {
    static const std::vector<Seed> all = [] {
        std::vector<Seed> result;
        const auto add = [&](const std::string& text, const std::string& from) {
            Seed seed{text, from, {0}, broken(text, from)};
            for (std::size_t at = text.find('\n'); at != std::string::npos; at = text.find('\n', at + 1))
                seed.line_begins.push_back(at + 1);
            result.push_back(std::move(seed));
        };
        for (const auto& file : std::filesystem::directory_iterator{std::string{VMXSPEC_FIXTURES} + "/dumps"}) {
            const std::string name = file.path().filename().string();
            add(test::fixture_dump(name), name.substr(0, name.find_first_of("-.")));
        }
        const KnownState state = test::read_one(spec().state, test::fixture_json("virtualbox-before02"));
        for (unsigned era = 1; era <= 8; era *= 2) {
            add(test::render(state, query::kvm_rows(), era).text, "kvm");
            add(test::render(state, query::xen_rows(), era, "(XEN) ").text, "xen");
        }
        for (const auto style : {test::ListStyle::haxm, test::ListStyle::generic, test::ListStyle::halves})
            add(test::render_list(state, style).text, style == test::ListStyle::haxm ? "haxm" : "generic");
        return result;
    }();
    return all;
}

void check_cut(const Seed& seed, const std::string& cut) {
    for (const std::string_view id : broken(cut, seed.from)) {
        if (seed.broken.contains(id)) continue;
        std::fprintf(stderr, "a cut of a dump of %s breaks %.*s, which the whole does not:\n%s\n", seed.from.c_str(),
                     static_cast<int>(id.size()), id.data(), cut.c_str());
        std::abort();
    }
}

/// Two numbers from the input say where the cut is.
void cut_a_dump(const std::uint8_t* data) {
    const Seed& seed = seeds()[data[1] % seeds().size()];
    const std::size_t a = data[2] | static_cast<std::size_t>(data[3]) << 8;
    const std::size_t b = data[4] | static_cast<std::size_t>(data[5]) << 8;
    const std::size_t place = a % seed.text.size();
    if (data[0] % 8 == 1) return check_cut(seed, seed.text.substr(0, place));
    if (data[0] % 8 == 2) return check_cut(seed, seed.text.substr(place));
    const auto& lines = seed.line_begins;
    const std::size_t first = a % lines.size();
    const std::size_t last = first + b % (lines.size() - first);
    check_cut(seed, seed.text.substr(0, lines[first]) + seed.text.substr(lines[last]));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    constexpr std::size_t numbers = 6;
    if (size < numbers) return 0;
    if (data[0] % 8 >= 1 && data[0] % 8 <= 3) {
        cut_a_dump(data);
        return 0;
    }
    const auto readers = query::readers();
    const std::size_t chosen = data[1] % (readers.size() + 1);
    const std::string_view text{reinterpret_cast<const char*>(data) + numbers, size - numbers};
    try {
        (void)query::read_dump(spec().state, text, "input", chosen == 0 ? "" : std::string{readers[chosen - 1].name});
    } catch (const InputError&) {
        // Refused, in a sentence.
    }
    return 0;
}
