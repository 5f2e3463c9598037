// A file of lines that only grows: each line is written whole, and made durable soon after without
// anybody waiting for the disk. What a crash can leave is a last line that is incomplete.
//
// One process at a time: the file is locked, and a second process that opens it is refused.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

#include "lib/base/files/output_path.h"

namespace quire::gen_batch {

class Journal {
  public:
    // Opens or creates a regular file and locks it; nothing in it is changed. The file that is
    // locked is the one that the name leads to, also when another process has just replaced it.
    // Error{run} when that cannot be done, or another process has it open.
    explicit Journal(const base::OutputPath& output);
    // Without close(): what was written stays, as after a crash. A file that was created here, and
    // that nothing was to be written to, is removed.
    ~Journal();
    Journal(const Journal&) = delete;
    Journal& operator=(const Journal&) = delete;

    // A new file with this content in the place of an older one, locked before it gets its name.
    static std::unique_ptr<Journal> replace(std::unique_ptr<Journal> old, std::string_view content);

    // Whole lines. Error{run} when they cannot all be written: the file then holds those lines that
    // could be, as size() says.
    void append(std::string_view lines);
    // Cuts the file; `size` is the end of a line.
    void truncate(std::uint64_t size);
    // The bytes [begin, end), or fewer at the file's end.
    std::string read(std::uint64_t begin, std::uint64_t end) const;
    // Waits until everything is on the disk.
    void sync();
    // Error{run} when something else stands under the file's name by now.
    void check_in_place() const;
    // sync() and check_in_place().
    void close();
    // The file goes.
    void remove();

    std::uint64_t size() const noexcept { return size_; }
    const base::OutputPath& output() const noexcept { return output_; }

  private:
    Journal(const base::OutputPath& output, int locked_descriptor);
    void open_locked();
    void start();
    void keep_syncing();
    void stop();
    bool is_in_place() const;

    base::OutputPath output_;
    int fd_ = -1;
    bool created_ = false;
    std::uint64_t size_ = 0;
    // The thread that syncs once a second what was appended meanwhile.
    std::thread syncer_;
    std::mutex mutex_;
    std::condition_variable wake_;
    bool stopping_ = false;
    std::atomic<bool> dirty_{false};
    std::atomic<int> sync_error_{0};
};

// Locks a file for this process. Where the file system has no locks, a warning says so once.
// Error{run} naming `name` when another process holds the lock.
void lock_file(int descriptor, const std::string& name);

// Reads the lines that a journal has at this moment, each with where it begins.
class JournalReader {
  public:
    // begin: of the first line to be read.
    explicit JournalReader(const Journal& journal, std::uint64_t begin = 0)
        : journal_(journal), end_(journal.size()), file_position_(begin), position_(begin) {}

    // False at the end; a last line without newline is not a line.
    bool next(std::string& line);
    std::uint64_t line_begin() const noexcept { return line_begin_; }
    std::uint64_t line_end() const noexcept { return position_; }

  private:
    const Journal& journal_;
    std::uint64_t end_;            // of what is read
    std::uint64_t file_position_;  // of the buffer's end
    std::uint64_t position_;       // of the next line
    std::uint64_t line_begin_ = 0;
    std::string buffer_;
    std::size_t at_ = 0;  // in buffer_
};

}  // namespace quire::gen_batch
