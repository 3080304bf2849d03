// message: not the encoding of a whole VMCS field
// The high half of a 64-bit field is no field of its own.
#include "spec/state/encoding.hpp"

using namespace vmxspec;

#ifdef WRONG
constexpr std::uint32_t row = encoding_in<0x2807, Area::guest, FieldWidth::bits64>();
#else
constexpr std::uint32_t row = encoding_in<0x2806, Area::guest, FieldWidth::bits64>();
#endif
static_assert(row != 0);
