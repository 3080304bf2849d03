// The interpretation of the state structs as expressions: a member is a leaf of the graph (Bits<W> or Bool) that
// also has its named bits as members, so that a rule reads `guest.cr0.pg` and `entry.ia32e_mode_guest`.
#pragma once

#include "spec/lang/bits.hpp"
#include "spec/state/encoding.hpp"
#include "spec/state/processor.hpp"

#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace vmxspec {

/// Where the value of a leaf comes from.
enum class Source : std::uint8_t {
    vmcs,   ///< a VMCS field; key is its encoding
    msr,    ///< an MSR of the processor; key is its index
    cpuid,  ///< CPUID bits
    state,  ///< processor state, memory or an MSR-area entry
};

/// A named bit or bit range of a leaf.
struct NamedBits {
    unsigned high;
    unsigned low;
    std::string_view name;         ///< member name, as in `guest.cr0.pg`
    std::string_view manual_name;  ///< as the manual writes it
};

/// CPUID coordinates of a feature.
struct CpuidPlace {
    std::uint32_t leaf = 0;
    std::uint32_t subleaf = 0;
    CpuidRegister reg{};
    unsigned high = 0;
    unsigned low = 0;
};

/// What is known of a leaf besides its place in the graph.
struct Leaf {
    std::string name;              ///< `area.member`, as the user writes it
    std::string_view manual_name;  ///< as the manual writes it
    unsigned width = 0;            ///< bits; 0 is a Bool
    Source source{};
    std::uint32_t key = 0;  ///< encoding or MSR index
    CpuidPlace cpuid{};
    std::vector<NamedBits> bits;
};

struct Expression {
    template <unsigned N, Text Name>
    struct bit : Bool {
        static constexpr unsigned high = N, low = N;
        static constexpr std::string_view manual_name = Name.view();
        bit() = default;
        template <unsigned W>
        explicit bit(Bits<W> word) : Bool{word[N]} {}
    };
    template <unsigned Hi, unsigned Lo, Text Name>
    struct part : Bits<Hi - Lo + 1> {
        static constexpr unsigned high = Hi, low = Lo;
        static constexpr std::string_view manual_name = Name.view();
        part() = default;
        template <unsigned W>
        explicit part(Bits<W> word) : Bits<Hi - Lo + 1>{word.template slice<Hi, Lo>()} {}
    };

    template <unsigned Width, Text Name, template <class> class Format>
    struct word : Bits<Width>, Format<Expression> {
        using format = Format<Expression>;
        static constexpr unsigned leaf_width = Width;
        static constexpr std::string_view manual_name = Name.view();
    };
    template <Text Name>
    struct flag : Bool {
        using format = Plain<Expression>;
        static constexpr unsigned leaf_width = 0;
        static constexpr std::string_view manual_name = Name.view();
    };
    template <unsigned Width, Text Name, template <class> class Format>
    using leaf = std::conditional_t<Width == 1, flag<Name>, word<Width, Name, Format>>;

    template <std::uint32_t E, Text Name, template <class> class Format>
    struct field : word<Encoding{E}.width(), Name, Format> {
        static constexpr Source source = Source::vmcs;
        static constexpr std::uint32_t key = E;
    };
    template <std::uint32_t Index, Text Name, template <class> class Format>
    struct msr : word<64, Name, Format> {
        static constexpr Source source = Source::msr;
        static constexpr std::uint32_t key = Index;
    };
    template <std::uint32_t L, std::uint32_t S, CpuidRegister R, unsigned Hi, unsigned Lo, Text Name>
    struct cpuid : leaf<Hi - Lo + 1, Name, Plain> {
        static constexpr Source source = Source::cpuid;
        static constexpr std::uint32_t key = 0;
        static constexpr CpuidPlace place{L, S, R, Hi, Lo};
    };
    template <unsigned Width, Text Name, template <class> class Format>
    struct state : leaf<Width, Name, Format> {
        static constexpr Source source = Source::state;
        static constexpr std::uint32_t key = 0;
    };
};

}  // namespace vmxspec
