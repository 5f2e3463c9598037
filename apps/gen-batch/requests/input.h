// The requests of a run, one after the other; memory holds one of them at a time.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "apps/gen-batch/options.h"
#include "formats/openai/request.h"

namespace quire::gen_batch {

// Longer lines become refusals; nothing real is longer.
inline constexpr std::size_t kMaxLineBytes = std::size_t{64} << 20;

// Lines of a file or of standard input ("-").
class LineReader {
  public:
    explicit LineReader(const std::string& path);  // Error{input} when it cannot be opened
    ~LineReader();
    LineReader(const LineReader&) = delete;
    LineReader& operator=(const LineReader&) = delete;

    // False at the end. Without the newline, nor a carriage return before it. A line over
    // kMaxLineBytes comes as its first bytes, with too_long(). Error{input} when reading fails.
    // Also false, though more may come, when common::interrupted() while waiting.
    bool next(std::string& line);
    // Whether next() has a whole line, or the end, without waiting.
    bool ready();
    bool too_long() const noexcept { return too_long_; }
    bool ended_with_return() const noexcept { return ended_with_return_; }
    std::uint64_t line_number() const noexcept { return line_number_; }  // of the last one, from 1
    std::uint64_t bytes_read() const noexcept { return bytes_read_; }
    std::optional<std::uint64_t> total_bytes() const noexcept { return total_bytes_; }

  private:
    bool fill();
    bool wait() const;

    std::string path_;
    int fd_ = -1;
    std::vector<char> buffer_;
    std::size_t begin_ = 0;  // of what was not taken yet, in buffer_
    std::size_t end_ = 0;
    bool at_end_ = false;
    bool too_long_ = false;
    bool ended_with_return_ = false;
    std::uint64_t line_number_ = 0;
    std::uint64_t bytes_read_ = 0;
    std::optional<std::uint64_t> total_bytes_;  // of a regular file
};

// A request as it stands in the input: enough to send it to another machine.
struct Record {
    std::uint64_t line = 0;  // where it begins, from 1
    std::string text;        // a JSON line, or a prompt
    bool is_prompt = false;
    bool raw = false;                                 // of a prompt
    std::string custom_id;                            // of those that have none of their own
    std::optional<formats::openai::Refusal> refusal;  // what was wrong already with the reading
};

// The request that the record holds; its custom_id is never missing unless it is a refusal.
formats::openai::Line parse(const Record& record);

class Input {
  public:
    virtual ~Input() = default;
    // False at the end. Blank lines are skipped.
    virtual bool next(Record& record) = 0;
    virtual LineReader& lines() = 0;
};

// Error{usage} when a table has no --template, or that names a column which is not there, and for a
// text file that neither --lines nor another option speaks of.
std::unique_ptr<Input> open_input(const Options& options);

}  // namespace quire::gen_batch
