/// The screen, whichever kind the firmware has left.
#pragma once

#include "runtime/io/framebuffer_text.hpp"
#include "runtime/io/vga_text.hpp"

namespace vmxspec::runtime {

/// The text screen of a VGA, or text drawn on a framebuffer. A screen that is not attached takes text and does nothing
/// with it.
class Screen {
public:
    void attach(volatile VgaText::Cell* cells) { text_.attach(cells); }
    void attach(const Framebuffer& framebuffer) { pixels_.attach(framebuffer); }
    /// Nothing is shown any more; what is on the screen stays there.
    void detach() {
        text_.detach();
        pixels_.detach();
    }

    void write(std::string_view text) {
        text_.write(text);
        pixels_.write(text);
    }

private:
    VgaText text_;
    FramebufferText pixels_;
};

}  // namespace vmxspec::runtime
