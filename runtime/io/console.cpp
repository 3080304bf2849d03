#include "runtime/io/console.hpp"

namespace vmxspec::runtime {

constinit Console console;

}  // namespace vmxspec::runtime
