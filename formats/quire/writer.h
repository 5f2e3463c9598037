// Writes a .quire file in one pass: small sections first, then the tensors in order, so that memory
// never holds more than one tensor. The file has no name until commit() (see
// lib/base/files/atomic_file.h).
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "formats/quire/layout.h"
#include "formats/quire/reader.h"
#include "formats/quire/tensor_directory.h"
#include "lib/base/files/atomic_file.h"
#include "lib/base/hash.h"

namespace quire::formats {

class QuireWriter {
  public:
    explicit QuireWriter(const base::OutputPath& output);

    // The file's version is at least this one: that of the spec. The types of the tensors may need a
    // higher one.
    void require_version(std::uint32_t version) noexcept { least_version_ = version; }

    // Sections are written in the order of the calls. Names are unique and have at most 24 bytes.
    void add_section(std::string_view name, base::Bytes data);

    // Declares the tensors that follow, in order; offsets and lengths are computed here. After this
    // call only append_tensor() and end_tensors() are allowed.
    void begin_tensors(std::vector<TensorRecord> records);
    // Appends bytes of the current tensor, in pieces of any size.
    void append_tensor(base::Bytes piece);
    const std::vector<TensorRecord>& records() const noexcept { return records_; }

    // Closes the weights; the file can then be read back through its descriptor.
    void end_tensors();
    // Maps the current content of the file again. Its header is that of the last end_tensors() or
    // replace_section().
    QuireFile reopen() const;

    // Replaces a section by one of the same length: the self-test, whose hashes are known only when
    // the weights can be run.
    void replace_section(std::string_view name, base::Bytes data);

    // Gives the file its name. Everything must be checked before, through reopen().
    void commit() { file_.commit(); }

    std::uint64_t bytes_written() const noexcept { return file_.size(); }

  private:
    void start_section(std::string_view name);
    void pad(std::uint64_t unit);
    void write_header();

    base::AtomicFile file_;
    std::uint32_t least_version_ = 2;
    std::vector<quire_file::SectionEntry> sections_;
    std::vector<TensorRecord> records_;
    std::size_t current_ = 0;    // tensor being written
    std::uint64_t written_ = 0;  // bytes of it so far
    base::Hasher hasher_;        // of it
};

}  // namespace quire::formats
