/// "vmxspec-trace 1" (tests/bochs/README.md), as far as the probe and the hypervisor say the same.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "hv/check/memory_operands.hpp"
#include "runtime/cpu/processor_name.hpp"
#include "runtime/io/format.hpp"
#include "vmxspec/generated/entry_load.hpp"

namespace vmxspec::hv {

/// Lines of a trace. Some are made of items, each of which stays whole: a line that would become too long ends, and the
/// next begins with the same head.
template <runtime::TextSink Sink>
class TraceText {
public:
    static constexpr std::size_t width = 159;

    explicit TraceText(Sink sink = Sink{}) : sink_{sink} {}

    void write(std::string_view text) { sink_.write(text); }

    /// Begins a line of items even if none follows.
    void begin_line(std::string_view head) {
        write(head);
        column_ = head.size();
    }

    /// A blank and `name`, `separator`, `value` without blanks between; begins a line with `head` if none has begun, or
    /// if it is full.
    void item(std::string_view head, std::string_view name, std::string_view separator = {},
              std::string_view value = {}) {
        const std::size_t length = 1 + name.size() + separator.size() + value.size();
        if (column_ + length > width) {
            end_line();
        }
        if (column_ == 0) {
            begin_line(head);
        }
        runtime::print(sink_, " ", name, separator, value);
        column_ += length;
    }
    void item(std::string_view head, std::string_view name, std::uint64_t value) {
        item(head, name, "=", runtime::Hex{value}.text());
    }
    void item(std::string_view head, std::uint64_t name, std::uint64_t value) {
        item(head, runtime::Hex{name}.text(), "=", runtime::Hex{value}.text());
    }

    /// Ends a line of items, if one has begun.
    void end_line() {
        if (column_ != 0) {
            write("\n");
            column_ = 0;
        }
    }

    /// The processor's name.
    void cpu() {
        using runtime::Hex;
        const runtime::ProcessorName processor;
        runtime::print(sink_, "cpu vendor=", processor.vendor(), " family=", Hex{processor.family()},
                       " model=", Hex{processor.model()}, " stepping=", Hex{processor.stepping()}, " brand=\"",
                       processor.brand(), "\"\n");
    }

    /// What checks have read from memory; nothing if none reads any.
    void memory(const MemoryOperands& operands) {
        if (operands.vtpr) {
            item("memory", "vtpr", *operands.vtpr);
        }
        if (operands.link_word) {
            item("memory", "link", *operands.link_word);
        }
        if (operands.pdptes) {
            constexpr std::array<std::string_view, 4> names{"pdpte0", "pdpte1", "pdpte2", "pdpte3"};
            for (std::size_t n = 0; n < names.size(); ++n) {
                item("memory", names[n], (*operands.pdptes)[n]);
            }
        }
        end_line();
    }

    /// The rules that generated checks find broken: each(tell) calls tell(rule id) for each. A line even if none is.
    template <class Each>
    void predicted(std::string_view id, Each each) {
        constexpr std::string_view head = "predicted ";
        const auto begin = [&] {
            runtime::print(sink_, head, id);
            column_ = head.size() + id.size();
        };
        begin();
        each([&](std::string_view rule) {
            if (column_ + 1 + rule.size() > width) {
                end_line();
                begin();
            }
            item({}, rule);
        });
        end_line();
    }

    /// An entry of the MSR area "entry", "exit-store" or "exit-load".
    void area(std::string_view which, const generated::MsrAreaEntry& entry) {
        using runtime::Hex;
        runtime::print(sink_, "area ", which, " ", Hex{entry.index}, ":", Hex{entry.reserved, 8}, ":",
                       Hex{entry.data, 16}, "\n");
    }

private:
    Sink sink_;
    std::size_t column_ = 0;
};

}  // namespace vmxspec::hv
