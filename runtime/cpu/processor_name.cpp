#include "runtime/cpu/processor_name.hpp"

#include "runtime/cpu/cpuid.hpp"

namespace vmxspec::runtime {

namespace {

constexpr std::uint32_t first_brand_leaf = 0x8000'0002;
constexpr std::uint32_t brand_leaves = 3;

}  // namespace

ProcessorName::ProcessorName() : signature_{cpuid(1).eax} {
    const CpuidResult leaf0 = cpuid(0);
    __builtin_memcpy(&vendor_[0], &leaf0.ebx, 4);
    __builtin_memcpy(&vendor_[4], &leaf0.edx, 4);
    __builtin_memcpy(&vendor_[8], &leaf0.ecx, 4);
    read_brand();
}

void ProcessorName::read_brand() {
    if (!cpuid_has(first_brand_leaf + brand_leaves - 1)) {
        return;
    }
    for (std::uint32_t i = 0; i < brand_leaves; ++i) {
        const CpuidResult leaf = cpuid(first_brand_leaf + i);
        __builtin_memcpy(&brand_[i * sizeof leaf], &leaf, sizeof leaf);
    }
    std::size_t length = 0;
    while (length < brand_.size() && brand_[length] != '\0') {
        char& character = brand_[length++];
        const bool printable = character >= ' ' && character <= '~' && character != '"';
        character = printable ? character : ' ';
    }
    brand_text_ = {brand_.data(), length};
    while (brand_text_.starts_with(' ')) {
        brand_text_.remove_prefix(1);
    }
    while (brand_text_.ends_with(' ')) {
        brand_text_.remove_suffix(1);
    }
}

std::uint32_t ProcessorName::family() const {
    const std::uint32_t family = signature_ >> 8 & 0xf;
    return family == 0xf ? family + (signature_ >> 20 & 0xff) : family;
}

std::uint32_t ProcessorName::model() const {
    const std::uint32_t family = signature_ >> 8 & 0xf;
    const std::uint32_t model = signature_ >> 4 & 0xf;
    return family == 0x6 || family == 0xf ? (signature_ >> 16 & 0xf) << 4 | model : model;
}

}  // namespace vmxspec::runtime
