// A file mapped read-only for as long as the object lives. Views into it must not outlive it.
#pragma once

#include <optional>
#include <string>

#include "lib/base/bytes.h"

namespace quire::base {

struct MappedRange;

// What happens when another process shortens a mapped file and a byte that is gone is read. Needs
// watch_mapped_files(); without it the process dies of SIGBUS.
enum class OnShrink {
    end_process,  // one line that names the file, and exit code 3: a model with holes is useless
    read_zeros,   // the missing bytes are zero; shrunk() tells afterwards
};

class MappedFile {
  public:
    MappedFile() = default;
    // Maps a regular file; a missing, unreadable or special file is an Error{model}. An empty file
    // gives empty bytes. The descriptor is closed right after.
    static MappedFile open(const std::string& path);
    // The same for an open descriptor, which stays the caller's; `path` is for messages.
    static MappedFile from_descriptor(int fd, const std::string& path,
                                      OnShrink on_shrink = OnShrink::end_process);
    ~MappedFile();
    MappedFile(MappedFile&& other) noexcept;
    MappedFile& operator=(MappedFile&& other) noexcept;
    MappedFile(const MappedFile&) = delete;
    MappedFile& operator=(const MappedFile&) = delete;

    Bytes bytes() const noexcept { return {data_, size_}; }
    const std::string& path() const noexcept { return path_; }

    // True if the file is known to have fewer bytes now than when it was mapped: by its size, or
    // because missing bytes were read.
    bool shrunk() const noexcept;

    // Tells the kernel that these bytes will not be needed again, so that reading a checkpoint of
    // any size keeps a small resident set.
    void release(Bytes range) const noexcept;
    // Tells the kernel that all of these bytes will be read. It then reads them from disk in huge
    // pages, where the file system can, so that fewer address translations miss later.
    void expect_all_read(Bytes range) const noexcept;
    // Reads these bytes and keeps them in memory as long as the file is mapped. Error{run} naming the
    // file, and the limit if it is too low.
    void lock(Bytes range) const;

  private:
    const std::byte* data_ = nullptr;
    std::size_t size_ = 0;
    std::string path_;
    MappedRange* range_ = nullptr;  // its entry in the list of mappings
    std::uint64_t device_ = 0;      // identifies the file even if its name is reused
    std::uint64_t inode_ = 0;
};

// Takes over SIGBUS for reads of mapped files; for other faults it keeps its effect. `program`
// begins the message and must outlive the process's use of mapped files. Call this once.
void watch_mapped_files(const char* program) noexcept;

// The whole content of a small file. Error{model} when it cannot be read or is over `max_bytes`.
std::string read_text_file(const std::string& path, std::uint64_t max_bytes);

// Whether the path names something. Only "no such file" is an absence: a link to a file that is not
// there (a cache that lost it) and a path that cannot be examined are an Error{model} naming it.
bool file_exists(const std::string& path);
// The content of a file that may be absent, by the same rule.
std::optional<std::string> read_optional_file(const std::string& path, std::uint64_t max_bytes);

}  // namespace quire::base
