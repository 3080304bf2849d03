#include "proofs/query/command.hpp"
#include "proofs/query/shipped_schemas.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

namespace vmxspec::query {

void add_schema(CLI::App& app, int& exit_code) {
    std::vector<std::string> names;
    for (const ShippedSchema& one : shipped_schemas) names.emplace_back(one.name);
    auto name = std::make_shared<std::string>();
    CLI::App* schema = app.add_subcommand("schema", "The JSON Schema of what a command writes with --format json");
    schema->add_option("command", *name, "Command, or sarif for why --format sarif")
        ->required()
        ->check(CLI::IsMember(names));
    schema->callback([name, &exit_code] {
        const auto* found = std::ranges::find(shipped_schemas, *name, &ShippedSchema::name);
        if (found != std::end(shipped_schemas)) fmt::print("{}", found->text);
        exit_code = exit_yes;
    });
}

}  // namespace vmxspec::query
