// Turns the modules of a quantized checkpoint into one source tensor each. A reader of a method finds
// the parts of a module by their names, and puts a tensor with the name of the weight in their place;
// families and pack see nothing else.
#pragma once

#include <deque>
#include <initializer_list>
#include <optional>
#include <string>

#include "formats/checkpoint/tensor_set.h"
#include "formats/quantized/scaled_floats.h"
#include "lib/base/json/json_object.h"
#include "models/source/source.h"

namespace quire::models {

// Why a key of the settings changes no weight.
inline constexpr const char* kSeenFromTensors = "the tensors show which modules are coded, and how";
inline constexpr const char* kOnlyAtRunTime =
    "how other programs compute with the weights, or code activations, keys and values";

// The quantization's part of the configuration. Every key must be read, or the reader says why not.
class QuantizationSettings : public base::JsonObject<nlohmann::json> {
  public:
    QuantizationSettings(const nlohmann::json& json, const std::string& where)
        : JsonObject(json, where), json_(json), where_(where) {}

    // The key may be absent; any value other than these is refused.
    void expect(const char* key, const nlohmann::json& values);
    // No value changes the weights; `because` says why.
    void no_effect(const char* key, const char* because);
    const std::string& where() const noexcept { return where_; }

  private:
    const nlohmann::json& json_;
    std::string where_;
};

// The rows and columns under one scale, two sizes under `key`; without the key, what a ScaleBlock is made
// with.
formats::ScaleBlock read_scale_block(QuantizationSettings& settings, const char* key);

class Composer {
  public:
    // `made` keeps the tensors that are put and must outlive the source.
    Composer(Source& source, const formats::TensorSet& set, std::deque<formats::SourceTensor>& made)
        : source_(source), set_(set), made_(made) {}

    const formats::TensorSet& set() const noexcept { return set_; }
    // Names that end so, of tensors of any dtype, in the order of the files, without the ending.
    std::vector<std::string> modules_with(std::string_view ending) const;

    // The part of a module; it is no tensor of the model any more. Error{model} when there is none.
    formats::CodedTensor take(const std::string& name);
    // The same for a part that may be absent.
    std::optional<formats::CodedTensor> take_if(const std::string& name);
    // The first of these that is there.
    std::optional<formats::CodedTensor> take_one(std::initializer_list<std::string> names);
    // Scales of activations or of keys and values. They say how another runner codes those, not what
    // the weights are.
    void drop_scale(const std::string& name);
    // Those of all modules whose names end so.
    void drop_scales(std::initializer_list<const char*> endings);
    // The weight of a module. Replaces a part of the same name.
    void put(formats::SourceTensor tensor);

    // A bias that is 0 everywhere may be left over: some writers add one to every module.
    void allow_zero_bias(const std::string& name);

    std::size_t n_put() const noexcept { return made_.size(); }
    Source& source() noexcept { return source_; }
    // Adds the notes about what was left out.
    void done();

  private:
    void forget(const std::string& name);

    Source& source_;
    const formats::TensorSet& set_;
    std::deque<formats::SourceTensor>& made_;
    std::size_t n_dropped_ = 0;
};

// Names of gamma and beta of a norm, as TensorFlow has them, in today's spelling.
std::string modern_name(const std::string& name);

}  // namespace quire::models
