#include "models/source/quantized/composer.h"

#include <algorithm>

#include "lib/base/error.h"
#include "lib/base/json/json.h"
#include "lib/base/json/json_text.h"
#include "lib/base/quoted.h"

namespace quire::models {

using formats::CodedTensor;

void QuantizationSettings::expect(const char* key, const nlohmann::json& values) {
    ignore(key);
    const auto found = json_.find(key);
    if (found == json_.end() || std::ranges::find(values, *found) != values.end()) return;
    throw Error(ErrorCode::model, where_,
                std::string(key) + " " + base::json_excerpt(*found) + " is not supported");
}

void QuantizationSettings::no_effect(const char* key, const char*) {
    ignore(key);
}

formats::ScaleBlock read_scale_block(QuantizationSettings& settings, const char* key) {
    formats::ScaleBlock block;
    const nlohmann::json* size = settings.find(key);
    if (size == nullptr) return block;
    const auto is_size = [](const nlohmann::json& n) {
        return n.is_number_unsigned() && n > 0U && n < (1U << 30);
    };
    if (!size->is_array() || size->size() != 2 || !is_size((*size)[0]) || !is_size((*size)[1])) {
        settings.wrong(key, "two sizes", size);
    }
    block.rows = (*size)[0].get<std::uint64_t>();
    block.columns = (*size)[1].get<std::uint64_t>();
    return block;
}

std::string modern_name(const std::string& name) {
    constexpr std::string_view kGamma = ".gamma";
    constexpr std::string_view kBeta = ".beta";
    if (name.ends_with("act_fn.beta")) return name;  // of an activation, not of a norm
    if (name.ends_with(kGamma)) return name.substr(0, name.size() - kGamma.size()) + ".weight";
    if (name.ends_with(kBeta)) return name.substr(0, name.size() - kBeta.size()) + ".bias";
    return name;
}

std::vector<std::string> Composer::modules_with(std::string_view ending) const {
    std::vector<std::string> out;
    const auto look_at = [&](const std::string& name) {
        if (name.ends_with(ending)) out.push_back(name.substr(0, name.size() - ending.size()));
    };
    for (const formats::SourceTensor& tensor : set_.tensors()) look_at(tensor.name);
    for (const CodedTensor& tensor : set_.coded()) look_at(tensor.name);
    return out;
}

void Composer::forget(const std::string& name) {
    source_.tensors.erase(modern_name(name));
    source_.unsupported.erase(modern_name(name));
}

std::optional<CodedTensor> Composer::take_if(const std::string& name) {
    auto found = set_.stored(name);
    if (found) forget(name);
    return found;
}

CodedTensor Composer::take(const std::string& name) {
    auto found = take_if(name);
    if (!found) {
        throw Error(ErrorCode::model, source_.path,
                    "tensor " + base::printable(name) + " expected, none found");
    }
    return *std::move(found);
}

std::optional<CodedTensor> Composer::take_one(std::initializer_list<std::string> names) {
    for (const std::string& name : names) {
        if (auto found = take_if(name)) return found;
    }
    return std::nullopt;
}

void Composer::drop_scale(const std::string& name) {
    if (take_if(name)) ++n_dropped_;
}

void Composer::drop_scales(std::initializer_list<const char*> endings) {
    for (const char* ending : endings) {
        for (const std::string& name : modules_with(ending)) drop_scale(name + ending);
    }
}

void Composer::allow_zero_bias(const std::string& name) {
    const auto bias = set_.stored(name);
    if (!bias || !std::ranges::all_of(bias->data, [](std::byte b) { return b == std::byte{0}; })) {
        return;
    }
    source_.zero_biases.insert(modern_name(name));
}

void Composer::put(formats::SourceTensor tensor) {
    forget(tensor.name);
    const formats::SourceTensor& kept = made_.emplace_back(std::move(tensor));
    source_.tensors[modern_name(kept.name)] = &kept;
}

void Composer::done() {
    if (n_dropped_ == 0) return;
    source_.notes.push_back(
        std::to_string(n_dropped_) +
        " scales of activations, keys or values are left out: they are coded as they come");
}

}  // namespace quire::models
