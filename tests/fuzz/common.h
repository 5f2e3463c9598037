// What the fuzz targets share. A target is a function that takes any bytes: it may refuse them with a
// quire::Error and nothing else, whose message is one short line without control characters.
//
// The same functions run in two programs: `fuzz` (libFuzzer, preset fuzz) and `fuzz_replay` (any
// compiler, part of the tests), which goes once through the seeds and the inputs that fuzzing found.
#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "lib/base/bytes.h"

namespace quire::fuzz {

struct Target {
    const char* name;
    void (*run)(std::string_view input);
    bool is_json = false;  // the mutator knows JSON
};

// All targets, in alphabetical order.
std::span<const Target> targets();
// nullptr when there is none of that name.
const Target* find_target(std::string_view name);

// Ends the process with the message unless `holds`, so that the fuzzer keeps the input.
void expect(bool holds, const char* message);

// Runs the call and returns whether it threw an Error, whose message is checked. Any other exception
// ends the process, as it does outside of the fuzzer.
bool refuses(const std::function<void()>& run);

// The parts between lines that hold only "%%". At most max_parts: the last one takes the rest.
std::vector<std::string_view> split_parts(std::string_view input, std::size_t max_parts);

// One section after the other: a byte with the length of the name, the name, the length of the
// content in 4 bytes, the content. What does not fit is cut.
struct Section {
    std::string_view name;
    std::string_view content;
};
std::vector<Section> split_sections(std::string_view input);

// A folder in memory for the files that a reader opens by name. One for each process.
class Folder {
  public:
    Folder();
    ~Folder();
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;

    const std::string& path() const noexcept { return path_; }
    // Writes the file and returns its path.
    std::string write(const std::string& name, std::string_view content);
    // Empties the folder.
    void clear();

  private:
    std::string path_;
    std::vector<std::string> written_;
};
Folder& folder();

}  // namespace quire::fuzz
