// Importance files: what was written is read back, and damage of any kind is an error that says
// where.
#include "formats/importance/importance.h"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include "lib/base/error.h"
#include "tests/formats/support.h"

namespace quire::formats {

namespace {

using tests::error_of;

// Two inputs: one that two matrices share, with products, and one of squares alone.
std::vector<InputMoments> two_inputs() {
    return {{"layers.0.q", {"layers.0.k"}, {1.0F, 2.0F}, {1.0F, 0.5F, 2.0F}},
            {"layers.0.down", {}, {3.0F, 4.0F, 5.0F}, {}}};
}

std::string written(const std::vector<InputMoments>& inputs) {
    const tests::TempDir folder;
    const std::string path = folder.write("i", "");
    write_importance(base::resolve_output(path), inputs, "model", 7);
    return tests::read_file(path);
}

// Everything that pack reads from a file.
void use(const std::string& path) {
    const Importance file(path);
    for (const char* name : {"layers.0.q", "layers.0.k", "layers.0.down", "layers.0.up", ""}) {
        const std::string owner = file.owner(name);
        if (owner.empty()) continue;
        const std::uint64_t n = owner == "layers.0.down" ? 3 : 2;
        for (const float x : file.squares(owner, n)) CHECK((std::isfinite(x) && x >= 0.0F));
        for (const float x : file.products(owner, n)) CHECK(std::isfinite(x));
    }
}

std::string verdict(const std::string& content) {
    const tests::TempDir folder;
    const std::string path = folder.write("i", content);
    return error_of([&] { use(path); });
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
    REQUIRE(from.size() == to.size());
    const auto at = text.find(from);
    REQUIRE(at != std::string::npos);
    return text.replace(at, from.size(), to);
}

}  // namespace

TEST_CASE("importance: what was written is read back") {
    const tests::TempDir folder;
    const Importance file(folder.write("i", written(two_inputs())));
    CHECK(file.owner("layers.0.q") == "layers.0.q");
    CHECK(file.owner("layers.0.k") == "layers.0.q");
    CHECK(file.owner("layers.0.up").empty());
    CHECK(file.squares("layers.0.q", 2) == std::vector<float>{1.0F, 2.0F});
    CHECK(file.products("layers.0.q", 2) == std::vector<float>{1.0F, 0.5F, 2.0F});
    CHECK(file.squares("layers.0.down", 3) == std::vector<float>{3.0F, 4.0F, 5.0F});
    CHECK(file.products("layers.0.down", 3).empty());
}

TEST_CASE("importance: other files, other models and senseless numbers are refused") {
    const std::string good = written(two_inputs());
    CHECK(verdict(good).empty());
    CHECK(verdict(replaced(good, "\"importance\":\"1\"", "\"importance\":\"2\""))
              .find("eval importance") != std::string::npos);
    CHECK(verdict(replaced(good, "importance", "impertinen")).find("eval importance") !=
          std::string::npos);
    // A matrix that is said to share the input of an absent one: nothing is known about it.
    CHECK(verdict(replaced(good, "\"layers.0.k\":\"layers.0.q\"", "\"layers.0.k\":\"layers.9.q\""))
              .empty());
    auto inputs = two_inputs();
    inputs[0].squares[1] = -1.0F;
    CHECK(verdict(written(inputs)).find("layers.0.q.squares: expected no negative value") !=
          std::string::npos);
    inputs = two_inputs();
    inputs[0].products[2] = std::numeric_limits<float>::quiet_NaN();
    CHECK(verdict(written(inputs)).find("layers.0.q.products: holds a value that is not") !=
          std::string::npos);
    inputs = two_inputs();
    inputs[1].squares.push_back(1.0F);
    CHECK(verdict(written(inputs)).find("layers.0.down.squares: expected 3 values, found 4") !=
          std::string::npos);
}

TEST_CASE("importance: a truncated file is refused, one with flipped bits refused or read") {
    const std::string good = written(two_inputs());
    tests::check_every_prefix_refused(good, use);
    CHECK(tests::count_refused_flips(good, good.size(), use) > 500);
}

}  // namespace quire::formats
