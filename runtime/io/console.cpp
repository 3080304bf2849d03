#include "runtime/io/console.hpp"

namespace vmxspec::runtime {

constinit Console console;

namespace {

/// By itself, for it is large and all zeros: so no file has to hold it.
constinit Screen the_screen;

}  // namespace

Screen& Console::screen() { return the_screen; }

void Console::initialise() {
    serial_.initialise();
    debug_.initialise();
}

void Console::write(std::string_view text) {
    serial_.write(text);
    debug_.write(text);
    the_screen.write(text);
}

}  // namespace vmxspec::runtime
