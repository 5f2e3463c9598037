#include "formats/safetensors/index.h"

#include <map>

#include "formats/checkpoint/names.h"
#include "formats/safetensors/strict_json.h"
#include "lib/base/files/mapped_file.h"
#include "lib/base/quoted.h"

namespace quire::formats {

namespace {

constexpr std::uint64_t kMaxIndexBytes = 100'000'000;
constexpr int kMaxDepth = 32;

class IndexEvents final : public JsonEvents {
  public:
    using JsonEvents::JsonEvents;

    // Other members of the index, such as `metadata`, are skipped.
    bool null() override { return skip("null"); }
    bool boolean(bool) override { return skip("a boolean"); }
    bool number_integer(number_integer_t) override { return skip("a number"); }
    bool number_unsigned(number_unsigned_t) override { return skip("a number"); }
    bool number_float(number_float_t, const string_t&) override { return skip("a number"); }

    bool start_object(std::size_t) override {
        if (in_map()) return unexpected("an object");
        if (map_is_next_) {
            map_depth_ = depth_ + 1;
            map_is_next_ = false;
        }
        return deeper();
    }

    bool start_array(std::size_t) override {
        if (in_map() || map_is_next_) return unexpected("an array");
        return deeper();
    }

    bool end_object() override {
        if (in_map()) map_depth_ = 0;
        --depth_;
        return true;
    }

    bool end_array() override {
        --depth_;
        return true;
    }

    bool key(string_t& text) override {
        if (in_map()) {
            name_ = std::move(text);
        } else if (depth_ == 1 && text == "weight_map") {
            if (has_map_) fail("key 'weight_map' occurs twice");
            has_map_ = true;
            map_is_next_ = true;
        }
        return true;
    }

    bool string(string_t& text) override {
        if (!in_map()) return skip("a string");
        check_file_name(text);
        shards_[text].push_back(std::move(name_));
        return true;
    }

    ShardIndex take() {
        if (!has_map_) fail("has no weight_map");
        if (shards_.empty()) fail("weight_map is empty");
        ShardIndex index;
        for (auto& [file, tensors] : shards_) index.shards.push_back({file, std::move(tensors)});
        return index;
    }

  private:
    bool in_map() const { return map_depth_ != 0 && depth_ == map_depth_; }

    bool skip(const char* found) const {
        return in_map() || map_is_next_ ? unexpected(found) : true;
    }

    bool deeper() {
        if (++depth_ > kMaxDepth) fail("nested deeper than " + std::to_string(kMaxDepth));
        return true;
    }

    std::string expected() const override {
        return in_map() ? "a file name for '" + base::printable(name_) + "' in weight_map"
                        : "an object as weight_map";
    }

    void check_file_name(const std::string& file) const {
        const bool leads_out = file.find('/') != std::string::npos || file == "." || file == "..";
        if (file.empty() || leads_out || file.find('\0') != std::string::npos) {
            fail("expected a plain file name for '" + base::printable(name_) + "', found '" +
                 base::printable(file) + "'");
        }
    }

    std::map<std::string, std::vector<std::string>> shards_;
    std::string name_;  // of the tensor whose file comes next
    int depth_ = 0;
    int map_depth_ = 0;  // while inside weight_map
    bool map_is_next_ = false;
    bool has_map_ = false;
};

void check_no_duplicates(const ShardIndex& index, const JsonEvents& events) {
    std::vector<std::string_view> names;
    for (const auto& shard : index.shards) {
        names.insert(names.end(), shard.tensors.begin(), shard.tensors.end());
    }
    if (const auto name = NameIndex(std::move(names)).duplicate()) {
        events.fail("tensor '" + base::printable(*name) + "' occurs twice in weight_map");
    }
}

}  // namespace

ShardIndex read_shard_index(const std::string& path) {
    const std::string text = base::read_text_file(path, kMaxIndexBytes);
    IndexEvents events(path);
    parse_strict_json(base::as_bytes(text), events);
    ShardIndex index = events.take();
    check_no_duplicates(index, events);
    return index;
}

}  // namespace quire::formats
