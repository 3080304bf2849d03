#include "proofs/query/trace.hpp"

#include "proofs/query/trace_head.hpp"
#include "proofs/query/trace_line.hpp"
#include "proofs/query/trace_vector.hpp"

#include <fmt/format.h>

#include <sstream>

namespace vmxspec::query {

namespace {

/// In front of the lines of a hypervisor's trace, whose guest may write to the same port.
constexpr std::string_view mark = "@ ";
constexpr std::string_view mark_of_first = "@ vmxspec-trace";

class TraceReader {
public:
    TraceReader(const Specification& spec, const std::string& where)
        : where_{where}, head_{spec.state}, vectors_{spec}, instructions_{spec.state} {}

    Trace read(std::string_view text) {
        const bool marked =
            text.starts_with(mark_of_first) || text.find(fmt::format("\n{}", mark_of_first)) != text.npos;
        std::istringstream lines{std::string{text}};
        unsigned number = 0;
        for (std::string text_of_line; std::getline(lines, text_of_line);) {
            ++number;
            if (endless_ && lines.eof()) break;  // in the middle of a line
            if (marked && !text_of_line.starts_with(mark)) continue;
            if (marked) text_of_line.erase(0, mark.size());
            TraceLine line{std::move(text_of_line), where_, number};
            if (!line.kind().empty()) take(line);
        }
        if (!begun_) no_trace();
        if (endless_) {
            vectors_.give_up(trace_);
            if (trace_.entries.empty())
                throw InputError(fmt::format(
                    "{} has no VM entry: the hypervisor's guest has made none, or it breaks off before the first.",
                    where_));
        } else if (!ended_)
            throw InputError(
                fmt::format("{} is incomplete: its last line is not \"end N\"; run the probe again.", where_));
        trace_.machine = head_.profile(trace_);
        return std::move(trace_);
    }

private:
    [[noreturn]] void no_trace() const {
        throw InputError(fmt::format("{} is no trace: its first line is not \"vmxspec-trace 1\".", where_));
    }

    void take(TraceLine& line) {
        const std::string& kind = line.kind();
        if (!begun_) {
            if (kind != "vmxspec-trace" || line.word() != "1") no_trace();
            begun_ = true;
            return;
        }
        if (kind == "endless") {
            endless_ = true;
            return;
        }
        if (ended_) line.broken("something follows the line \"end\".");
        if (TraceHead::knows(kind) && !(kind == "mode" && vectors_.is_open())) {
            head_.take(line, trace_);
        } else if (kind == "vector") {
            vectors_.begin(line, head_.processor(), trace_);
        } else if (InstructionReader::knows(kind)) {
            vectors_.demand_outcome(line, trace_);
            line.placed([&] { instructions_.take(kind, line.words(), head_.processor()); });
        } else if (kind == "end") {
            end(line);
        } else {
            vectors_.take(line, trace_);
        }
    }

    void end(TraceLine& line) {
        line.placed([&] { trace_.instructions = instructions_.finish(); });
        vectors_.demand_outcome(line, trace_);
        const std::uint64_t count = line.number(line.word());
        const std::size_t vectors = trace_.entries.size() + trace_.not_tried;
        if (count != vectors)
            line.broken(fmt::format("the trace says that it has {} vectors, but {} are in it.", count, vectors));
        ended_ = true;
    }

    const std::string& where_;
    TraceHead head_;
    VectorReader vectors_;
    InstructionReader instructions_;
    Trace trace_;
    bool begun_ = false;
    bool ended_ = false;
    bool endless_ = false;
};

}  // namespace

Trace read_trace(const Specification& spec, std::string_view text, const std::string& where) {
    return TraceReader{spec, where}.read(text);
}

}  // namespace vmxspec::query
