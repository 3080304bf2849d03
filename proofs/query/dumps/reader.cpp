#include "proofs/query/dumps/reader.hpp"

#include "proofs/state/input_error.hpp"

#include <fmt/format.h>

#include <array>

namespace vmxspec::query {

std::span<const Reader> readers() {
    static const std::array all{json_reader,      xmhf_reader,       xen_reader,     kvm_reader, haxm_reader,
                                noirvisor_reader, virtualbox_reader, generic_reader, qemu_reader};
    return all;
}

std::vector<KnownState> read_dump(const State& state, std::string_view text, const std::string& where,
                                  const std::string& from) {
    std::string known;
    for (const Reader& reader : readers()) {
        if (from.empty() ? reader.recognises(text) : reader.name == from) return reader.read(state, text, where);
        known += fmt::format("{}{}", known.empty() ? "" : ", ", reader.name);
    }
    if (!from.empty()) throw InputError(fmt::format("no dump format is named {}; there are {}.", from, known));
    throw InputError(fmt::format("{} is in no format that is known: {}.", where, known));
}

void refuse_many(std::size_t dumps, const std::string& where) {
    constexpr std::size_t most = 256;
    if (dumps > most)
        throw InputError(
            fmt::format("{} holds {} dumps, more than {}; cut out those of the failure.", where, dumps, most));
}

}  // namespace vmxspec::query
