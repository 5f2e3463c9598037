#include <doctest/doctest.h>

#include "lib/base/error.h"
#include "lib/kernels/dispatch.h"

using namespace quire;

TEST_CASE("dispatch: portable is always there and comes last") {
    const auto tables = kernels::available();
    REQUIRE(!tables.empty());
    CHECK(std::string(tables.back()->name) == "portable");
    std::string names;
    for (const auto* table : tables) names += std::string(" ") + table->name;
    MESSAGE("instruction sets this machine runs:" << names);
}

TEST_CASE("dispatch: every name finds its own table, or is refused as usage") {
    for (const std::string_view name : kernels::isa_names()) {
        bool here = false;
        for (const auto* table : kernels::available()) here = here || table->name == name;
        if (here) {
            CHECK(kernels::choose(name).name == name);
        } else {
            CHECK_THROWS_AS(kernels::choose(name), Error);
        }
    }
    try {
        kernels::choose("mmx");
        FAIL("mmx was accepted");
    } catch (const Error& error) {
        CHECK(error.code() == ErrorCode::usage);
        CHECK(std::string(error.what()).find("portable") != std::string::npos);
    }
}
