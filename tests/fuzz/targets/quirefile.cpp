// A .quire file: opened, bound, and its self-test run. The input is its sections; header, table,
// padding and checksums are made here, so that the fuzzer gets past them. Without a section "tensors"
// those that the spec expects are there; the weights are as long as the directory says, and repeat the
// section "fill" where there is one, for values that no real model has.
#include <algorithm>
#include <cstring>

#include "formats/quire/prompts_json.h"
#include "formats/quire/reader.h"
#include "lib/base/hash.h"
#include "lib/generate/selftest.h"
#include "lib/kernels/dispatch.h"
#include "lib/model/forward.h"
#include "lib/spec/tensors.h"
#include "tests/fuzz/common.h"

namespace quire::fuzz {

namespace {

using formats::TensorRecord;
namespace layout = formats::quire_file;

constexpr std::uint64_t kMaxWeights = 1 << 20;
constexpr std::uint32_t kMaxWidth = 4096;

// Without `fill`, small distinct numbers that are finite as f16 and as f32.
std::string weight_bytes(std::size_t n, std::string_view fill) {
    std::string bytes(n, '\0');
    for (std::size_t i = 0; i < n && !fill.empty(); ++i) bytes[i] = fill[i % fill.size()];
    if (!fill.empty()) return bytes;
    for (std::size_t i = 0; i < n; ++i)
        bytes[i] = static_cast<char>(i % 2 == 0 ? i / 2 % 251 : 0x2c);
    return bytes;
}

std::string text_of(const auto& values) {
    const base::Bytes bytes = std::as_bytes(std::span(values));
    return std::string(base::as_text(bytes));
}

// The tensors that the spec expects, in types that change from one to the next.
std::vector<TensorRecord> records_of(const spec::ModelSpec& spec) {
    std::vector<TensorRecord> records;
    std::uint64_t offset = 0;
    for (const spec::ExpectedTensor& tensor : spec::expected_tensors(spec)) {
        TensorRecord record;
        record.name = tensor.name;
        record.is_matrix = tensor.is_matrix;
        record.rows = tensor.rows;
        record.columns = tensor.columns;
        if (tensor.is_matrix && tensor.columns % 32 == 0) {
            record.dtype = *tensor::dtype_from_value(
                static_cast<std::uint8_t>(records.size() % tensor::kDTypeCount));
        }
        const auto length =
            tensor::tensor_bytes(record.dtype, record.is_matrix, record.rows, record.columns);
        if (!length || *length > kMaxWeights - offset) {
            throw Error(ErrorCode::model, "fuzz", "too large");
        }
        record.length = *length;
        record.offset = offset;
        offset += base::align_up(record.length, layout::kTensorAlign);
        records.push_back(std::move(record));
    }
    return records;
}

class FileMaker {
  public:
    void add(std::string_view name, std::string content, std::uint64_t hash) {
        if (name.empty() || name.size() > sizeof(layout::SectionEntry::name)) return;
        sections_.push_back({std::string(name), std::move(content), hash});
    }
    void add(std::string_view name, std::string content) {
        const std::uint64_t hash = base::xxh3(base::as_bytes(content));
        add(name, std::move(content), hash);
    }

    std::string file() const {
        std::vector<layout::SectionEntry> table;
        std::uint64_t end =
            sizeof(layout::Header) + sections_.size() * sizeof(layout::SectionEntry);
        for (const Made& section : sections_) {
            layout::SectionEntry& entry = table.emplace_back();
            std::memset(&entry, 0, sizeof(entry));
            std::memcpy(entry.name, section.name.data(), section.name.size());
            entry.offset = base::align_up(end, layout::kPage);
            entry.length = section.content.size();
            entry.hash = section.hash;
            end = entry.offset + entry.length;
        }
        layout::Header header{};
        header.magic = layout::kMagic;
        header.version = layout::kVersion;
        header.n_sections = static_cast<std::uint32_t>(sections_.size());
        header.file_bytes = end;
        header.model_hash = base::xxh3(std::as_bytes(std::span(table)));
        header.header_hash =
            base::xxh3(layout::bytes_of(header).first(offsetof(layout::Header, header_hash)));
        std::string out(base::as_text(layout::bytes_of(header)));
        out += text_of(table);
        for (std::size_t i = 0; i < sections_.size(); ++i) {
            out.resize(table[i].offset);
            out += sections_[i].content;
        }
        return out;
    }

  private:
    struct Made {
        std::string name;
        std::string content;
        std::uint64_t hash = 0;
    };
    std::vector<Made> sections_;
};

// The directory from the input, with correct checksums; and the length of its weights.
std::string repaired_directory(std::string_view content, std::uint64_t& n_weights) {
    std::vector<layout::TensorEntry> entries(content.size() / sizeof(layout::TensorEntry));
    if (!entries.empty()) {
        std::memcpy(entries.data(), content.data(), entries.size() * sizeof(layout::TensorEntry));
    }
    for (const layout::TensorEntry& entry : entries) {
        if (entry.offset > kMaxWeights || entry.length > kMaxWeights) continue;
        n_weights =
            std::max(n_weights, base::align_up(entry.offset + entry.length, layout::kTensorAlign));
    }
    return text_of(entries);
}

std::string make_file(std::string_view input) {
    FileMaker maker;
    std::string directory;
    std::string_view spec_json;
    std::string_view fill;
    std::uint64_t n_weights = 0;
    for (const Section& section : split_sections(input)) {
        if (section.name == layout::section::kTensors) {
            directory = repaired_directory(section.content, n_weights);
            continue;
        }
        if (section.name == "fill") {
            fill = section.content;
            continue;
        }
        if (section.name == layout::section::kSpec) spec_json = section.content;
        maker.add(section.name, std::string(section.content));
    }
    if (directory.empty()) {
        auto records = records_of(formats::spec_from_json(spec_json, layout::kVersion, "spec"));
        if (!records.empty()) {
            n_weights =
                base::align_up(records.back().offset + records.back().length, layout::kTensorAlign);
        }
        directory = std::string(base::as_text(formats::directory_to_bytes(records)));
    }
    const std::string weights = weight_bytes(n_weights, fill);
    // The checksums of the directory's tensors are those of the weights, which are not compared here.
    std::string hashes;
    for (std::size_t at = 0; at + sizeof(layout::TensorEntry) <= directory.size();
         at += sizeof(layout::TensorEntry)) {
        hashes += directory.substr(at + offsetof(layout::TensorEntry, hash), sizeof(std::uint64_t));
    }
    maker.add(layout::section::kTensors, directory);
    maker.add(layout::section::kWeights, weights, base::xxh3(base::as_bytes(hashes)));
    return maker.file();
}

// True if a pass over this model takes moments at most.
bool is_small(const spec::ModelSpec& spec) {
    std::uint64_t work = spec.dim + std::uint64_t{spec.vocab_size};
    for (const spec::LayerSpec& layer : spec.layers) {
        work += std::uint64_t{layer.ffn_dim} + std::uint64_t{layer.n_heads} * layer.head_dim +
                layer.n_experts;
    }
    return work < kMaxWidth && spec.layers.size() <= 8;
}

void use_file(const std::string& path) {
    const formats::QuireFile file = formats::QuireFile::open(path);
    refuses([&] { file.meta(); });
    refuses([&] { file.selftest(); });
    refuses([&] { formats::text_prompts(file); });
    refuses([&] { file.verify_weights(1); });
    const spec::ModelSpec spec = file.spec();
    const model::Model model(spec, file.tensors(), kernels::choose(""), path);
    const tokenizer::Tokenizer tokenizer(
        [&](std::string_view name) { return file.required_section(name); });
    if (!is_small(spec)) return;
    generate::run_selftest(model, tokenizer, "The capital, 2 + 2 = 4.", 1);
}

}  // namespace

void run_quirefile(std::string_view input) {
    refuses([&] { use_file(folder().write("model.quire", make_file(input))); });
}

}  // namespace quire::fuzz
