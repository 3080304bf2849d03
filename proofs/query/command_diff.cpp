// `vmxspec decode` and `vmxspec diff`: a dump in named bits, and what differs between two.
#include "proofs/query/command.hpp"
#include "proofs/query/difference.hpp"
#include "proofs/query/dumps/reader.hpp"
#include "proofs/state/input_error.hpp"
#include "proofs/state/text_file.hpp"
#include "spec/specification.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <filesystem>
#include <memory>

namespace vmxspec::query {

namespace {

struct Options {
    std::string first, second;
    std::string from;
    std::string format = "text";
    std::string colour = "auto";
};

/// The states of `FILE` or of `FILE#SECTION`.
std::vector<KnownState> read(const State& s, const std::string& place, const std::string& from) {
    const std::size_t sign = place.rfind('#');
    const bool has_section = sign != std::string::npos && !std::filesystem::exists(place);
    const std::string file = has_section ? place.substr(0, sign) : place;
    std::vector<KnownState> states = read_dump(s, read_text(file), file == "-" ? "standard input" : file, from);
    if (!has_section) return states;
    std::vector<std::string> names;
    for (const KnownState& state : states) names.push_back(state.name);
    const std::string section = place.substr(sign + 1);
    std::erase_if(states, [&](const KnownState& state) { return state.name != section; });
    if (states.empty())
        throw InputError(fmt::format("{} has no section {}; it has {}.", file, section, fmt::join(names, ", ")));
    return states;
}

KnownState read_one(const State& s, const std::string& place, const std::string& from) {
    const std::vector<KnownState> states = read(s, place, from);
    if (states.size() == 1) return states.front();
    std::vector<std::string> names;
    for (const KnownState& state : states) names.push_back(state.name);
    throw InputError(fmt::format("{} has {} dumps; name one as {}#SECTION, SECTION one of {}.", place, states.size(),
                                 place, fmt::join(names, ", ")));
}

int decode(const Options& options) {
    const Specification spec;
    const Terminal terminal = Terminal::standard_output(options.colour);
    nlohmann::ordered_json list = nlohmann::ordered_json::array();
    for (const KnownState& state : read(spec.state, options.first, options.from)) {
        if (options.format == "json")
            list.push_back(decoded_json(state));
        else
            fmt::print("{}", decoded_text(state, terminal));
    }
    if (options.format == "json") fmt::print("{}\n", list.dump(1));
    return exit_yes;
}

int diff(const Options& options) {
    const Specification spec;
    const KnownState first = read_one(spec.state, options.first, options.from);
    const KnownState second = read_one(spec.state, options.second, options.from);
    const std::vector<Difference> list = differences(first, second);
    const Terminal terminal = Terminal::standard_output(options.colour);
    fmt::print("{}", options.format == "json" ? difference_json(list).dump(1) + "\n" : difference_text(list, terminal));
    return list.empty() ? exit_yes : exit_no;
}

void add_common(CLI::App& command, Options& options) {
    command.add_option("--from", options.from, "Format of the dump, if it is not to be recognised");
    command.add_option("--format", options.format, "Output format")->check(CLI::IsMember({"text", "json"}));
    add_colour(command, options.colour);
}

}  // namespace

void add_diff(CLI::App& app, int& exit_code) {
    auto options = std::make_shared<Options>();
    CLI::App* decoded = app.add_subcommand("decode", "A VMCS dump with the names of its fields and bits");
    decoded->add_option("dump", options->first, "Dump, or DUMP#SECTION; - is standard input")->required();
    add_common(*decoded, *options);
    decoded->callback([options, &exit_code] { exit_code = decode(*options); });

    CLI::App* difference = app.add_subcommand(
        "diff", "What differs between two VMCS dumps, by field and bit; exit code 0 nothing, 1 something");
    difference->add_option("A", options->first, "Dump, or DUMP#SECTION")->required();
    difference->add_option("B", options->second, "Dump, or DUMP#SECTION")->required();
    add_common(*difference, *options);
    difference->callback([options, &exit_code] { exit_code = diff(*options); });
}

}  // namespace vmxspec::query
