// The one translation unit that holds Catch's main().
#define CATCH_CONFIG_MAIN
#include <catch2/catch.hpp>
