#include "proofs/smt/external_solver.hpp"

#include <boost/process.hpp>

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>

namespace vmxspec::smt {

namespace {

namespace process = boost::process;

/// A script on disk for as long as the program reads it.
class ScriptFile {
public:
    explicit ScriptFile(const std::string& text) : path_{std::filesystem::temp_directory_path() / "vmxspec-XXXXXX"} {
        const int file = mkstemp(path_.data());
        if (file < 0) throw std::runtime_error("no file can be made in " + std::string{path_, 0, path_.rfind('/')});
        close(file);
        std::ofstream script{path_};
        script << text;
        if (!script.flush()) throw std::runtime_error(path_ + " cannot be written");
    }
    ~ScriptFile() { unlink(path_.c_str()); }
    ScriptFile(const ScriptFile&) = delete;
    ScriptFile& operator=(const ScriptFile&) = delete;

    [[nodiscard]] const std::string& path() const { return path_; }

private:
    std::string path_;
};

/// The lines that the program writes.
std::vector<std::string> output_of(const std::string& program, const std::vector<std::string>& arguments) {
    process::ipstream output;
    process::child child{program, process::args(arguments), (process::std_out & process::std_err) > output,
                         process::std_in < process::null};
    std::vector<std::string> lines;
    for (std::string line; std::getline(output, line);) lines.push_back(line);
    child.wait();
    return lines;
}

/// Where the program is, or empty. Boost.Process has a search of its own, which needs Boost.Filesystem linked.
std::string on_path(const std::string& program) {
    const char* variable = std::getenv("PATH");
    std::istringstream directories{variable == nullptr ? "" : variable};
    for (std::string directory; std::getline(directories, directory, ':');)
        if (const std::string path = directory + "/" + program; access(path.c_str(), X_OK) == 0) return path;
    return {};
}

}  // namespace

ExternalSolver::ExternalSolver(const std::string& program) : path_{on_path(program)} {
    if (path_.empty()) throw std::runtime_error(program + " is not installed; install the Debian package " + program);
    const std::vector<std::string> lines = output_of(path_, {"--version"});
    constexpr std::string_view greeting = "This is ";
    version_ = lines.empty() ? program : lines.front().substr(0, lines.front().find(" ["));
    if (version_.starts_with(greeting)) version_.erase(0, greeting.size());
}

std::vector<Satisfiability> ExternalSolver::check(const Graph& graph, std::span<const Query> queries,
                                                  const SmtLib::LeafName& leaf_name, Limits limits) const {
    if (queries.empty()) return {};
    const ScriptFile script{smtlib_script(graph, queries, leaf_name)};
    std::vector<Satisfiability> answers;
    for (const std::string& line :
         output_of(path_, {"--lang=smt2", "--incremental", "--seed=" + std::to_string(limits.seed),
                           "--tlimit-per=" + std::to_string(limits.milliseconds), script.path()})) {
        if (line == "sat")
            answers.push_back(Satisfiability::satisfiable);
        else if (line == "unsat")
            answers.push_back(Satisfiability::unsatisfiable);
        else if (line == "unknown")
            answers.push_back(Satisfiability::unknown);
        else
            throw std::runtime_error(path_ + " says: " + line);
    }
    if (answers.size() > queries.size()) throw std::runtime_error(path_ + " answers what it was not asked");
    answers.resize(queries.size(), Satisfiability::unknown);  // a program that ended early
    return answers;
}

std::string smtlib_script(const Graph& graph, std::span<const Query> queries, const SmtLib::LeafName& leaf_name) {
    std::vector<NodeId> roots;
    for (const Query& query : queries)
        for (const Bool condition : query) roots.push_back(condition.id());
    const SmtLib text{graph, roots, leaf_name};
    std::string script = "(set-logic QF_BV)\n" + text.declarations() + text.definitions();
    for (const Query& query : queries) {
        script += "(push 1)\n";
        for (const Bool condition : query) script += "(assert " + text.term(condition.id()) + ")\n";
        script += "(check-sat)\n(pop 1)\n";
    }
    return script;
}

}  // namespace vmxspec::smt
