// An output that appears whole or not at all. Bytes go to an unnamed file in the same folder (or,
// where the file system has none, to a hidden one with a random name); commit() makes it durable
// and renames it to its name, with the mode and owner of the file that it replaces. A process that
// dies before that leaves the old file unchanged.
//
// The bytes for a stream (a device, a pipe) wait in a temporary file, and commit() copies them.
#pragma once

#include <string>

#include "lib/base/bytes.h"
#include "lib/base/files/output_path.h"

namespace quire::base {

class AtomicFile {
  public:
    // Error{run} when nothing can be created there. Opens a stream.
    explicit AtomicFile(OutputPath output);
    ~AtomicFile();  // without commit(): nothing is left
    AtomicFile(const AtomicFile&) = delete;
    AtomicFile& operator=(const AtomicFile&) = delete;

    void append(Bytes bytes);                           // Error{run} on a full disk
    void overwrite(std::uint64_t offset, Bytes bytes);  // inside what was appended
    std::uint64_t size() const noexcept { return size_; }
    int descriptor() const noexcept { return fd_; }
    const std::string& path() const noexcept { return output_.name; }

    // Error{run} when it cannot be made durable or named, or when the file under that name is
    // no longer the one that was checked and may not be replaced; it is then left unchanged.
    void commit();

  private:
    void write_at(std::uint64_t offset, Bytes bytes);
    void name_it();
    void take_place();
    void copy_to_stream();

    OutputPath output_;
    std::string temporary_;  // empty while the file has no name
    int fd_ = -1;
    int stream_ = -1;
    std::uint64_t size_ = 0;
};

// Writes the whole content of an output: a file appears whole or not at all, a stream gets the bytes.
// Error{run} as for AtomicFile and write_all().
void write_output(const OutputPath& output, Bytes bytes);

// Writes all of it to a descriptor. Error{run} naming `name` when that fails; when the reader of a
// pipe is gone the process ends quietly by SIGPIPE, as commands in a pipeline do.
void write_all(int descriptor, Bytes bytes, const std::string& name);

// Makes the names in a folder durable, as far as the file system can.
void sync_directory(const std::string& folder) noexcept;

}  // namespace quire::base
