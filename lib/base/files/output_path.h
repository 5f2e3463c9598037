// Where a command may write. An output never replaces a file that the command reads, another of its
// outputs, or, unless the user asks for it, a file that Quire did not write. All of this is checked
// before the work begins.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace quire::base {

// The identity of a file, independent of its names and links.
struct FileId {
    std::uint64_t device = 0;
    std::uint64_t inode = 0;
    bool operator==(const FileId&) const = default;
};
std::optional<FileId> file_id(const std::string& path);  // follows links; none: no such file
std::optional<FileId> file_id(int descriptor);

// Whether Quire wrote the file at `path` for this purpose. May throw Error: Error{run} and
// std::bad_alloc (no memory, no descriptors) say nothing about the file and end the command; with any
// other error, which means a file that cannot be read, FileRoles treats the file as foreign.
using IsOurs = std::function<bool(const std::string& path)>;

struct OutputPath {
    std::string name;           // as the user wrote it, for messages
    std::string target;         // a regular file or an unused name, links resolved; "" for a stream
    std::optional<FileId> id;   // of the existing file
    std::uint64_t n_bytes = 0;  // size of an existing regular file

    // A device, FIFO, pipe or terminal: written sequentially, never replaced.
    bool is_stream = false;
    int descriptor = -1;  // of a stream that is already open, like /dev/stdout; -1: open `stream`
    std::string stream;   // the path to open; empty when `descriptor` is set

    IsOurs may_replace;  // asked about a file at `target` when the output is finished; empty: any
};

// Follows links to the file that is really written. /dev/stdout, /dev/stderr, /dev/fd/N and links to
// them mean the descriptors that are already open. Error{usage} for an empty name and for a
// block device; Error{run} for a folder, a missing or unwritable parent folder, and a name that the
// file system does not accept.
OutputPath resolve_output(const std::string& name);
// Standard output, as a stream.
OutputPath standard_output();

// Opens a stream for writing; waits for the reader of a FIFO. The caller owns the descriptor.
// Error{run} when it cannot be opened.
int open_stream(const OutputPath& output);

// The folder part of a path; "." when there is none.
std::string directory_of(const std::string& path);

// Which file a command uses for which purpose. No file has two roles.
class FileRoles {
  public:
    // overwrite: the user asked to replace files that Quire did not write.
    explicit FileRoles(bool overwrite) : overwrite_(overwrite) {}

    // The command reads `path` as `role` ("-i", "the model"). A folder means all files in it.
    // A missing file is left to the code that opens it.
    void reads(const std::string& role, const std::string& path);
    void reads_descriptor(const std::string& role, int descriptor);

    struct Own {
        std::string kind;  // "a .quire file", for the message
        IsOurs is_ours;    // empty: the caller checks an existing file itself
    };
    // The path for the output `role` ("-o"). Error{usage} when that file has another role, or
    // exists, is not empty, and was not written by Quire; and the errors of resolve_output().
    OutputPath writes(const std::string& role, const std::string& path, const Own& own);
    // The same for a path that is already resolved.
    OutputPath writes(const std::string& role, OutputPath output, const Own& own);

  private:
    struct Input {
        std::string role;
        std::string path;
        std::optional<FileId> id;
        bool is_folder = false;
    };
    struct Output {
        std::string role;
        OutputPath path;
    };
    const Input* input_of(const OutputPath& output, bool is_ours) const;
    const Output* same_output(const OutputPath& output) const;

    bool overwrite_;
    std::vector<Input> inputs_;
    std::vector<Output> outputs_;
};

}  // namespace quire::base
