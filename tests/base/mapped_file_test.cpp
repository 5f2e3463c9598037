#include "lib/base/files/mapped_file.h"

#include <doctest/doctest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>

#include "lib/base/error.h"

using namespace quire;

TEST_CASE("mapped_file: an absent file gives nothing, a link that leads nowhere is an error") {
    namespace fs = std::filesystem;
    std::string pattern = (fs::temp_directory_path() / "quire-XXXXXX").string();
    REQUIRE(::mkdtemp(pattern.data()) != nullptr);
    const std::string dir = pattern + "/";
    std::ofstream(dir + "there") << "text";
    fs::create_symlink("there", dir + "link");
    fs::create_symlink("nowhere", dir + "dangling");
    fs::create_symlink("loop", dir + "loop");

    CHECK(!base::read_optional_file(dir + "absent", 9));
    CHECK(!base::read_optional_file(dir + "there/absent", 9));
    CHECK(base::read_optional_file(dir + "there", 9) == "text");
    CHECK(base::read_optional_file(dir + "link", 9) == "text");
    for (const std::string name : {"dangling", "loop"}) {
        CAPTURE(name);
        try {
            base::read_optional_file(dir + name, 9);
            FAIL("expected an error");
        } catch (const Error& e) {
            CHECK(e.code() == ErrorCode::model);
            CHECK(std::string(e.what()).starts_with(dir + name + ": is a link that cannot"));
        }
    }
    CHECK_THROWS_AS(base::read_optional_file(dir, 9), Error);            // a folder
    CHECK_THROWS_AS(base::read_optional_file(dir + "there", 3), Error);  // too long
    CHECK_THROWS_AS(base::file_exists(dir + std::string(5000, 'x')), Error);
    fs::remove_all(pattern);
}
