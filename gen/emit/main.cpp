// vmxspec-emit FILE: writes the specification as JSON.
#include "gen/emit/emit.hpp"

#include <cstdio>
#include <fstream>

int main(int count, char** argument) {
    if (count != 2) {
        std::fputs("vmxspec-emit: name one file to write the specification to\n", stderr);
        return 3;
    }
    vmxspec::Specification spec;
    std::ofstream file{argument[1], std::ios::binary};
    file << vmxspec::gen::to_json(spec);
    if (!file.flush()) {
        std::fprintf(stderr, "vmxspec-emit: cannot write %s\n", argument[1]);
        return 3;
    }
    return 0;
}
