// message: this encoding belongs to a field of another width
// Guest CR0, of natural width, among the 32-bit fields: written as a row of Guest32 is.
#include "spec/state/expression.hpp"
#include "spec/state/formats_register.hpp"

namespace vmxspec {

template <class I>
struct Rows {
    template <std::uint32_t E, Text Name, template <class> class Format = Plain>
    using F = typename I::template field<encoding_in<E, Area::guest, FieldWidth::bits32>(), Name, Format>;
#ifdef WRONG
    F<0x6800, "guest CR0", Cr0> row;
#else
    F<0x4816, "guest CS access rights", AccessRights> row;
#endif
};

Rows<Expression> rows;

}  // namespace vmxspec
