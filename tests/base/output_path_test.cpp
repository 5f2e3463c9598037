#include "lib/base/files/output_path.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "lib/base/error.h"

using namespace quire;
using namespace quire::base;
namespace fs = std::filesystem;

namespace {

struct Folder {
    Folder() {
        std::string name = (fs::temp_directory_path() / "quire-output-XXXXXX").string();
        path = ::mkdtemp(name.data());
    }
    ~Folder() { fs::remove_all(path); }
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;

    std::string file(const std::string& name, const std::string& content) const {
        std::ofstream(path / name) << content;
        return at(name);
    }
    std::string at(const std::string& name) const { return (path / name).string(); }
    fs::path path;
};

ErrorCode code_of(const std::function<void()>& call) {
    try {
        call();
    } catch (const Error& error) {
        return error.code();
    }
    FAIL("expected an error");
    return ErrorCode::run;
}

bool begins_with_q(const std::string& path) {
    std::ifstream in(path);
    return in.get() == 'Q';
}

const FileRoles::Own kOwn{"a file of Q", begins_with_q};

}  // namespace

TEST_CASE("output path: links are followed to their targets, whether these exist or not") {
    const Folder dir;
    const std::string real = dir.file("real", "x");
    fs::create_symlink("real", dir.path / "link");
    fs::create_symlink(dir.path / "link", dir.path / "second");
    CHECK(file_id(resolve_output(dir.at("second")).target) == file_id(real));
    CHECK(resolve_output(dir.at("second")).name == dir.at("second"));
    fs::create_symlink("new", dir.path / "dangling");
    const OutputPath output = resolve_output(dir.at("dangling"));
    CHECK(fs::path(output.target).filename() == "new");
    CHECK_FALSE(output.id);
    fs::create_symlink("loop", dir.path / "loop");
    CHECK(code_of([&] { resolve_output(dir.at("loop")); }) == ErrorCode::run);
}

TEST_CASE("output path: a path that cannot hold a file is an error") {
    const Folder dir;
    dir.file("file", "x");
    CHECK(code_of([&] { resolve_output(""); }) == ErrorCode::usage);
    for (const std::string& name : {std::string("."), std::string("no/such"), std::string("file/x"),
                                    std::string(256, 'n'), std::string("new/")}) {
        CHECK(code_of([&] { resolve_output(dir.at(name)); }) == ErrorCode::run);
    }
    CHECK_NOTHROW(resolve_output(dir.at(std::string(255, 'n'))));
}

TEST_CASE("output path: FIFOs, devices and open descriptors are streams") {
    const Folder dir;
    REQUIRE(::mkfifo(dir.at("fifo").c_str(), 0600) == 0);
    CHECK(resolve_output(dir.at("fifo")).is_stream);
    fs::create_symlink("fifo", dir.path / "link");
    CHECK(resolve_output(dir.at("link")).is_stream);
    const int fd = ::open(dir.file("log", "1\n").c_str(), O_WRONLY | O_APPEND);
    fs::create_symlink("/dev/fd/" + std::to_string(fd), dir.path / "to-descriptor");
    for (const std::string& name : {"/dev/fd/" + std::to_string(fd), dir.at("to-descriptor"),
                                    "/proc/self/fd/" + std::to_string(fd)}) {
        const OutputPath output = resolve_output(name);
        CHECK(output.is_stream);
        CHECK(output.descriptor == fd);
        const int stream = open_stream(output);
        CHECK(::write(stream, "2\n", 2) == 2);
        ::close(stream);
    }
    ::close(fd);
    CHECK(fs::file_size(dir.at("log")) == 8);
    const int reading = ::open(dir.at("log").c_str(), O_RDONLY);
    CHECK(code_of([&] { resolve_output("/dev/fd/" + std::to_string(reading)); }) == ErrorCode::run);
    ::close(reading);
}

TEST_CASE("file roles: no file has two, whatever its name") {
    const Folder dir;
    const std::string input = dir.file("input", "Q");
    fs::create_hard_link(input, dir.at("hard"));
    fs::create_symlink("input", dir.path / "soft");
    fs::create_directories(dir.path / "checkpoint" / "sub");
    const std::string weights = dir.file("checkpoint/sub/weights", "w");
    const std::string packed = dir.file("checkpoint/packed", "Q");
    fs::create_hard_link(weights, dir.at("weights"));
    for (const bool overwrite : {false, true}) {
        FileRoles roles(overwrite);
        roles.reads("-i", input);
        roles.reads("the checkpoint", dir.at("checkpoint"));
        for (const char* name : {"input", "hard", "soft", "weights", "checkpoint/sub/weights"}) {
            CAPTURE(name);
            CHECK(code_of([&] { roles.writes("-o", dir.at(name), kOwn); }) == ErrorCode::usage);
        }
        // A file that Quire wrote into the folder is not part of the checkpoint.
        CHECK_NOTHROW(roles.writes("-o", packed, kOwn));
        CHECK_NOTHROW(roles.writes("--new", dir.at("new"), kOwn));
        CHECK(code_of([&] { roles.writes("--again", dir.at("./new"), kOwn); }) == ErrorCode::usage);
        CHECK(code_of([&] { roles.writes("--again", packed, kOwn); }) == ErrorCode::usage);
        CHECK_NOTHROW(roles.writes("--other", dir.at("newer"), kOwn));
    }
    FileRoles reader(true);
    const int fd = ::open(input.c_str(), O_RDONLY);
    reader.reads_descriptor("standard input", fd);
    CHECK(code_of([&] { reader.writes("-o", input, kOwn); }) == ErrorCode::usage);
    ::close(fd);
}

TEST_CASE("file roles: a file that is not ours needs --overwrite, an empty one does not") {
    const Folder dir;
    const std::string notes = dir.file("notes", "my notes");
    CHECK(code_of([&] { FileRoles(false).writes("-o", notes, kOwn); }) == ErrorCode::usage);
    CHECK_NOTHROW(FileRoles(true).writes("-o", notes, kOwn));
    CHECK_NOTHROW(FileRoles(false).writes("-o", dir.file("ours", "Q1"), kOwn));
    CHECK_NOTHROW(FileRoles(false).writes("-o", dir.file("empty", ""), kOwn));
}
