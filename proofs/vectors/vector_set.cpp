#include "proofs/vectors/vector_set.hpp"

#include "proofs/state/input_error.hpp"
#include "proofs/state/json_value.hpp"

#include <fmt/format.h>

#include <charconv>

namespace vmxspec::vectors {

namespace {

constexpr const char* format = "vmxspec-vector-set";

const char* to_text(LeftOut::Kind kind) {
    switch (kind) {
        case LeftOut::Kind::never: return "never";
        case LeftOut::Kind::with_others: return "with others";
        case LeftOut::Kind::unsafe: return "unsafe";
    }
    return "";
}

LeftOut::Kind kind_of(const std::string& text, const std::string& where) {
    for (const LeftOut::Kind kind : {LeftOut::Kind::never, LeftOut::Kind::with_others, LeftOut::Kind::unsafe})
        if (text == to_text(kind)) return kind;
    throw InputError(fmt::format("{}: \"{}\" is no kind of what a file of vectors leaves out.", where, text));
}

unsigned part(std::string_view text, std::string_view whole) {
    unsigned value = 0;
    const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || stop != text.data() + text.size() || value == 0)
        throw InputError(fmt::format("\"{}\" is no shard: write the 2nd of 8 as 2/8.", whole));
    return value;
}

}  // namespace

Shard parse_shard(std::string_view text) {
    const std::size_t slash = text.find('/');
    if (slash == std::string_view::npos)
        throw InputError(fmt::format("\"{}\" is no shard: write the 2nd of 8 as 2/8.", text));
    const Shard shard{part(text.substr(0, slash), text), part(text.substr(slash + 1), text)};
    if (shard.number > shard.of)
        throw InputError(fmt::format("\"{}\" is no shard: there are only {}.", text, shard.of));
    return shard;
}

nlohmann::ordered_json to_json(const VectorSet& set) {
    nlohmann::ordered_json json{{"format", format},
                                {"specification", set.specification},
                                {"digest", set.digest},
                                {"whole", set.whole},
                                {"vectors", set.vectors},
                                {"shard", fmt::format("{}/{}", set.shard.number, set.shard.of)},
                                {"left_out", nlohmann::ordered_json::array()}};
    for (const LeftOut& one : set.left_out)
        json["left_out"].push_back({{"rule", one.rule},
                                    {"keeping", one.keeping},
                                    {"kind", to_text(one.kind)},
                                    {"by_probe", one.by_probe},
                                    {"with", one.with},
                                    {"reason", one.reason}});
    json["notes"] = set.notes;
    return json;
}

VectorSet vector_set(const nlohmann::json& document, const std::string& where) {
    if (json_text(document, "format", "", where) != format)
        throw InputError(fmt::format("{} does not describe vectors: its \"format\" is not \"{}\".", where, format));
    try {
        VectorSet set{
            document.at("specification"), document.at("digest"), document.at("whole"), document.at("vectors"), {}, {},
            document.at("notes")};
        set.shard = parse_shard(document.at("shard").get<std::string>());
        for (const nlohmann::json& one : document.at("left_out"))
            set.left_out.push_back({one.at("rule"), one.at("keeping"), kind_of(one.at("kind"), where),
                                    one.at("by_probe"), one.at("with"), one.at("reason")});
        return set;
    } catch (const nlohmann::json::exception& error) {
        throw InputError(fmt::format("{} is damaged: {}.", where, error.what()));
    }
}

VectorSet parse_vector_set(std::string_view json, const std::string& where) {
    return vector_set(json_document(json, where), where);
}

}  // namespace vmxspec::vectors
