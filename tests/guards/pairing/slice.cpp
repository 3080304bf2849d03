// message: static assertion failed|static_assert failed
// Bits beyond the word.
#include "spec/lang/bits.hpp"

using namespace vmxspec;

#ifdef WRONG
Bits<8> part(Bits<32> word) { return word.slice<35, 28>(); }
#else
Bits<8> part(Bits<32> word) { return word.slice<31, 24>(); }
#endif
