// A file of lines that only grows: each line is written whole, and made durable soon after without
// anybody waiting for the disk. What a crash can leave is a line that is torn, at the end, and
// opening the file takes that away.
//
// One process at a time: a second one that opens the file is refused.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

namespace quire::gen_batch {

class Journal {
  public:
    // Opens or creates the file and cuts a torn last line off. Error{run} when that cannot be done,
    // or another process has it open.
    explicit Journal(const std::string& path);
    ~Journal();  // without close(): what was written stays, as after a crash
    Journal(const Journal&) = delete;
    Journal& operator=(const Journal&) = delete;

    // Whole lines. Error{run} when they cannot be written: the file then ends with the line before.
    void append(std::string_view lines);
    // Cuts the file; `size` is the end of a line.
    void truncate(std::uint64_t size);
    // Waits until everything is on the disk.
    void sync();
    // sync(), and the file becomes `path` if it is not called so yet.
    void close(const std::string& path);

    std::uint64_t size() const noexcept { return size_; }
    const std::string& path() const noexcept { return path_; }

  private:
    void repair_tail();
    void keep_syncing();
    void stop();

    std::string path_;
    int fd_ = -1;
    std::uint64_t size_ = 0;
    // The thread that syncs once a second what was appended meanwhile.
    std::thread syncer_;
    std::mutex mutex_;
    std::condition_variable wake_;
    bool stopping_ = false;
    std::atomic<bool> dirty_{false};
    std::atomic<int> sync_error_{0};
};

// Reads lines of a file from a place on, each with where it begins; for files that a Journal wrote.
class JournalReader {
  public:
    // A file that does not exist is an empty one.
    explicit JournalReader(const std::string& path);
    ~JournalReader();
    JournalReader(const JournalReader&) = delete;
    JournalReader& operator=(const JournalReader&) = delete;

    // False at the end; a last line without newline is not a line.
    bool next(std::string& line);
    std::uint64_t line_begin() const noexcept { return line_begin_; }
    std::uint64_t line_end() const noexcept { return position_; }
    // The bytes [begin, end).
    std::string read(std::uint64_t begin, std::uint64_t end) const;

  private:
    std::string path_;
    int fd_ = -1;
    std::string buffer_;
    std::size_t at_ = 0;               // in buffer_
    std::uint64_t file_position_ = 0;  // of the buffer's end
    std::uint64_t position_ = 0;
    std::uint64_t line_begin_ = 0;
};

}  // namespace quire::gen_batch
