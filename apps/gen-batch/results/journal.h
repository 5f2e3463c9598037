// An append-only file of lines. Each line is written whole and synced to disk within about a
// second, without the caller waiting. A crash can leave only an incomplete last line.
//
// The file is locked: a second process cannot open it.
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
    // Opens or creates a regular file and locks it, without changing its content. The locked file
    // is the one that the name refers to, even when another process has just replaced it.
    // Error{run} when that fails, or when another process has the file open.
    explicit Journal(const base::OutputPath& output);
    // Without close(), the file stays as after a crash. A file that was created here and never
    // appended to is removed.
    ~Journal();
    Journal(const Journal&) = delete;
    Journal& operator=(const Journal&) = delete;

    // Replaces the file by a new one with this content, which is locked before it gets its name.
    static std::unique_ptr<Journal> replace(std::unique_ptr<Journal> old, std::string_view content);

    // Appends whole lines. Error{run} when not all can be written; the file then has those lines
    // that could be written, and size() is its new size.
    void append(std::string_view lines);
    // Cuts the file; `size` is the end of a line.
    void truncate(std::uint64_t size);
    // The bytes [begin, end), or fewer at the file's end.
    std::string read(std::uint64_t begin, std::uint64_t end) const;
    // Waits until everything is on disk.
    void sync();
    // Error{run} when the name no longer refers to this file.
    void check_in_place() const;
    // sync() and check_in_place().
    void close();
    // Deletes the file.
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
    // Syncs appended lines once a second.
    std::thread syncer_;
    std::mutex mutex_;
    std::condition_variable wake_;
    bool stopping_ = false;
    std::atomic<bool> dirty_{false};
    std::atomic<int> sync_error_{0};
};

// Locks a file for this process. If the file system has no locks, logs a warning once.
// Error{run} naming `name` when another process holds the lock.
void lock_file(int descriptor, const std::string& name);

// Reads the lines that a journal has at the time of construction, with their positions.
class JournalReader {
  public:
    // begin: where the first line to be read begins.
    explicit JournalReader(const Journal& journal, std::uint64_t begin = 0)
        : journal_(journal), end_(journal.size()), file_position_(begin), position_(begin) {}

    // False at the end. A last line without a newline is ignored.
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
