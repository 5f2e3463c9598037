#include "formats/quire/reader.h"

#include <algorithm>
#include <cstring>

#include "formats/quire/read_order.h"
#include "lib/base/hash.h"
#include "lib/base/parallel.h"

namespace quire::formats {

namespace section = quire_file::section;
using quire_file::kPage;
using quire_file::SectionEntry;

QuireFile::QuireFile(base::MappedFile file, Checked checked) : file_(std::move(file)) {
    read_header();
    read_sections();
    for (const Section& one : sections_) {
        if (checked == Checked::all_but_weights || one.name == section::kTensors)
            check_section(one);
    }
    records_ = directory_from_bytes(required_section(section::kTensors),
                                    QuireFile::section(section::kWeights).size(),
                                    where(section::kTensors));
    const auto weights = std::ranges::find(sections_, section::kWeights, &Section::name);
    if (weights == sections_.end() || weights->hash != weights_hash(records_)) {
        throw Error(ErrorCode::model, where(section::kWeights),
                    "checksum expected to be that of the tensors listed, found another");
    }
}

void QuireFile::read_header() {
    const base::Bytes bytes = file_.bytes();
    const std::string name = path() + ": header";
    if (bytes.size() < sizeof(header_)) {
        throw Error(ErrorCode::model, name,
                    "expected a .quire file of at least 64 bytes, found " +
                        std::to_string(bytes.size()) + " bytes");
    }
    std::memcpy(&header_, bytes.data(), sizeof(header_));
    if (header_.magic != quire_file::kMagic) {
        throw Error(ErrorCode::model, name,
                    "expected a .quire file, found another format (pack makes one)");
    }
    if (header_.header_hash != base::xxh3(bytes.first(offsetof(quire_file::Header, header_hash)))) {
        throw Error(ErrorCode::model, name, "checksum does not match: the file is damaged");
    }
    if (header_.version == 0 || header_.version > quire_file::kVersion) {
        throw Error(ErrorCode::model, name,
                    "expected format version 1 to " + std::to_string(quire_file::kVersion) +
                        ", found " + std::to_string(header_.version) + ": made by a newer Quire");
    }
    if (header_.features != 0) {
        throw Error(ErrorCode::model, name,
                    "uses features that this Quire does not know (" + base::hex(header_.features) +
                        "): made by a newer one");
    }
    if (header_.reserved[0] != 0 || header_.reserved[1] != 0) {
        throw Error(ErrorCode::model, name, "expected zeros in the reserved bytes");
    }
    if (header_.file_bytes != bytes.size()) {
        throw Error(ErrorCode::model, name,
                    "expected a file of " + std::to_string(header_.file_bytes) + " bytes, found " +
                        std::to_string(bytes.size()) + ": the file is cut short or was added to");
    }
    if (header_.n_sections == 0 || header_.n_sections > quire_file::kMaxSections) {
        throw Error(ErrorCode::model, name,
                    "expected 1 to " + std::to_string(quire_file::kMaxSections) +
                        " sections, found " + std::to_string(header_.n_sections));
    }
}

void QuireFile::read_sections() {
    const base::Bytes bytes = file_.bytes();
    const std::string name = path() + ": section table";
    const std::uint64_t table_bytes = header_.n_sections * sizeof(SectionEntry);
    const base::Bytes table = base::slice(bytes, sizeof(header_), table_bytes, name);
    if (header_.model_hash != base::xxh3(table)) {
        throw Error(ErrorCode::model, name, "checksum does not match: the file is damaged");
    }
    std::uint64_t end = sizeof(header_) + table_bytes;
    for (std::size_t i = 0; i < header_.n_sections; ++i) {
        SectionEntry entry;
        std::memcpy(&entry, table.data() + i * sizeof(entry), sizeof(entry));
        const std::string_view title = quire_file::fixed_name(entry.name, sizeof(entry.name));
        if (title.empty() || has_section(title)) {
            throw Error(ErrorCode::model, name,
                        "entry " + std::to_string(i) + ": expected a new name of printable ASCII");
        }
        const std::uint64_t expected = base::align_up(end, kPage);
        if (entry.offset != expected) {
            throw Error(ErrorCode::model, where(title),
                        "expected at byte " + std::to_string(expected) + ", found at " +
                            std::to_string(entry.offset));
        }
        const base::Bytes data = base::slice(bytes, entry.offset, entry.length, where(title));
        // The padding before this section belongs to no section, so it is checked here.
        const base::Bytes gap = bytes.subspan(end, expected - end);
        if (!std::ranges::all_of(gap, [](std::byte b) { return b == std::byte{0}; })) {
            throw Error(ErrorCode::model, where(title),
                        "expected zeros between it and what comes before");
        }
        sections_.push_back({std::string(title), entry.offset, data, entry.hash});
        end = entry.offset + entry.length;
    }
    if (end != bytes.size()) {
        throw Error(ErrorCode::model, where(sections_.back().name),
                    "expected to end the file at byte " + std::to_string(bytes.size()) +
                        ", found to end at " + std::to_string(end));
    }
}

void QuireFile::check_section(const Section& one) const {
    if (one.name == section::kWeights) return;  // checked per tensor, on demand
    if (base::xxh3(one.data) != one.hash) {
        throw Error(ErrorCode::model, where(one.name),
                    "checksum does not match: the file is damaged");
    }
}

base::Bytes QuireFile::section(std::string_view name) const noexcept {
    for (const Section& one : sections_) {
        if (one.name == name) return one.data;
    }
    return {};
}

bool QuireFile::has_section(std::string_view name) const noexcept {
    return std::ranges::any_of(sections_, [&](const Section& one) { return one.name == name; });
}

base::Bytes QuireFile::required_section(std::string_view name) const {
    if (!has_section(name)) {
        throw Error(ErrorCode::model, path(),
                    "section " + std::string(name) + " expected, none found");
    }
    return section(name);
}

std::string QuireFile::where(std::string_view name) const {
    return path() + ": section " + std::string(name);
}

tensor::TensorMap QuireFile::tensors() const {
    tensor::TensorMap map;
    const base::Bytes all = weights();
    for (const TensorRecord& record : records_) {
        map.emplace(record.name,
                    tensor::TensorView{record.dtype, record.is_matrix, record.rows, record.columns,
                                       all.subspan(record.offset, record.length)});
    }
    return map;
}

std::optional<spec::AnswerSpec> QuireFile::answers() const {
    const spec::ModelSpec model = spec();
    if (model.encoder.empty()) return std::nullopt;
    spec::AnswerSpec answers = answers_from_json(base::as_text(required_section(section::kAnswers)),
                                                 model.vocab_size, where(section::kAnswers));
    for (const spec::Language& language : answers.languages) {
        if (language.id < model.encoder.front().vocab_size) continue;
        throw Error(ErrorCode::model, where(section::kAnswers),
                    "languages: expected ids of the encoder's vocabulary, found " +
                        std::to_string(language.id));
    }
    return answers;
}

spec::ModelSpec QuireFile::spec() const {
    return spec_from_json(base::as_text(required_section(section::kSpec)), header_.version,
                          where(section::kSpec));
}
Meta QuireFile::meta() const {
    return meta_from_json(base::as_text(required_section(section::kMeta)), where(section::kMeta));
}
SelfTest QuireFile::selftest() const {
    return selftest_from_json(base::as_text(required_section(section::kSelfTest)),
                              where(section::kSelfTest));
}

void QuireFile::verify_weights(int n_threads, bool release,
                               const std::function<void(std::uint64_t)>& on_bytes) const {
    const base::Bytes all = weights();
    base::parallel_for(n_threads, records_.size(), [&](std::size_t i) {
        const TensorRecord& record = records_[i];
        const base::Bytes bytes = all.subspan(record.offset, record.padded_length);
        if (base::xxh3(bytes) != record.hash) {
            throw Error(ErrorCode::model, where(section::kWeights) + ": tensor " + record.name,
                        "checksum does not match: the file is damaged");
        }
        if (release && copy_.data() == nullptr) file_.release(bytes);
        if (on_bytes) on_bytes(bytes.size());
    });
}

void QuireFile::read_ahead() {
    expect_all_weights();  // before a page is read, so that it becomes part of a huge one
    const base::Bytes all = section(section::kWeights);
    std::vector<base::Bytes> ranges;
    for (const TensorRecord* record : read_order(records_)) {
        const base::Bytes bytes = all.subspan(record->offset, record->padded_length);
        if (!ranges.empty() && ranges.back().data() + ranges.back().size() == bytes.data()) {
            ranges.back() = {ranges.back().data(), ranges.back().size() + bytes.size()};
        } else {
            ranges.push_back(bytes);
        }
    }
    read_ahead_ = base::ReadAhead(std::move(ranges));
}

void QuireFile::load_weights(LoadMode mode, int n_threads) {
    expect_all_weights();
    if (mode == LoadMode::huge) copy_weights(n_threads);
    if (mode == LoadMode::lock) file_.lock(section(section::kWeights));
}

// Each thread copies its share of every tensor, so that on a machine with several memories the pages
// are near the threads that will read them.
void QuireFile::copy_weights(int n_threads) {
    const base::Bytes from = section(section::kWeights);
    if (from.empty()) return;  // of counted n-grams
    base::ZeroedPages copy(from.size());
    base::run_team(n_threads, [&](const base::Team& team) {
        for (const TensorRecord& record : records_) {
            const base::Range part = base::share(team, record.padded_length);
            const std::size_t n = part.end - part.begin;
            if (n == 0) continue;
            const std::size_t at = record.offset + part.begin;
            std::memcpy(copy.data() + at, from.data() + at, n);
            file_.release(from.subspan(at, n));
        }
    });
    copy_ = std::move(copy);
    n_copied_ = from.size();
}

void QuireFile::release_tensors(std::string_view prefix) const noexcept {
    if (copy_.data() != nullptr) return;
    const base::Bytes all = weights();
    for (const TensorRecord& record : records_) {
        if (record.name.starts_with(prefix)) {
            file_.release(all.subspan(record.offset, record.padded_length));
        }
    }
}

bool begins_as_quire(const std::string& path) {
    const base::MappedFile file = base::MappedFile::open(path);
    const auto magic = std::as_bytes(std::span(quire_file::kMagic));
    return file.bytes().size() >= magic.size() &&
           std::ranges::equal(file.bytes().first(magic.size()), magic);
}

}  // namespace quire::formats
