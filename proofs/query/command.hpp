// The subcommands of `vmxspec`. Each registers its options; its callback leaves the exit code.
#pragma once

#include <CLI/CLI.hpp>

#include <string>

namespace vmxspec::query {

// Exit codes that all subcommands share.
inline constexpr int exit_yes = 0;        ///< enters, proven, agrees
inline constexpr int exit_no = 1;         ///< fails, refuted, differs
inline constexpr int exit_undecided = 2;  ///< cannot be judged
inline constexpr int exit_unusable = 3;   ///< the input or the command line cannot be used

/// --color of a command that writes text; `when` is what Terminal::standard_output takes.
void add_colour(CLI::App& command, std::string& when);

void add_why(CLI::App& app, int& exit_code);
void add_ask(CLI::App& app, int& exit_code);
void add_diff(CLI::App& app, int& exit_code);
void add_rules(CLI::App& app, int& exit_code);
void add_catalogue(CLI::App& app, int& exit_code);
void add_prove(CLI::App& app, int& exit_code);
void add_validate(CLI::App& app, int& exit_code);
void add_cpu(CLI::App& app, int& exit_code);
void add_vectors(CLI::App& app, int& exit_code);
void add_schema(CLI::App& app, int& exit_code);

}  // namespace vmxspec::query
