// A draft of a GGUF file in the shape of a golden.
#include "formats/gguf/gguf.h"
#include "tests/models/support.h"

namespace quire::tests {

namespace {

using formats::gguf::File;
using formats::gguf::ValueType;
using OrderedJson = nlohmann::ordered_json;

template <typename List>
OrderedJson list_of(const List& values) {
    OrderedJson list = OrderedJson::array();
    for (std::size_t i = 0; i < values.size(); ++i) list.push_back(values[i]);
    return list;
}

OrderedJson value_of(const File& file, const File::KeyValue& entry) {
    const ValueType type = entry.value.type;
    const bool array = entry.value.is_array;
    if (type == ValueType::string) return std::string(file.get_string(entry.key).value());
    if (type == ValueType::boolean && !array) return file.get_bool(entry.key).value();
    if (type == ValueType::f32) return file.get_f64(entry.key).value();
    if (!array) return file.get_u64(entry.key).value();
    if (type != ValueType::boolean) return list_of(file.get_u64s(entry.key).value());
    const auto flags = file.get_array<bool>(entry.key).value();
    OrderedJson list = OrderedJson::array();
    for (std::size_t i = 0; i < flags.size(); ++i) list.push_back(bool{flags[i]});
    return list;
}

}  // namespace

GgufDraft golden_draft(const std::string& name) {
    const File file(std::string(QUIRE_SOURCE_DIR) + "/tests/golden/gguf/" + name + ".gguf");
    GgufDraft draft;
    draft.keys["general.architecture"] =
        std::string(file.get_string("general.architecture").value());
    for (const File::KeyValue& entry : file.metadata()) {
        if (entry.key.starts_with("general.") || entry.key.starts_with("tokenizer.")) continue;
        draft.keys[std::string(entry.key)] = value_of(file, entry);
    }
    for (const formats::SourceTensor& tensor : file.tensors()) {
        draft.tensors.push_back({tensor.name, tensor.shape});
    }
    return draft;
}

}  // namespace quire::tests
