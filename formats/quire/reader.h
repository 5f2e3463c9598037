// Opens a .quire file: maps it, checks everything that can be checked without reading the weights,
// and hands out views. Views live as long as the reader.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "formats/quire/layout.h"
#include "formats/quire/spec_json.h"
#include "formats/quire/tensor_directory.h"
#include "lib/base/files/mapped_file.h"

namespace quire::formats {

// Which checksums opening a file compares.
enum class Checked : std::uint8_t {
    all_but_weights,  // every section but the weights, whose tensors verify_weights() checks
    directory,        // the header and the directories: for who uses a small part of the file
};

class QuireFile {
  public:
    struct Section {
        std::string name;
        std::uint64_t offset = 0;
        base::Bytes data;
        std::uint64_t hash = 0;
    };

    // Checks the header, that sections tile the file, the checksums, and the tensor directory.
    // Error{model} names the file and the section.
    explicit QuireFile(base::MappedFile file, Checked checked = Checked::all_but_weights);
    static QuireFile open(const std::string& path, Checked checked = Checked::all_but_weights) {
        return QuireFile(base::MappedFile::open(path), checked);
    }

    const std::string& path() const noexcept { return file_.path(); }
    std::uint64_t file_bytes() const noexcept { return file_.bytes().size(); }
    // Names the content of the whole file, for results and caches.
    std::uint64_t model_hash() const noexcept { return header_.model_hash; }
    std::uint32_t version() const noexcept { return header_.version; }
    const std::vector<Section>& sections() const noexcept { return sections_; }

    // Empty bytes when the file has no such section.
    base::Bytes section(std::string_view name) const noexcept;
    bool has_section(std::string_view name) const noexcept;
    // Error{model} when the file has no such section.
    base::Bytes required_section(std::string_view name) const;

    const std::vector<TensorRecord>& tensor_records() const noexcept { return records_; }
    tensor::TensorMap tensors() const;
    // The spec, meta data and self-test of the file.
    spec::ModelSpec spec() const;
    Meta meta() const;
    SelfTest selftest() const;

    // Compares the weights with their checksums on n_threads threads. Error{model} names the
    // tensor. release: their pages are given back, for a file that is not going to be run.
    void verify_weights(int n_threads, bool release = false) const;
    // Gives the pages of the tensors whose name begins so back to the system; they are read again
    // when somebody touches them.
    void release_tensors(std::string_view prefix) const noexcept;

    // "FILE: section NAME", for messages of those who read a section's content.
    std::string where(std::string_view section) const;

  private:
    void read_header();
    void read_sections();
    void check_section(const Section& section) const;

    base::MappedFile file_;
    quire_file::Header header_{};
    std::vector<Section> sections_;
    std::vector<TensorRecord> records_;
};

// Whether the file at `path` begins as a .quire file does, whole or damaged.
bool begins_as_quire(const std::string& path);

}  // namespace quire::formats
