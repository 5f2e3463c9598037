#include "formats/quire/writer.h"

#include <algorithm>
#include <cstring>

#include "lib/base/files/mapped_file.h"

namespace quire::formats {

namespace section = quire_file::section;
using quire_file::bytes_of;
using quire_file::Header;
using quire_file::kPage;
using quire_file::kTensorAlign;
using quire_file::SectionEntry;

namespace {

constexpr std::array<std::byte, kPage> kZeros{};

// The lowest version whose readers know the type.
std::uint32_t version_of(tensor::DType dtype) {
    if (dtype <= tensor::DType::q2m_16) return 2;
    return dtype <= tensor::DType::iq4_xs ? 3 : 4;
}

// The lowest version whose readers know all types, so that older readers can read the file.
std::uint32_t version_of(std::span<const TensorRecord> records) {
    std::uint32_t version = version_of(tensor::DType::f32);
    for (const TensorRecord& record : records) {
        version = std::max(version, version_of(record.dtype));
    }
    return version;
}

}  // namespace

QuireWriter::QuireWriter(const base::OutputPath& output) : file_(output) {
    // Space for the header and a full table. Both are written when their content is known.
    file_.append(bytes_of(Header{}));
    file_.append(base::Bytes(kZeros).first(kPage - sizeof(Header)));
}

void QuireWriter::pad(std::uint64_t unit) {
    file_.append(base::Bytes(kZeros).first(base::align_up(file_.size(), unit) - file_.size()));
}

void QuireWriter::start_section(std::string_view name) {
    if (sections_.size() == quire_file::kMaxSections) {
        throw Error(ErrorCode::run, file_.path(), "too many sections");
    }
    pad(kPage);
    SectionEntry entry{};
    quire_file::set_fixed_name(entry.name, sizeof(entry.name), name);
    entry.offset = file_.size();
    sections_.push_back(entry);
}

void QuireWriter::add_section(std::string_view name, base::Bytes data) {
    start_section(name);
    file_.append(data);
    sections_.back().length = data.size();
    sections_.back().hash = base::xxh3(data);
}

void QuireWriter::begin_tensors(std::vector<TensorRecord> records) {
    records_ = std::move(records);
    std::uint64_t offset = 0;
    for (TensorRecord& record : records_) {
        const auto bytes =
            tensor::tensor_bytes(record.dtype, record.is_matrix, record.rows, record.columns);
        if (!bytes) throw Error(ErrorCode::model, "tensor " + record.name, "too large");
        record.offset = offset;
        record.length = *bytes;
        record.padded_length = base::align_up(*bytes, kTensorAlign);
        offset += record.padded_length;
    }
    add_section(section::kTensors, directory_to_bytes(records_));
    start_section(section::kWeights);
    sections_.back().length = offset;
}

void QuireWriter::append_tensor(base::Bytes piece) {
    TensorRecord& record = records_.at(current_);
    if (piece.size() > record.length - written_) {
        throw Error(ErrorCode::run, "tensor " + record.name, "more bytes than announced");
    }
    file_.append(piece);
    hasher_.update(piece);
    written_ += piece.size();
    if (written_ < record.length) return;
    const base::Bytes zeros = base::Bytes(kZeros).first(record.padded_length - record.length);
    file_.append(zeros);
    hasher_.update(zeros);
    record.hash = hasher_.digest();
    hasher_ = base::Hasher();
    written_ = 0;
    ++current_;
}

void QuireWriter::end_tensors() {
    if (current_ != records_.size()) {
        throw Error(ErrorCode::run, file_.path(), "tensors announced but not written");
    }
    sections_.back().hash = weights_hash(records_);
    replace_section(section::kTensors, directory_to_bytes(records_));
}

void QuireWriter::replace_section(std::string_view name, base::Bytes data) {
    const auto entry = std::ranges::find_if(sections_, [&](const SectionEntry& one) {
        return quire_file::fixed_name(one.name, sizeof(one.name)) == name;
    });
    if (entry == sections_.end() || entry->length != data.size()) {
        throw Error(ErrorCode::run, file_.path(),
                    "section " + std::string(name) + " replaced by one of another length");
    }
    file_.overwrite(entry->offset, data);
    entry->hash = base::xxh3(data);
    write_header();
}

void QuireWriter::write_header() {
    const base::Bytes table = std::as_bytes(std::span(sections_));
    Header header{};
    header.magic = quire_file::kMagic;
    header.version = std::max(least_version_, version_of(records_));
    header.n_sections = static_cast<std::uint32_t>(sections_.size());
    header.file_bytes = file_.size();
    header.model_hash = base::xxh3(table);
    header.header_hash = base::xxh3(bytes_of(header).first(offsetof(Header, header_hash)));
    file_.overwrite(0, bytes_of(header));
    file_.overwrite(sizeof(header), table);
}

QuireFile QuireWriter::reopen() const {
    return QuireFile(base::MappedFile::from_descriptor(file_.descriptor(), file_.path()));
}

}  // namespace quire::formats
