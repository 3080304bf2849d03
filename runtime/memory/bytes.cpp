/// The C functions that a freestanding compiler, or its std::string_view, may call on its own account.
#include <cstddef>
#include <cstdint>

extern "C" {

// REP MOVSB and REP STOSB: short, and fast on every processor that has VMX. In assembler, because the
// compiler recognises a plain loop and turns it into a call of the very function that it stands in.
void* memcpy(void* to, const void* from, std::size_t size) {
    void* cursor = to;
    asm volatile("rep movsb" : "+D"(cursor), "+S"(from), "+c"(size) : : "memory");
    return to;
}

void* memset(void* to, int value, std::size_t size) {
    void* cursor = to;
    asm volatile("rep stosb" : "+D"(cursor), "+c"(size) : "a"(value) : "memory");
    return to;
}

void* memmove(void* to, const void* from, std::size_t size) {
    if (reinterpret_cast<std::uintptr_t>(to) - reinterpret_cast<std::uintptr_t>(from) >= size) {
        return memcpy(to, from, size);
    }
    void* cursor = static_cast<char*>(to) + size - 1;
    const void* source = static_cast<const char*>(from) + size - 1;
    asm volatile("std\n\trep movsb\n\tcld" : "+D"(cursor), "+S"(source), "+c"(size) : : "memory", "cc");
    return to;
}

int memcmp(const void* left, const void* right, std::size_t size) {
    const auto* l = static_cast<const unsigned char*>(left);
    const auto* r = static_cast<const unsigned char*>(right);
    for (; size != 0; --size, ++l, ++r) {
        if (*l != *r) {
            return *l - *r;
        }
    }
    return 0;
}

std::size_t strlen(const char* text) {
    std::size_t length = 0;
    while (text[length] != '\0') {
        asm volatile("" : : : "memory");  // keeps the compiler from seeing a call of strlen in here
        ++length;
    }
    return length;
}
}
