#include "formats/safetensors/header.h"

#include <array>

#include "formats/checkpoint/names.h"
#include "formats/safetensors/strict_json.h"
#include "lib/base/quoted.h"

namespace quire::formats {

namespace {

// clang-format off
// source: enum Dtype of the safetensors crate, version 0.8.
constexpr std::array<SafetensorsDtype, 22> kDtypes{{
    {"BOOL",         8, {}},
    {"F4",           4, {}},
    {"F6_E2M3",      6, {}},
    {"F6_E3M2",      6, {}},
    {"U8",           8, {}},
    {"I8",           8, {}},
    {"F8_E5M2",      8, {}},
    {"F8_E4M3",      8, {}},
    {"F8_E8M0",      8, {}},
    {"F8_E4M3FNUZ",  8, {}},
    {"F8_E5M2FNUZ",  8, {}},
    {"I16",         16, {}},
    {"U16",         16, {}},
    {"F16",         16, SourceType::f16},
    {"BF16",        16, SourceType::bf16},
    {"I32",         32, {}},
    {"U32",         32, {}},
    {"F32",         32, SourceType::f32},
    {"C64",         64, {}},
    {"F64",         64, {}},
    {"I64",         64, {}},
    {"U64",         64, {}},
}};
// clang-format on

class HeaderEvents final : public JsonEvents {
  public:
    using JsonEvents::JsonEvents;

    bool start_object(std::size_t) override {
        if (place_ == Place::file) {
            place_ = Place::top;
        } else if (place_ != Place::top_value) {
            return unexpected("an object");
        } else if (name_ == kMetadata) {
            start_metadata();
            place_ = Place::metadata;
        } else {
            header_.entries.push_back({.name = std::move(name_)});
            fields_ = {};
            place_ = Place::entry;
        }
        return true;
    }

    // Some writers have null where there is no metadata.
    bool null() override {
        if (place_ != Place::top_value || name_ != kMetadata) return unexpected("null");
        start_metadata();
        place_ = Place::top;
        return true;
    }

    bool end_object() override {
        if (place_ == Place::entry) check_complete();
        place_ = place_ == Place::top ? Place::file : Place::top;
        return true;
    }

    bool key(string_t& text) override {
        if (place_ == Place::top) {
            name_ = std::move(text);
            place_ = Place::top_value;
        } else if (place_ == Place::metadata) {
            header_.metadata.emplace_back(std::move(text), std::string());
            place_ = Place::metadata_value;
        } else {
            start_field(text);
        }
        return true;
    }

    bool string(string_t& text) override {
        if (place_ == Place::metadata_value) {
            header_.metadata.back().second = std::move(text);
            place_ = Place::metadata;
            return true;
        }
        if (place_ != Place::dtype) return unexpected("a string");
        entry().dtype = std::move(text);
        place_ = Place::entry;
        return true;
    }

    bool start_array(std::size_t) override {
        if (place_ != Place::shape && place_ != Place::offsets) return unexpected("an array");
        if (in_array_) return unexpected("an array");
        in_array_ = true;
        n_offsets_ = 0;
        return true;
    }

    bool number_unsigned(number_unsigned_t number) override {
        if (!in_array_) return unexpected("a number");
        if (place_ == Place::shape) {
            entry().shape.push_back(number);
            return true;
        }
        if (n_offsets_ == 2) return unexpected("a third number");
        (n_offsets_ == 0 ? entry().begin : entry().end) = number;
        ++n_offsets_;
        return true;
    }

    bool end_array() override {
        if (place_ == Place::offsets && n_offsets_ != 2) return unexpected("the end of the array");
        in_array_ = false;
        place_ = Place::entry;
        return true;
    }

    SafetensorsHeader take() { return std::move(header_); }

  private:
    static constexpr std::string_view kMetadata = "__metadata__";

    // Where the next event belongs.
    enum class Place {
        file,
        top,
        top_value,
        metadata,
        metadata_value,
        entry,
        dtype,
        shape,
        offsets,
    };

    struct Fields {
        bool dtype = false;
        bool shape = false;
        bool offsets = false;
    };

    HeaderEntry& entry() { return header_.entries.back(); }
    std::string entry_name() const {
        return "tensor " + base::printable(header_.entries.back().name);
    }

    void start_metadata() {
        if (has_metadata_) fail("key '__metadata__' occurs twice");
        has_metadata_ = true;
    }

    void start_field(const std::string& text) {
        bool* seen = nullptr;
        if (text == "dtype") {
            seen = &fields_.dtype;
            place_ = Place::dtype;
        } else if (text == "shape") {
            seen = &fields_.shape;
            place_ = Place::shape;
        } else if (text == "data_offsets") {
            seen = &fields_.offsets;
            place_ = Place::offsets;
        } else {
            fail(entry_name() + ": expected dtype, shape and data_offsets, found key '" +
                 base::printable(text) + "'");
        }
        if (*seen) fail(entry_name() + ": key '" + text + "' occurs twice");
        *seen = true;
    }

    void check_complete() const {
        const char* missing = nullptr;
        if (!fields_.dtype) missing = "dtype";
        if (!fields_.shape) missing = "shape";
        if (!fields_.offsets) missing = "data_offsets";
        if (missing != nullptr) fail(entry_name() + ": has no " + missing);
    }

    std::string expected() const override {
        switch (place_) {
            case Place::file:
            case Place::top:
            case Place::metadata:
            case Place::entry:
                break;  // only keys can follow, so no value has to be handled
            case Place::top_value:
                return "an object for '" + base::printable(name_) + "'";
            case Place::metadata_value:
                return "a string in __metadata__";
            case Place::dtype:
                return entry_name() + " to have a string as dtype";
            case Place::shape:
                return entry_name() + " to have an array of unsigned numbers as shape";
            case Place::offsets:
                return entry_name() + " to have two unsigned numbers as data_offsets";
        }
        return "an object";
    }

    SafetensorsHeader header_;
    Place place_ = Place::file;
    std::string name_;  // the key whose value comes next
    Fields fields_;     // of the entry being read
    bool has_metadata_ = false;
    bool in_array_ = false;
    int n_offsets_ = 0;
};

void check_no_duplicates(const SafetensorsHeader& header, const JsonEvents& events) {
    std::vector<std::string_view> names;
    for (const HeaderEntry& entry : header.entries) names.emplace_back(entry.name);
    if (const auto name = NameIndex(std::move(names)).duplicate()) {
        events.fail("tensor '" + base::printable(*name) + "' occurs twice");
    }
    std::vector<std::string_view> keys;
    for (const auto& [key, value] : header.metadata) keys.emplace_back(key);
    if (const auto key = NameIndex(std::move(keys)).duplicate()) {
        events.fail("key '" + base::printable(*key) + "' of __metadata__ occurs twice");
    }
}

}  // namespace

SafetensorsHeader parse_safetensors_header(base::Bytes json, const std::string& where) {
    HeaderEvents events(where);
    parse_strict_json(json, events);
    SafetensorsHeader header = events.take();
    check_no_duplicates(header, events);
    return header;
}

const SafetensorsDtype* find_safetensors_dtype(std::string_view name) noexcept {
    for (const SafetensorsDtype& dtype : kDtypes) {
        if (dtype.name == name) return &dtype;
    }
    return nullptr;
}

}  // namespace quire::formats
