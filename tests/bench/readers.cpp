// How fast dumps are read, a format each: a megabyte of a machine's log with one dump in its middle, recognised and
// read.
#include "proofs/query/dumps/kvm_rows.hpp"
#include "proofs/query/dumps/xen_rows.hpp"
#include "proofs/state/input_error.hpp"
#include "tests/bench/recorded_state.hpp"
#include "tests/unit/field_list_renderer.hpp"
#include "tests/unit/xmhf_renderer.hpp"

#include <benchmark/benchmark.h>

using namespace vmxspec;

namespace {

const State& state() {
    static const Specification spec;
    return spec.state;
}

/// Lines as a kernel logs them, with numbers, names and signs that dumps have too.
std::string log_lines(std::size_t size) {
    constexpr std::array lines{
        "usb 1-1: new high-speed USB device number 5 using xhci_hcd",
        "EXT4-fs (sda1): mounted filesystem with ordered data mode. Opts: (null)",
        "e1000e 0000:00:19.0 eth0: NIC Link is Up 1000 Mbps Full Duplex, Flow Control: Rx/Tx",
        "RSP: 0018:ffffb2a2c0003e58 EFLAGS: 00010246",
        "RAX: 0000000000000000 RBX: ffff9d0c45d5e000 RCX: 0000000000000000",
        "CR2: 0000000000000008 CR3: 000000010a2fa000 CR4: 0000000000370ee0",
        "perf: interrupt took too long (2510 > 2500), lowering kernel.perf_event_max_sample_rate to 79500",
    };
    std::string text;
    for (unsigned n = 0; text.size() < size; ++n)
        text += fmt::format("[{:5}.{:06}] {}\n", 1000 + n / 20, n * 7919 % 1000000, lines[n % lines.size()]);
    return text;
}

std::string in_log(const std::string& dump) {
    constexpr std::size_t half = 1 << 19;
    static const std::string log = log_lines(half);
    return log + dump + log;
}

std::string recorded(const std::string& from) {
    const KnownState known = query::read_dump(state(), bench::text_of("before02"), "before02", "json").front();
    if (from == "kvm") return test::render(known, query::kvm_rows(), query::kvm_era::d).text;
    if (from == "xen") return test::render(known, query::xen_rows(), query::xen_era::x4, "(XEN) ").text;
    if (from == "haxm") return test::render_list(known, test::ListStyle::haxm).text;
    if (from == "generic") return test::render_list(known, test::ListStyle::generic).text;
    if (from == "xmhf") return test::XmhfRenderer{known, test::Notation::at_signs}.text();
    return test::fixture_dump(from == "virtualbox" ? "virtualbox-real-mode.txt" : from + ".txt");
}

void read(benchmark::State& run, const std::string& text) {
    for (auto _ : run) benchmark::DoNotOptimize(query::read_dump(state(), text, "log", ""));
    run.SetBytesProcessed(run.iterations() * static_cast<std::int64_t>(text.size()));
}

void refuse(benchmark::State& run, const std::string& text) {
    for (auto _ : run) try {
            benchmark::DoNotOptimize(query::read_dump(state(), text, "log", ""));
        } catch (const InputError&) {
            run.counters["refused"] = 1;
        }
    run.SetBytesProcessed(run.iterations() * static_cast<std::int64_t>(text.size()));
}

const bool registered = [] {
    for (const char* from : {"kvm", "xen", "haxm", "generic", "xmhf", "noirvisor", "virtualbox"})
        benchmark::RegisterBenchmark((std::string{"read_"} + from + "_in_a_log").c_str(),
                                     [text = in_log(recorded(from))](benchmark::State& run) { read(run, text); })
            ->Unit(benchmark::kMillisecond);
    benchmark::RegisterBenchmark("refuse_a_log", [text = in_log("")](benchmark::State& run) {
        refuse(run, text);
    })->Unit(benchmark::kMillisecond);
    return true;
}();

}  // namespace
