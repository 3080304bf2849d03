// message: no match for .operator>>|invalid operands to binary expression
// A rule whose premise is a word, not a truth value.
#include "spec/lang/rule.hpp"

using namespace vmxspec;

#ifdef WRONG
void row(RuleTable& table, Bits<1> a, Bool b) { table.check("rule", a >> b); }
#else
void row(RuleTable& table, Bits<1> a, Bool b) { table.check("rule", a[0] >> b); }
#endif
