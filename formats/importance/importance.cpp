#include "formats/importance/importance.h"

#include <cmath>

#include "formats/safetensors/safetensors.h"
#include "lib/base/error.h"
#include "lib/base/files/atomic_file.h"
#include "lib/base/json/json.h"

namespace quire::formats {

namespace {

constexpr std::string_view kVersionKey = "importance";

// The header of the file, and the tensors in the order of their data.
std::string header(std::span<const InputMoments> inputs, const std::string& model,
                   std::uint64_t n_tokens) {
    // Created as objects: a null value that turns into an object at its first key is left broken
    // when memory runs out there.
    auto out = nlohmann::ordered_json::object();
    auto metadata = nlohmann::ordered_json::object();
    metadata[std::string(kVersionKey)] = "1";
    metadata["model"] = model;
    metadata["tokens"] = std::to_string(n_tokens);
    for (const InputMoments& input : inputs) {
        for (const std::string& other : input.shared_by) metadata[other] = input.name;
    }
    out["__metadata__"] = std::move(metadata);
    std::uint64_t offset = 0;
    const auto add = [&](const std::string& name, const std::vector<float>& values) {
        if (values.empty()) return;
        const std::uint64_t end = offset + values.size() * sizeof(float);
        out[name] = {{"dtype", "F32"}, {"shape", {values.size()}}, {"data_offsets", {offset, end}}};
        offset = end;
    };
    for (const InputMoments& input : inputs) {
        add(input.name + ".squares", input.squares);
        add(input.name + ".products", input.products);
    }
    std::string text = out.dump();
    text.append((8 - text.size() % 8) % 8, ' ');
    return text;
}

}  // namespace

void write_importance(const base::OutputPath& output, std::span<const InputMoments> inputs,
                      const std::string& model, std::uint64_t n_tokens) {
    const std::string head = header(inputs, model, n_tokens);
    const std::uint64_t length = head.size();
    base::AtomicFile file(output);
    file.append(std::as_bytes(std::span(&length, 1)));
    file.append(base::as_bytes(head));
    for (const InputMoments& input : inputs) {
        file.append(std::as_bytes(std::span(input.squares)));
        file.append(std::as_bytes(std::span(input.products)));
    }
    file.commit();
}

bool is_importance(const std::string& path) {
    const Importance found(path);
    return true;
}

Importance::Importance(const std::string& path) : file_(std::make_unique<SafetensorsFile>(path)) {
    bool known = false;
    for (const auto& [key, value] : file_->metadata()) {
        if (key == kVersionKey) {
            known = value == "1";
        } else {
            shared_.emplace(key, value);
        }
    }
    if (!known) {
        throw Error(ErrorCode::model, path,
                    "expected a file that eval importance wrote, found other metadata");
    }
}

Importance::~Importance() = default;

std::string Importance::owner(std::string_view name) const {
    const auto found = shared_.find(name);
    std::string out = found == shared_.end() ? std::string(name) : found->second;
    return file_->contains(out + ".squares") ? out : std::string();
}

std::vector<float> Importance::squares(const std::string& owner, std::uint64_t n) const {
    std::vector<float> out = values(owner + ".squares", n);
    for (const float value : out) {
        if (value < 0.0F) {
            throw Error(ErrorCode::model, file_->file().path(),
                        "tensor " + owner + ".squares: expected no negative value, found " +
                            std::to_string(value));
        }
    }
    return out;
}

std::vector<float> Importance::products(const std::string& owner, std::uint64_t n) const {
    return values(owner + ".products", n * (n + 1) / 2);
}

std::vector<float> Importance::values(const std::string& name, std::uint64_t n) const {
    const SourceTensor* tensor = file_->find(name);
    if (tensor == nullptr) return {};
    const std::string where = "tensor " + name;
    if (tensor->shape.size() != 1 || tensor->columns() != n) {
        throw Error(ErrorCode::model, file_->file().path(),
                    where + ": expected " + std::to_string(n) + " values, found " +
                        std::to_string(tensor->rows() * tensor->columns()));
    }
    std::vector<float> out(n);
    read_row(out, *tensor, 0);
    for (const float value : out) {
        if (!std::isfinite(value)) {
            throw Error(ErrorCode::model, file_->file().path(),
                        where + ": holds a value that is not a finite number");
        }
    }
    return out;
}

}  // namespace quire::formats
