/// Which processor this is.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace vmxspec::runtime {

/// What CPUID says of the processor's name.
class ProcessorName {
public:
    /// Asks CPUID.
    ProcessorName();

    [[nodiscard]] std::string_view vendor() const { return {vendor_.data(), vendor_.size()}; }

    /// The brand string without the blanks around it; empty where CPUID has none. Its quotation marks, if it
    /// has any, are blanks here.
    [[nodiscard]] std::string_view brand() const { return brand_text_; }

    [[nodiscard]] std::uint32_t signature() const { return signature_; }  ///< CPUID.1:EAX
    [[nodiscard]] std::uint32_t family() const;                           ///< with the extended family
    [[nodiscard]] std::uint32_t model() const;                            ///< with the extended model
    [[nodiscard]] std::uint32_t stepping() const { return signature_ & 0xf; }

private:
    void read_brand();

    std::array<char, 12> vendor_{};
    std::array<char, 48> brand_{};
    std::string_view brand_text_;
    std::uint32_t signature_;
};

}  // namespace vmxspec::runtime
