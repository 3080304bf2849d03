// message: this encoding belongs to another area of the VMCS
// A host-state field among the guest-state fields.
#include "spec/state/encoding.hpp"

using namespace vmxspec;

#ifdef WRONG
constexpr std::uint32_t row = encoding_in<0x6c00, Area::guest, FieldWidth::natural>();
#else
constexpr std::uint32_t row = encoding_in<0x6800, Area::guest, FieldWidth::natural>();
#endif
static_assert(row != 0);
