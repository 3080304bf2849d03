#include "hv/trace/entry_trace.hpp"

#include "hv/check/rule_table.hpp"
#include "hv/l1/log.hpp"
#include "hv/l1/physical_memory.hpp"
#include "hv/nested/operation.hpp"
#include "hv/trace/trace_text.hpp"

namespace vmxspec::hv {

namespace {

using generated::Channel;
using generated::Outcome;
using runtime::Hex;
using runtime::print;

/// For TraceText, which has its sink by value.
template <class Text>
struct SinkOf {
    Text* text;
    void write(std::string_view more) const { text->write(more); }
};

constinit bool has_head = false;  // read and written with the channel only

/// Capability MSRs as L1 reads them, and what else of its processor the checks have.
void tell_machine(TraceChannel& channel, Nested& nested) {
    constexpr std::uint32_t ia32_feature_control = 0x3a;
    channel.write("vmxspec-trace 1\nendless\n");
    TraceText text{SinkOf<TraceChannel>{&channel}};
    text.cpu();
    Vmcs12& machine = nested.vmcs12;
    generated::each_msr(machine,
                        [&](std::uint32_t index, const std::uint64_t& value) { text.item("msr", index, value); });
    text.item("msr", ia32_feature_control, nested.machine.machine_feature_control);
    text.end_line();
    // Features of one leaf may stand apart; the first has the line.
    std::size_t place = 0;
    generated::each_cpuid(
        machine, [&](std::uint32_t leaf, std::uint32_t subleaf, unsigned, unsigned, unsigned, const auto& /*member*/) {
            std::array<std::uint64_t, 4> registers{};
            std::size_t other = 0, first = ~std::size_t{0};
            generated::each_cpuid(machine, [&](std::uint32_t its, std::uint32_t sub, unsigned which, unsigned /*high*/,
                                               unsigned low, const auto& member) {
                if (its == leaf && sub == subleaf) {
                    registers[which] |= static_cast<std::uint64_t>(member) << low;
                    first = other < first ? other : first;
                }
                ++other;
            });
            if (first == place++) {
                print(channel, "cpuid ", Hex{leaf}, ".", Hex{subleaf}, "=", Hex{registers[0]}, ":", Hex{registers[1]},
                      ":", Hex{registers[2]}, ":", Hex{registers[3]}, "\n");
            }
        });
}

/// The rules that the entry breaks; what is not unchecked is kept.
void print_predicted(auto& text, std::string_view id, const Nested& nested) {
    text.predicted(id, [&](auto tell) {
        nested.unchecked.each([&](generated::Rule rule) {
            if (!generated::is_kept(rule, nested.vmcs12)) {
                tell(std::string_view{rule_id(static_cast<std::size_t>(rule))});
            }
            return true;
        });
    });
}

void print_failure(auto& sink, std::string_view id, const Outcome& outcome) {
    constexpr std::uint32_t entry_failure = std::uint32_t{1} << 31;  // of the exit reason (SDM 27.9.1)
    print(sink, "outcome ", id);
    switch (outcome.channel) {
        case Channel::vmfail_invalid: return sink.write(" vmfail-invalid\n");
        case Channel::vmfail_valid: return print(sink, " vmfail-valid ", Hex{outcome.number}, "\n");
        default:
            return print(sink, " exit ", Hex{entry_failure | outcome.number}, " ", Hex{outcome.qualification}, "\n");
    }
}

void print_mode(auto& text, const Vmcs12& v) {
    text.item("mode", "vmresume", v.before_vmresume ? 1 : 0);
    text.item("mode", "launched", v.before_launched ? 1 : 0);
    text.item("mode", "current_is_shadow", v.before_current_is_shadow ? 1 : 0);
    text.item("mode", "blocking_by_mov_ss", v.before_blocking_by_mov_ss ? 1 : 0);
    text.item("mode", "cpl", v.before_cpl);
    text.item("mode", "cs_l", v.before_cs_l ? 1 : 0);
    text.item("mode", "efer", v.before_efer);
    text.item("mode", "cr0", v.before_cr0);
    text.item("mode", "cr3", v.before_cr3);
    text.item("mode", "cr4", v.before_cr4);
    text.end_line();
}

/// What the checks have read from L1's memory.
MemoryOperands operands_of(const Vmcs12& v) {
    const MemoryReads reads = memory_reads(v);
    MemoryOperands operands;
    if (reads.vtpr) {
        operands.vtpr = static_cast<std::uint8_t>(v.memory_vtpr);
    }
    if (reads.link_word) {
        operands.link_word = static_cast<std::uint32_t>(v.memory_link_word);
    }
    if (reads.pdptes) {
        operands.pdptes = {v.memory_pdpte0, v.memory_pdpte1, v.memory_pdpte2, v.memory_pdpte3};
    }
    return operands;
}

}  // namespace

void EntryTrace::note(Nested& nested) {
    text_.clear();
    id_.clear();
    print(id_, "p", Hex{processor_}, ".", Hex{number_++});
    print(text_, "vector ", id_, "\n");
    if (nested.has_vmcs()) {
        note_fields(nested);
    }
    TraceText text{SinkOf<decltype(text_)>{&text_}};
    print_mode(text, nested.vmcs12);
    print(text_, "pointer ", Hex{nested.machine.before_current_vmcs}, "\n");
    if (nested.has_vmcs()) {
        text.memory(operands_of(nested.vmcs12));
    }
}

void EntryTrace::note_fields(Nested& nested) {
    if (has_told_) {
        print(text_, "like ", told_id_, "\n");
    }
    TraceText text{SinkOf<decltype(text_)>{&text_}};
    generated::each_vmcs12_field(nested.vmcs12, [&](std::uint32_t encoding, const std::uint64_t& value) {
        const FieldMap::Place* const place = nested.fields.find(encoding);
        if (place != nullptr && (!has_told_ || at(told_, *place) != value)) {
            text.item("vmcs", encoding, value);
            at(told_, *place) = value;
        }
    });
    text.end_line();
    has_told_ = true;
    told_id_ = id_;
}

void EntryTrace::note_area(std::string_view which, std::uint64_t address, std::uint64_t count) {
    TraceText text{SinkOf<decltype(text_)>{&text_}};
    for (std::uint64_t n = 0; n < count && n < most_entries; ++n) {
        text.area(which, read_guest<generated::MsrAreaEntry>(address + n * sizeof(generated::MsrAreaEntry)));
    }
}

void EntryTrace::tell(Nested& nested) {
    open_ = false;
    TraceChannel channel;
    if (!has_head) {
        has_head = true;
        tell_machine(channel, nested);
    }
    channel.write(text_.text());
}

void EntryTrace::enters(Nested& nested) {
    const Vmcs12& v = nested.vmcs12;
    note(nested);
    note_area("entry", v.control_entry_msr_load, v.control_entry_msr_load_count);
    note_area("exit-store", v.control_exit_msr_store, v.control_exit_msr_store_count);
    note_area("exit-load", v.control_exit_msr_load, v.control_exit_msr_load_count);
    open_ = true;
}

void EntryTrace::refused(Nested& nested, const Outcome& outcome) {
    note(nested);
    TraceText text{SinkOf<decltype(text_)>{&text_}};
    print_predicted(text, id_.text(), nested);
    open_ = true;
    if (outcome.channel != Channel::entry_failure) {
        fails(nested, outcome);
    }
}

void EntryTrace::refused(Nested& nested, generated::InstructionRow row) {
    constexpr std::uint32_t after_vmxoff = 6;
    const generated::Ending ending = ending_of(nested, row);
    if (ending == generated::Ending::vmfail_invalid) {
        return refused(nested, {Channel::vmfail_invalid, 0, 0});
    }
    const std::uint32_t number = generated::instruction_row_information[static_cast<std::size_t>(row)].number;
    if (ending == generated::Ending::vmfail_valid && number != after_vmxoff) {
        refused(nested, {Channel::vmfail_valid, number, 0});
    }
}

void EntryTrace::fails(Nested& nested, const Outcome& outcome) {
    if (open_) {
        print_failure(text_, id_.text(), outcome);
        tell(nested);
    }
}

void EntryTrace::dies(Nested& nested) {
    if (open_) {
        print(text_, "outcome ", id_, " died\n");
        tell(nested);
    }
}

void EntryTrace::entered(Nested& nested, std::uint64_t reason, std::uint64_t qualification) {
    if (open_) {
        TraceText text{SinkOf<decltype(text_)>{&text_}};
        text.predicted(id_.text(), [](auto /*tell*/) {});
        print(text_, "outcome ", id_, " entered ", Hex{reason}, " ", Hex{qualification}, "\n");
        tell(nested);
    }
}

}  // namespace vmxspec::hv
