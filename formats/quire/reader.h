// Opens a .quire file: maps it, checks everything that can be checked without reading the weights,
// and returns views, which live as long as the reader.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "formats/quire/answers_json.h"
#include "formats/quire/layout.h"
#include "formats/quire/meta_json.h"
#include "formats/quire/spec_json.h"
#include "formats/quire/tensor_directory.h"
#include "lib/base/files/mapped_file.h"
#include "lib/base/files/read_ahead.h"
#include "lib/base/memory.h"

namespace quire::formats {

// Which checksums opening a file compares.
enum class Checked : std::uint8_t {
    all_but_weights,  // every section except the weights, which verify_weights() checks
    directory,  // only the header and the directories: for commands that use a small part of the file
};

// How the weights of a model that will be run get into memory. It changes speed and memory, no bit.
enum class LoadMode : std::uint8_t {
    map,   // they are used in the mapped file and read when they are needed
    huge,  // copied to memory of this process, in huge pages
    lock,  // used in the mapped file, which is read now and stays in memory
};

class QuireFile {
  public:
    struct Section {
        std::string name;
        std::uint64_t offset = 0;
        base::Bytes data;
        std::uint64_t hash = 0;
    };

    // Checks the header, that the sections tile the file, the checksums, and the tensor directory.
    // Error{model} naming the file and the section.
    explicit QuireFile(base::MappedFile file, Checked checked = Checked::all_but_weights);
    static QuireFile open(const std::string& path, Checked checked = Checked::all_but_weights) {
        return QuireFile(base::MappedFile::open(path), checked);
    }

    const std::string& path() const noexcept { return file_.path(); }
    std::uint64_t file_bytes() const noexcept { return file_.bytes().size(); }
    // Identifies the content of the whole file, for results and caches.
    std::uint64_t model_hash() const noexcept { return header_.model_hash; }
    std::uint32_t version() const noexcept { return header_.version; }
    const std::vector<Section>& sections() const noexcept { return sections_; }

    // Empty when the file has no such section.
    base::Bytes section(std::string_view name) const noexcept;
    bool has_section(std::string_view name) const noexcept;
    // Error{model} when the file has no such section.
    base::Bytes required_section(std::string_view name) const;

    const std::vector<TensorRecord>& tensor_records() const noexcept { return records_; }
    // Views of the weights where they are now: load_weights() may move them.
    tensor::TensorMap tensors() const;
    base::Bytes weights() const noexcept {
        return copy_.data() == nullptr ? section(quire_file::section::kWeights)
                                       : base::Bytes(copy_.data(), n_copied_);
    }
    // The spec, meta data and self-test of the file, and how it answers if it has an encoder.
    spec::ModelSpec spec() const;
    std::optional<spec::AnswerSpec> answers() const;
    Meta meta() const;
    SelfTest selftest() const;

    // Compares the weights with their checksums on n_threads threads. Error{model} naming the
    // tensor. release: returns the pages to the system, for a file that will not be run. on_bytes is
    // called on any thread with the bytes of each tensor.
    void verify_weights(int n_threads, bool release = false,
                        const std::function<void(std::uint64_t)>& on_bytes = {}) const;
    // Says that the model will be run, so that all weights will be read.
    void expect_all_weights() const noexcept {
        file_.expect_all_read(section(quire_file::section::kWeights));
    }
    // The same, and gets them into memory in this way, on n_threads threads. Error{run} when they
    // cannot be locked; std::bad_alloc. Call it once.
    void load_weights(LoadMode mode, int n_threads);
    // Reads the weights into memory from now on, in the order of a pass, while the caller goes on; all
    // but those of experts and an embedding of which only rows are used. For a process that runs the
    // whole model. Comes before load_weights().
    void read_ahead();
    // Returns the pages of all tensors with this prefix to the system, unless they were copied. They
    // are read again when they are used.
    void release_tensors(std::string_view prefix) const noexcept;

    // "FILE: section NAME", for messages about the content of a section.
    std::string where(std::string_view section) const;

  private:
    void read_header();
    void read_sections();
    void check_section(const Section& section) const;
    void copy_weights(int n_threads);

    base::MappedFile file_;
    quire_file::Header header_{};
    std::vector<Section> sections_;
    std::vector<TensorRecord> records_;
    base::ZeroedPages copy_;  // of the weights
    std::size_t n_copied_ = 0;
    base::ReadAhead read_ahead_;  // ends before the file is unmapped
};

// Whether the file at `path` begins like a .quire file, whole or damaged. An IsOurs of FileRoles:
// Error{model} when it cannot be read.
bool begins_as_quire(const std::string& path);

}  // namespace quire::formats
