// message: no match for .operator==|invalid operands to binary expression
// A rule that compares a 32-bit word with a 64-bit one.
#include "spec/lang/rule.hpp"

using namespace vmxspec;

#ifdef WRONG
void row(RuleTable& table, Bits<32> a, Bits<64> b) { table.check("rule", a == b); }
#else
void row(RuleTable& table, Bits<32> a, Bits<64> b) { table.check("rule", extend<64>(a) == b); }
#endif
