#include "proofs/smt/digest.hpp"

#include <nettle/sha2.h>

namespace vmxspec::smt {

namespace {

/// A number as eight bytes, whatever the machine's order.
std::string bytes_of(std::uint64_t value) {
    std::string bytes;
    for (unsigned shift = 0; shift < 64; shift += 8) bytes += static_cast<char>(value >> shift & 0xff);
    return bytes;
}

}  // namespace

Digest digest(std::string_view bytes) {
    sha256_ctx context;
    sha256_init(&context);
    sha256_update(&context, bytes.size(), reinterpret_cast<const std::uint8_t*>(bytes.data()));
    Digest result;
    sha256_digest(&context, result.size(), result.data());
    return result;
}

std::string hexadecimal(const Digest& digest) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string text;
    for (const std::uint8_t byte : digest) (text += digits[byte >> 4]) += digits[byte & 0xf];
    return text;
}

Digest Digests::operator()(NodeId node) {
    // Operands come before their users, so that theirs are known.
    while (known_.size() <= node) known_.push_back(of(graph_[static_cast<NodeId>(known_.size())]));
    return known_[node];
}

Digest Digests::of(const Node& node) const {
    std::string bytes{static_cast<char>(node.op), static_cast<char>(node.width)};
    if (node.op == Op::leaf) return digest(bytes + leaf_name_(node.value));
    bytes += bytes_of(node.value);
    for (unsigned k = 0; k < arity(node.op); ++k) {
        const Digest& operand = known_[node.operand[k]];
        bytes.append(reinterpret_cast<const char*>(operand.data()), operand.size());
    }
    return digest(bytes);
}

}  // namespace vmxspec::smt
