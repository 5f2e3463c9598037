#include "apps/quire/models.h"

#include <spdlog/spdlog.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <filesystem>

#include "apps/common/command.h"
#include "apps/common/load.h"
#include "apps/common/models/model_folder.h"
#include "apps/common/output.h"
#include "apps/common/programs.h"
#include "apps/common/terminal/table.h"
#include "apps/common/units.h"
#include "formats/quire/reader.h"
#include "formats/tokenizer/vocab_files/public_encodings.h"
#include "lib/base/error.h"
#include "lib/base/hash.h"
#include "lib/base/json/json.h"
#include "lib/base/parallel.h"
#include "lib/base/quoted.h"
#include "lib/model/kv/kv_cache.h"

namespace quire::front {

namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

struct Facts {
    std::string title;  // the model's own name
    std::uint32_t context = 0;
    double bits = 0;                 // per weight
    std::uint64_t memory_bytes = 0;  // weights, and keys and values of kMemoryContext positions
    std::uint64_t hash = 0;
    std::string fault;  // why the file cannot be used; the rest is then unknown
};

// Positions that the column "memory" counts.
constexpr std::uint32_t kMemoryContext = 4096;

Facts facts_of(const std::string& path) {
    Facts facts;
    try {
        const auto file = formats::QuireFile::open(path, formats::Checked::directory);
        const spec::ModelSpec spec = file.spec();
        facts.title = file.meta().name;
        facts.context = spec.context_length;
        facts.hash = file.model_hash();
        double n_weights = 0;
        double n_bytes = 0;
        for (const auto& record : file.tensor_records()) {
            n_weights += static_cast<double>(record.rows) * static_cast<double>(record.columns);
            n_bytes += static_cast<double>(record.length);
        }
        if (n_weights > 0) facts.bits = 8 * n_bytes / n_weights;
        const model::KvLayout layout(spec, kernels::KvType::f16);
        const std::uint32_t positions = std::min(facts.context, kMemoryContext);
        facts.memory_bytes = file.file_bytes() +
                             layout.page_bytes * positions / kernels::kSpanPositions +
                             layout.state_bytes;
    } catch (const Error& error) {
        facts.fault = error.what();
    }
    return facts;
}

// The vocabularies of OpenAI that quire pull put into the folder of models, by the names of their files.
std::vector<common::NamedModel> vocabularies() {
    std::vector<common::NamedModel> found;
    for (const formats::PublicEncoding& encoding : formats::public_encodings()) {
        const fs::path path = fs::path(common::model_folder()) / encoding.file->name;
        std::error_code error;
        const std::uint64_t bytes = fs::file_size(path, error);
        const bool is_new = found.empty() || found.back().path != path.string();
        if (!error && is_new) found.push_back({path.stem().string(), path.string(), bytes});
    }
    return found;
}

Json json_of(const common::NamedModel& model) {
    const Facts facts = facts_of(model.path);
    if (!facts.fault.empty()) {
        return {{"name", model.name},
                {"path", model.path},
                {"bytes", model.bytes},
                {"error", facts.fault}};
    }
    return {{"name", model.name},
            {"path", model.path},
            {"bytes", model.bytes},
            {"title", facts.title},
            {"context", facts.context},
            {"bits_per_weight", facts.bits},
            {"memory_bytes", facts.memory_bytes},
            {"model_hash", base::hex(facts.hash)}};
}

std::string table_of(const std::vector<common::NamedModel>& models) {
    constexpr auto number = common::Table::Kind::number;
    common::Table table({{"name"},
                         {"size", number},
                         {"bits", number},
                         {"context", number},
                         {"memory", number},
                         {"model"}});
    for (const auto& model : models) {
        const Facts facts = facts_of(model.path);
        const std::string size = common::human_bytes(model.bytes);
        if (facts.fault.empty()) {
            table.add({model.name, size, facts.bits > 0 ? fmt::format("{:.2f}", facts.bits) : "",
                       std::to_string(facts.context), common::human_bytes(facts.memory_bytes),
                       facts.title});
        } else {
            table.add({model.name, size, "", "", "", "cannot be used: " + facts.fault});
        }
    }
    for (const auto& one : vocabularies()) {
        table.add({one.name, common::human_bytes(one.bytes), "", "", "", "a vocabulary for tok"});
    }
    return table.lines(common::table_width());
}

void list(bool as_json) {
    const std::vector<common::NamedModel> models = common::named_models();
    if (as_json) {
        Json json = Json::array();
        for (const auto& model : models) json.push_back(json_of(model));
        for (const auto& one : vocabularies()) {
            json.push_back({{"name", one.name},
                            {"path", one.path},
                            {"bytes", one.bytes},
                            {"vocabulary", true}});
        }
        common::write_stdout(json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n");
        return;
    }
    if (!models.empty() || !vocabularies().empty()) {
        common::write_stdout(table_of(models));
        return;
    }
    spdlog::info(
        "no models in {}; quire pull fetches one, and quire models add FILE puts one there",
        common::model_folder());
}

// The path of a model that exists.
std::string existing(const std::string& name) {
    std::string path = common::path_of_model(name);
    std::error_code error;
    if (fs::is_regular_file(path, error)) return path;
    throw Error(ErrorCode::usage, name,
                "expected the name of a model, found none in " + common::model_folder());
}

// The same, or that of a vocabulary.
std::string existing_or_vocabulary(const std::string& name) {
    for (const auto& one : vocabularies()) {
        if (one.name == name) return one.path;
    }
    return existing(name);
}

// The path for a new model, whose folder is made.
std::string vacant(const std::string& name) {
    std::string path = common::path_of_model(name);
    std::error_code error;
    if (fs::exists(path, error)) {
        throw Error(ErrorCode::usage, name, "expected a new name, found a model of this name");
    }
    fs::create_directories(fs::path(path).parent_path(), error);
    if (error) throw Error(ErrorCode::run, path, "its folder cannot be made: " + error.message());
    return path;
}

void add(const std::string& file, const std::string& given) {
    (void)formats::QuireFile::open(file);
    const std::string name = given.empty() ? fs::path(file).stem().string() : given;
    const std::string target = vacant(name);
    // A second name for the same bytes where the file system allows it; otherwise a copy, which gets
    // its name when it is complete.
    std::error_code error;
    fs::create_hard_link(file, target, error);
    if (error) {
        const std::string part = target + ".part";
        fs::copy_file(file, part, fs::copy_options::overwrite_existing, error);
        if (!error) fs::rename(part, target, error);
        if (error) {
            std::error_code ignored;
            fs::remove(part, ignored);
            throw Error(ErrorCode::run, target, "cannot be written: " + error.message());
        }
    }
    common::write_stdout("added " + name + ": " + target + "\n");
}

void remove(const std::string& name) {
    const std::string path = existing_or_vocabulary(name);
    std::error_code error;
    if (!fs::remove(path, error) || error) {
        throw Error(ErrorCode::run, path, "cannot be removed: " + error.message());
    }
    common::write_stdout("removed " + name + "\n");
}

void rename(const std::string& from, const std::string& to) {
    const std::string path = existing(from);
    const std::string target = vacant(to);
    std::error_code error;
    fs::rename(path, target, error);
    if (error) throw Error(ErrorCode::run, target, "cannot be written: " + error.message());
    common::write_stdout("renamed " + from + " to " + to + "\n");
}

void verify(const std::vector<std::string>& names) {
    for (const std::string& name : names) {
        const auto file = formats::QuireFile::open(existing(name));
        common::verify_weights(file, base::default_threads(), true);
        common::write_stdout(name + ": all checksums match\n");
    }
}

void forget() {
    std::uint64_t bytes = 0;
    std::error_code error;
    for (const auto& entry : fs::directory_iterator(common::packed_folder(), error)) {
        if (entry.path().extension() != ".quire") continue;
        std::error_code ignored;
        const std::uint64_t size = entry.file_size(ignored);
        if (fs::remove(entry.path(), ignored)) bytes += size;
    }
    common::write_stdout("removed packed files of " + common::human_bytes(bytes) + "\n");
}

}  // namespace

int run_models(const std::vector<std::string>& words) {
    CLI::App app("List, add, check, rename and remove models that have names.", "quire models");
    common::prepare(app);
    app.require_subcommand(0, 1);
    bool as_json = false;
    app.add_flag("--json", as_json, "List them as a JSON list");
    std::string name;
    std::string other;
    std::vector<std::string> names;
    auto* add_command = app.add_subcommand("add", "Give a .quire file a name");
    add_command->add_option("file", name, "The file")->required()->type_name("FILE");
    add_command->add_option("name", other, "The name (default: that of the file)")
        ->type_name("NAME");
    auto* remove_command = app.add_subcommand("remove", "Remove a model");
    remove_command->add_option("name", name, "Its name")->required()->type_name("NAME");
    auto* rename_command = app.add_subcommand("rename", "Give a model another name");
    rename_command->add_option("name", name, "Its name")->required()->type_name("NAME");
    rename_command->add_option("new", other, "Its new name")->required()->type_name("NEW");
    auto* verify_command = app.add_subcommand("verify", "Compare all bytes with their checksums");
    verify_command->add_option("names", names, "Names of models")->required()->type_name("NAME");
    auto* path_command = app.add_subcommand("path", "Print where the file of a model is");
    path_command->add_option("name", name, "Its name")->required()->type_name("NAME");
    auto* forget_command =
        app.add_subcommand("forget", "Remove the files that were packed on the way");

    std::vector<std::string> line{"quire models"};
    line.insert(line.end(), words.begin(), words.end());
    const int n = static_cast<int>(line.size());
    return common::run_command(app, n, common::pointers_to(line).data(), [&] {
        if (*add_command) add(name, other);
        if (*remove_command) remove(name);
        if (*rename_command) rename(name, other);
        if (*verify_command) verify(names);
        if (*path_command) common::write_stdout(existing_or_vocabulary(name) + "\n");
        if (*forget_command) forget();
        if (app.get_subcommands().empty()) list(as_json);
        return 0;
    });
}

}  // namespace quire::front
