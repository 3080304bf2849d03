// What is wrong with an input, in one sentence for its user: what, where, and what to do.
#pragma once

#include <stdexcept>

namespace vmxspec {

class InputError : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

}  // namespace vmxspec
