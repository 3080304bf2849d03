#include "proofs/catalogue/catalogue.hpp"
#include "proofs/query/command.hpp"
#include "proofs/state/input_error.hpp"

#include <fmt/format.h>

#include <fstream>
#include <memory>

namespace vmxspec::query {

namespace {

int write(const std::string& path) {
    // Before the minute that the search takes.
    std::ofstream file{path, std::ios::binary};
    if (!file) throw InputError(fmt::format("{} cannot be written.", path));
    Specification spec;
    file << catalogue::catalogue_json(spec);
    if (!file.flush()) throw InputError(fmt::format("{} cannot be written.", path));
    return exit_yes;
}

}  // namespace

void add_catalogue(CLI::App& app, int& exit_code) {
    auto file = std::make_shared<std::string>();
    CLI::App* catalogue = app.add_subcommand(
        "catalogue", "Writes all rules with readings, examples and processors as JSON: what ./run docs shows");
    catalogue->add_option("file", *file, "File to write")->required();
    catalogue->callback([file, &exit_code] { exit_code = write(*file); });
}

}  // namespace vmxspec::query
