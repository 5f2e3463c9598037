// Where a command may write. An output never takes the place of a file that the command reads, of
// another of its outputs, or of a file that Quire did not write, unless the user asks for the last.
// All of this is found out before the work begins.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace quire::base {

// The identity of a file, whatever names and links lead to it.
struct FileId {
    std::uint64_t device = 0;
    std::uint64_t inode = 0;
    bool operator==(const FileId&) const = default;
};
std::optional<FileId> file_id(const std::string& path);  // links followed; none: no such file
std::optional<FileId> file_id(int descriptor);

// Whether the file at a path is one that Quire wrote for this purpose. A file that cannot be read is not. Error{run} or
// std::bad_alloc when memory or descriptors run out, which says nothing about the file.
using IsOurs = std::function<bool(const std::string& path)>;

struct OutputPath {
    std::string name;    // as the user wrote it, for messages
    std::string target;  // a regular file, or a free name, with links followed; of a stream: ""
    std::optional<FileId> id;   // of what is there
    std::uint64_t n_bytes = 0;  // of a regular file

    // A device, FIFO, pipe or terminal: written to from front to back, never replaced.
    bool is_stream = false;
    int descriptor = -1;  // of a stream that is open already, as /dev/stdout; -1: open `stream`
    std::string stream;   // the path to open; empty when `descriptor` is set

    IsOurs may_replace;  // what may stand there when the output is finished; empty: anything
};

// Follows links to the place that is really written. /dev/stdout, /dev/stderr, /dev/fd/N and what
// leads there are the descriptors that are open already. Error{usage} for an empty name and for a
// block device; Error{run} for a folder, a missing or unwritable folder, and a name that the file
// system does not take.
OutputPath resolve_output(const std::string& name);
// Standard output, as a stream.
OutputPath standard_output();

// Opens a stream for writing; waits for the reader of a FIFO. The descriptor is the caller's.
// Error{run} when it cannot be opened.
int open_stream(const OutputPath& output);

// The name of the folder that holds the path: "." when it has none.
std::string directory_of(const std::string& path);

// Which file a command uses for what: no file has two roles.
class FileRoles {
  public:
    // overwrite: the user has asked to replace files that are not ours.
    explicit FileRoles(bool overwrite) : overwrite_(overwrite) {}

    // The command reads `path` as `role` ("-i", "the model"). A folder stands for all files in it.
    // What does not exist is left to whoever opens it.
    void reads(const std::string& role, const std::string& path);
    void reads_descriptor(const std::string& role, int descriptor);

    struct Own {
        std::string kind;  // "a .quire file", for the message
        IsOurs is_ours;    // empty: the caller looks at an existing file itself
    };
    // The place for the output `role` ("-o"). Error{usage} when that file has another role, or when
    // it exists, is not empty, and is not ours; and what resolve_output() throws.
    OutputPath writes(const std::string& role, const std::string& path, const Own& own);
    // The same for a place that is resolved already.
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
