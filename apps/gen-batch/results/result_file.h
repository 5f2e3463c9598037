// One file of results: those of the run, or its errors alone (--errors).
//
// Results come in the order of the input (or as they are finished, when unordered). As long as the
// lines of an earlier run agree with what is asked for, they stay where they are and new ones are
// appended behind. Where they do not, the file is written anew beside the old one, which it
// replaces when it is complete.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>

#include "apps/gen-batch/results/journal.h"
#include "formats/openai/response.h"
#include "lib/base/files/atomic_file.h"

namespace quire::gen_batch {

// What stands in a file of results before the run.
struct EarlierResults {
    std::uint64_t n_bytes = 0;       // of whole lines; what is behind is an incomplete one
    std::uint64_t n_other = 0;       // results made with other settings or by another model
    bool other_answers = false;      // of them, whether one is an answer: finished work
    std::uint64_t foreign_line = 0;  // the first that is no result, from 1; 0: there is none
};
// Reads all of it and changes nothing.
EarlierResults look_through(const Journal& journal, std::uint64_t settings_hash);

class ResultFile {
  public:
    // Opens and locks the file; opens a stream, waiting for the reader of a FIFO.
    explicit ResultFile(const base::OutputPath& output);
    ~ResultFile();
    ResultFile(const ResultFile&) = delete;
    ResultFile& operator=(const ResultFile&) = delete;

    bool is_stream() const noexcept { return !journal_; }
    const Journal& journal() const { return *journal_; }  // not of a stream
    const std::string& name() const noexcept { return output_.name; }

    // Before anything else: cuts an incomplete last line off; or nothing of the file is kept, and
    // the new one replaces it when it is complete.
    void begin(const EarlierResults& earlier);
    void begin_anew();

    // Reading along: the first line that was not accepted yet; none at the end, and of a stream.
    const std::optional<formats::openai::OutputLine>& next_line();
    void accept();  // it stays where it is
    // Begins a new file with the lines accepted so far.
    void rebuild();
    // Begins a new file with the bytes of the old one that are not in `left_out` (begins and ends).
    void rebuild_without(const std::map<std::uint64_t, std::uint64_t>& left_out);
    bool is_rebuilt() const noexcept { return fresh_ != nullptr; }
    // Where the first line that was not accepted begins.
    std::uint64_t accepted_end();

    // A line, held until flush().
    void put(std::string_view line);
    // Error{run} when not everything can be written; held() is then what is left.
    void flush();
    const std::string& held() const noexcept { return held_; }
    void sync();
    // Everything is durable and under its name.
    void finish();

  private:
    void copy(std::uint64_t begin, std::uint64_t end);

    base::OutputPath output_;
    int stream_ = -1;
    std::unique_ptr<Journal> journal_;         // null: a stream
    std::unique_ptr<base::AtomicFile> fresh_;  // the new file, while there is one
    std::unique_ptr<JournalReader> reader_;
    std::optional<formats::openai::OutputLine> line_;
    bool has_line_ = false;  // line_ is that of the reader
    std::string held_;
};

}  // namespace quire::gen_batch
