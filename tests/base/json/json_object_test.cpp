#include "lib/base/json/json_object.h"
#include "lib/base/json/json.h"

#include <doctest/doctest.h>

#include <array>

using namespace quire;

namespace {

using Json = nlohmann::ordered_json;
using Object = base::JsonObject<Json>;

template <typename Read>
std::string message_of(const Json& json, const Read& read) {
    try {
        Object object(json, "file");
        read(object);
    } catch (const Error& error) {
        return error.what();
    }
    return "none";
}

enum class Color : std::uint8_t { red, green };
constexpr std::array<std::string_view, 2> kColorNames{"red", "green"};
constexpr base::EnumNames<Color> kColors(kColorNames);

}  // namespace

TEST_CASE("members are read with their types") {
    const Json json{{"b", true}, {"n", 4294967295U}, {"x", 0.5}, {"s", "text"}, {"c", "green"}};
    Object object(json, "file");
    CHECK(object.get<bool>("b"));
    CHECK(object.get<std::uint32_t>("n") == 4294967295U);
    CHECK(object.get<double>("x") == 0.5);
    CHECK(object.get<std::string>("s") == "text");
    CHECK(object.get("c", kColors) == Color::green);
    object.done();
}

TEST_CASE("a fault names the place, the member, and what was expected and found") {
    const auto says = [](const Json& json, const auto& read) { return message_of(json, read); };
    CHECK(says(Json::array(), [](Object&) {}) == "file: expected an object, found []");
    CHECK(says(Json::object(), [](Object& o) { o.get<bool>("b"); }) ==
          "file: b: expected this field, found none");
    CHECK(says({{"b", 1}}, [](Object& o) { o.get<bool>("b"); }) ==
          "file: b: expected true or false, found 1");
    CHECK(says({{"s", nullptr}}, [](Object& o) { o.get<std::string>("s"); }) ==
          "file: s: expected this field, found none");
    CHECK(says({{"c", "blue"}}, [](Object& o) { o.get("c", kColors); }) ==
          "file: c: expected one of red, green, found \"blue\"");
    CHECK(says({{"l", 1}}, [](Object& o) { o.list("l"); }) == "file: l: expected a list, found 1");
}

TEST_CASE("integers are refused outside their range, whatever their sign and size") {
    const auto read = [](Object& o) { o.integer("n", 1, 7); };
    for (const Json& bad : {Json(0), Json(-1), Json(8), Json(UINT64_MAX), Json::binary({'9'})}) {
        CHECK(message_of({{"n", bad}}, read).find("expected an integer from 1 to 7, found ") !=
              std::string::npos);
    }
    CHECK(message_of({{"n", 1.5}}, read) == "file: n: expected an integer, found 1.5");
    CHECK(message_of({{"n", 7}}, read) == "none");
    CHECK(message_of({{"n", 4294967296U}}, [](Object& o) { o.get<std::uint32_t>("n"); }) != "none");
}

TEST_CASE("an absent member and null are the same unless the member must be there") {
    const Json json{{"null", nullptr}};
    Object object(json, "file");
    CHECK(object.find("null") == nullptr);
    CHECK(object.find_as<double>("absent") == std::nullopt);
    CHECK(object.get_nullable<std::string>("null") == std::nullopt);
    CHECK_THROWS_AS(object.get_nullable<std::string>("absent"), Error);
}

TEST_CASE("members that nobody read are reported, in order") {
    const Json json{{"a", 1}, {"b", 2}, {"c", 3}};
    Object object(json, "file");
    object.find("b");
    CHECK(object.unread() == std::vector<std::string>{"a", "c"});
    object.ignore("a");
    CHECK(message_of(json, [](Object& o) { o.done(); }) == "file: unknown field a");
    object.ignore("c");
    object.done();
}
