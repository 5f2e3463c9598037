// Reads the requests of a run one at a time.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "apps/gen-batch/options.h"
#include "formats/openai/request.h"

namespace quire::gen_batch {

// Longer lines become refusals; no real request is longer.
inline constexpr std::size_t kMaxLineBytes = std::size_t{64} << 20;

// Lines of a file or of standard input ("-").
class LineReader {
  public:
    explicit LineReader(const std::string& path);  // Error{input} when it cannot be opened
    ~LineReader();
    LineReader(const LineReader&) = delete;
    LineReader& operator=(const LineReader&) = delete;

    // The next line without its newline and a carriage return before that. False at the end, and
    // when common::interrupted() while waiting. A line over kMaxLineBytes is cut, and too_long() is
    // then true. Error{input} when reading fails.
    bool next(std::string& line);
    // Whether next() can return without waiting.
    bool ready();
    bool too_long() const noexcept { return too_long_; }
    bool ended_with_return() const noexcept { return ended_with_return_; }
    std::uint64_t line_number() const noexcept { return line_number_; }  // of the last line, from 1
    std::uint64_t bytes_read() const noexcept { return bytes_read_; }
    std::optional<std::uint64_t> total_bytes() const noexcept { return total_bytes_; }

  private:
    bool fill();
    bool wait() const;

    std::string path_;
    int fd_ = -1;
    std::vector<char> buffer_;
    std::size_t begin_ = 0;  // of the unread bytes in buffer_
    std::size_t end_ = 0;
    bool at_end_ = false;
    bool too_long_ = false;
    bool ended_with_return_ = false;
    std::uint64_t line_number_ = 0;
    std::uint64_t bytes_read_ = 0;
    std::optional<std::uint64_t> total_bytes_;  // of a regular file
};

// A request as it is in the input: all that another process needs to compute it.
struct Record {
    std::uint64_t line = 0;  // on which it begins, from 1
    std::string text;        // a JSON line, or a prompt
    bool is_prompt = false;
    bool raw = false;                                 // of a prompt
    std::string custom_id;                            // for a request that has none of its own
    std::optional<formats::openai::Refusal> refusal;  // set when it could not be read
};

// Parses the record. Unless it is refused, the request has a custom_id.
formats::openai::Line parse(const Record& record);

class Input {
  public:
    virtual ~Input() = default;
    // False at the end. Blank lines are skipped.
    virtual bool next(Record& record) = 0;
    virtual LineReader& lines() = 0;
};

// Error{usage} when a table has no --template, or the template names a column that does not exist,
// and for a text file without --lines or another option that says what it is.
std::unique_ptr<Input> open_input(const Options& options);

}  // namespace quire::gen_batch
