// A file that appears under its name whole or not at all: bytes go to an unnamed file in the same
// directory (or, where the file system has none, to a hidden one beside it), and commit() syncs it
// and puts it under its final name by rename. A process that dies before leaves nothing there.
#pragma once

#include <string>

#include "lib/base/bytes.h"

namespace quire::base {

class AtomicFile {
  public:
    explicit AtomicFile(std::string path);  // Error{run} when the directory cannot be written
    ~AtomicFile();                          // without commit(): nothing is left
    AtomicFile(const AtomicFile&) = delete;
    AtomicFile& operator=(const AtomicFile&) = delete;

    void append(Bytes bytes);                           // Error{run} on a full disk
    void overwrite(std::uint64_t offset, Bytes bytes);  // inside what was appended
    std::uint64_t size() const noexcept { return size_; }
    int descriptor() const noexcept { return fd_; }
    const std::string& path() const noexcept { return path_; }

    void commit();

  private:
    void write_at(std::uint64_t offset, Bytes bytes);

    std::string path_;
    std::string temporary_;  // empty while the file has no name
    int fd_ = -1;
    std::uint64_t size_ = 0;
};

}  // namespace quire::base
