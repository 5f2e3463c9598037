#include "lib/generate/sampling/stop_matcher.h"

#include <doctest/doctest.h>

using quire::generate::StopMatcher;

TEST_CASE("stop: a stop string ends the text, even if it arrives in pieces") {
    StopMatcher stops({"END", "\n\n"});
    CHECK(stops.push("some E") == "some ");
    CHECK(stops.push("N") == "");
    CHECK(stops.push("T") == "ENT");
    CHECK(stops.push("\n") == "");
    CHECK(!stops.stopped());
    CHECK(stops.push("\nmore") == "");
    CHECK(stops.stopped());
    CHECK(stops.push("x") == "");
}

TEST_CASE("stop: the first stop string to be complete wins, and text held back comes at the end") {
    StopMatcher stops({"bc", "abcd"});
    CHECK(stops.push("xabcd") == "xa");
    StopMatcher slowly({"bc", "abcd"});
    std::string out;
    for (const char c : std::string("xabcd")) out += slowly.push({&c, 1});
    CHECK(out == "xa");
    StopMatcher held({"</end>"});
    CHECK(held.push("a </e") == "a ");
    CHECK(held.finish() == "</e");
    StopMatcher none({""});
    CHECK(none.push("text") == "text");
}
