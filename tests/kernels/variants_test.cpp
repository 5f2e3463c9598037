#include <doctest/doctest.h>

#include "lib/base/error.h"
#include "lib/kernels/dispatch.h"

using namespace quire;

TEST_CASE("dispatch: portable is always available, and last") {
    const auto tables = kernels::available();
    REQUIRE(!tables.empty());
    CHECK(std::string(tables.back()->name) == "portable");
    std::string names;
    for (const auto* table : tables) names += std::string(" ") + table->name;
    MESSAGE("instruction sets this machine runs:" << names);
}

TEST_CASE("dispatch: a name chooses its own table, or is a usage error") {
    for (const std::string_view name : kernels::isa_names()) {
        bool available = false;
        for (const auto* table : kernels::available()) available = available || table->name == name;
        if (available) {
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
