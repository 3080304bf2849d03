/// The C functions that a freestanding compiler, or its std::string_view, may call on its own account.
#include <cstddef>
#include <cstdint>

#ifdef __x86_64__
#define MOVE_WORDS "rep movsq"
#define STORE_WORDS "rep stosq"
#else
#define MOVE_WORDS "rep movsl"
#define STORE_WORDS "rep stosl"
#endif

namespace {
using Word = std::uintptr_t;
constexpr std::size_t rest_of_words = sizeof(Word) - 1;
}  // namespace

extern "C" {

// String instructions: short, and fast. In assembler, because the compiler recognises a plain loop and turns it into a
// call of the very function that it stands in. As wide as can be: byte by byte is slow on processors before Ivy
// Bridge, and what has 4 or 8 bytes, such as an entry of a paging structure that another processor may be changing,
// is to be read at once.
void* memcpy(void* to, const void* from, std::size_t size) {
    void* cursor = to;
    std::size_t count = size / sizeof(Word);
    asm volatile(MOVE_WORDS : "+D"(cursor), "+S"(from), "+c"(count) : : "memory");
    if ((size & rest_of_words & 4) != 0) {
        asm volatile("movsl" : "+D"(cursor), "+S"(from) : : "memory");
    }
    count = size & 3;
    asm volatile("rep movsb" : "+D"(cursor), "+S"(from), "+c"(count) : : "memory");
    return to;
}

void* memset(void* to, int value, std::size_t size) {
    const Word values = static_cast<unsigned char>(value) * (~Word{0} / 0xff);  // the byte, in each byte
    void* cursor = to;
    std::size_t count = size / sizeof(Word);
    asm volatile(STORE_WORDS : "+D"(cursor), "+c"(count) : "a"(values) : "memory");
    count = size & rest_of_words;
    asm volatile("rep stosb" : "+D"(cursor), "+c"(count) : "a"(values) : "memory");
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
