// vmxspec: asks the specification.
#include "proofs/query/command.hpp"
#include "proofs/query/version.hpp"
#include "proofs/state/input_error.hpp"

#include <fmt/format.h>

#include <cstdio>
#include <exception>

void vmxspec::query::add_colour(CLI::App& command, std::string& when) {
    command.add_option("--color", when, "Colours: auto is on a terminal, unless NO_COLOR is set")
        ->check(CLI::IsMember({"auto", "always", "never"}));
}

int main(int count, char** arguments) {
    using namespace vmxspec;
    CLI::App app{"Why does a VM entry fail? A formally checked specification of Intel VMX answers.", "vmxspec"};
    app.require_subcommand(1);
    app.set_version_flag("--version", query::tool_version);
    app.footer("Exit codes: 0 enters/proven/agrees, 1 fails/refuted/differs, 2 cannot be judged, 3 unusable input.");
    int exit_code = query::exit_yes;
    query::add_why(app, exit_code);
    query::add_ask(app, exit_code);
    query::add_diff(app, exit_code);
    query::add_rules(app, exit_code);
    query::add_catalogue(app, exit_code);
    query::add_prove(app, exit_code);
    query::add_validate(app, exit_code);
    query::add_cpu(app, exit_code);
    query::add_vectors(app, exit_code);
    query::add_schema(app, exit_code);
    try {
        app.parse(count, arguments);
    } catch (const CLI::Success& success) {
        return app.exit(success);
    } catch (const CLI::ParseError& error) {
        const std::vector<std::string> words =
            app.get_subcommands().empty() ? app.remaining() : std::vector<std::string>{};
        const std::string what = words.empty() ? error.what() : "no command is named " + words.front();
        fmt::print(stderr, "vmxspec: {}; see vmxspec --help.\n", what);
        return query::exit_unusable;
    } catch (const InputError& error) {
        fmt::print(stderr, "vmxspec: {}\n", error.what());
        return query::exit_unusable;
    } catch (const std::exception& error) {
        fmt::print(stderr, "vmxspec: internal error: {}; please report it with the input.\n", error.what());
        return query::exit_unusable;
    }
    if (std::fflush(stdout) != 0) return query::exit_unusable;
    return exit_code;
}
