// quire pull: fetches a model from Hugging Face or any address, checks it, and packs it under a name. Also
// OpenAI's public vocabularies, which tok knows by name.
#include <fcntl.h>
#include <spdlog/spdlog.h>
#include <sys/file.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdlib>
#include <filesystem>

#include "apps/common/command.h"
#include "apps/common/found_file.h"
#include "apps/common/models/model_folder.h"
#include "apps/common/options/numbers.h"
#include "apps/common/output.h"
#include "apps/common/programs.h"
#include "apps/common/terminal/progress_line.h"
#include "apps/common/terminal/table.h"
#include "apps/common/units.h"
#include "apps/pull/hub.h"
#include "formats/tokenizer/vocab_files/public_encodings.h"
#include "lib/base/error.h"
#include "lib/base/quoted.h"

namespace {

using namespace quire;
namespace fs = std::filesystem;

struct Options {
    std::string what;
    std::string name;
    std::string type;
    std::string folder;  // only download, into this folder
    std::string sha256;
    int n_tries = 5;
    bool keep = false;
    bool list = false;
};

std::string variable(const char* name) {
    const char* value = std::getenv(name);
    return value == nullptr ? "" : value;
}

std::string endpoint() {
    std::string text = variable("HF_ENDPOINT");
    while (text.ends_with('/')) text.pop_back();
    if (text.empty()) return "https://huggingface.co";
    common::for_option("HF_ENDPOINT", [&] { return pull::origin_of(text); });
    return text;
}

// Where downloads wait to be packed: $XDG_CACHE_HOME/quire/downloads.
std::string download_folder() {
    const std::string packed = common::packed_folder();
    if (packed.empty()) {
        throw Error(ErrorCode::usage, "",
                    "expected HOME or XDG_CACHE_HOME to be set, found neither");
    }
    return (fs::path(packed).parent_path() / "downloads").string();
}

void make_folder(const std::string& path) {
    std::error_code error;
    fs::create_directories(path, error);
    if (error) throw Error(ErrorCode::run, path, "cannot be made: " + error.message());
}

// Only one process fetches into a folder.
class FolderLock {
  public:
    explicit FolderLock(const std::string& folder)
        : path_(folder + "/.lock"), fd_(::open(path_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644)) {
        if (fd_ < 0) throw system_error(ErrorCode::run, path_, "cannot be made");
        if (::flock(fd_, LOCK_EX | LOCK_NB) == 0) return;
        ::close(fd_);
        throw Error(ErrorCode::run, folder, "another quire pull is at work here");
    }
    ~FolderLock() {
        ::unlink(path_.c_str());
        ::close(fd_);
    }
    FolderLock(const FolderLock&) = delete;
    FolderLock& operator=(const FolderLock&) = delete;

  private:
    std::string path_;
    int fd_;
};

void check_room(const std::string& folder, std::uint64_t needed) {
    struct statvfs status {};
    if (::statvfs(folder.c_str(), &status) != 0) return;
    const std::uint64_t there = std::uint64_t{status.f_bavail} * status.f_frsize;
    if (needed <= there) return;
    throw Error(ErrorCode::run, folder,
                "expected " + common::human_bytes(needed) + " of room on the disk, found " +
                    common::human_bytes(there));
}

// Fetches what is missing, with one line of progress over all files.
void fetch(pull::Http& http, const std::vector<pull::RemoteFile>& files, const std::string& folder,
           const Options& options) {
    std::uint64_t total = 0;
    std::uint64_t there = 0;
    for (const pull::RemoteFile& file : files) {
        total += file.size.value_or(0);
        there += pull::bytes_there(folder + "/" + file.name);
    }
    check_room(folder, total - std::min(total, there));
    if (there > 0) spdlog::info("{} are here already", common::human_bytes(there));
    common::ProgressLine progress({.what = "pull",
                                   .total = total,
                                   .unit = common::ProgressLine::Unit::bytes,
                                   .begin = there,
                                   .delay = std::chrono::milliseconds(200)});
    std::uint64_t done = there;
    for (std::size_t i = 0; i < files.size(); ++i) {
        const std::string target = folder + "/" + files[i].name;
        std::error_code ignored;
        if (fs::exists(target, ignored)) continue;
        make_folder(fs::path(target).parent_path().string());
        const std::string note =
            files.size() > 1 ? fmt::format("file {} of {}", i + 1, files.size()) : "";
        const auto more = [&](std::int64_t n) {
            done = n < 0 && static_cast<std::uint64_t>(-n) > done
                       ? 0
                       : done + static_cast<std::uint64_t>(n);
            progress.show(done, note);
        };
        const pull::Downloaded got = pull::download(http, files[i], target, options.n_tries, more);
        if (got.was_published) continue;
        progress.clear();
        spdlog::info("{}: no checksum was published; SHA-256 {}", files[i].name, got.sha256);
    }
}

// Fetches into `folder` and returns what pack is to be given.
std::string fetch_model(pull::Http& http, const pull::Wanted& wanted, const pull::Chosen& chosen,
                        const std::string& folder, const Options& options) {
    make_folder(folder);
    const FolderLock lock(folder);
    fetch(http, chosen.files, folder, options);
    spdlog::info("fetched {} into {}", wanted.url.empty() ? wanted.repo : wanted.url, folder);
    return chosen.entry.empty() ? folder : folder + "/" + chosen.entry;
}

// What a plain URL gives: one file.
pull::Chosen of_url(const std::string& url, const Options& options) {
    if (!pull::is_private(url)) {
        throw Error(ErrorCode::usage, url, "expected https, found http, which anybody can change");
    }
    const std::string path = url.substr(0, url.find_first_of("?#"));
    pull::RemoteFile file{.url = url,
                          .name = path.substr(path.rfind('/') + 1),
                          .sha256 = pull::lower_case(options.sha256)};
    return {.files = {file}, .entry = file.name, .tag = ""};
}

void print_list(const pull::Listing& listing) {
    common::Table table({{"", common::Table::Kind::number}, {"", common::Table::Kind::path}});
    for (const pull::RemoteFile& file : listing.files) {
        table.add({file.size ? common::human_bytes(*file.size) : "?", file.name});
    }
    common::write_stdout(table.lines(common::table_width()));
}

std::string target_of(const pull::Wanted& wanted, const pull::Chosen& chosen,
                      const Options& options) {
    pull::Wanted named = wanted;
    if (named.tag.empty()) named.tag = chosen.tag;
    const std::string name = options.name.empty() ? named.model_name() : options.name;
    std::string path = common::path_of_model(name);
    std::error_code ignored;
    if (fs::exists(path, ignored)) {
        throw Error(ErrorCode::usage, name,
                    "a model of this name is there already; --name chooses another one, and quire "
                    "models remove makes room");
    }
    make_folder(fs::path(path).parent_path().string());
    return path;
}

int pack(const std::string& source, const std::string& target, const Options& options) {
    std::vector<std::string> words{"pack", source, "-o", target};
    if (!options.type.empty()) words.insert(words.end(), {"--type", options.type});
    return common::run_program("pack", words);
}

// Error{usage} for an option that has no effect on a model of the hub, or on a URL.
void check_options(const Options& options, const pull::Wanted& wanted) {
    if (!wanted.url.empty() && options.list) {
        throw Error(ErrorCode::usage, "--list", "expected org/model, found a URL");
    }
    if (options.sha256.empty()) return;
    if (wanted.url.empty()) {
        throw Error(ErrorCode::usage, "--sha256",
                    "expected a URL, found a model of the hub, which publishes its checksums");
    }
    if (!pull::is_hash(pull::lower_case(options.sha256), 64)) {
        throw Error(ErrorCode::usage, "--sha256",
                    "expected 64 digits from 0 to f, found " + base::quoted(options.sha256));
    }
}

// The file of OpenAI's that is asked for by the name of an encoding or model, or by its URL.
const formats::PublicFile* public_file(const std::string& what) {
    if (const auto* encoding = formats::public_encoding(what)) return encoding->file;
    for (const formats::PublicEncoding& encoding : formats::public_encodings()) {
        if (what == encoding.file->url()) return encoding.file;
    }
    return nullptr;
}

// It goes into the folder of models as it is.
int run_public_file(const formats::PublicFile& file, const Options& options) {
    const auto refuse = [](const char* option) {
        throw Error(ErrorCode::usage, option, "has no effect on a vocabulary of OpenAI");
    };
    if (!options.name.empty()) refuse("--name");
    if (!options.type.empty()) refuse("--type");
    if (!options.sha256.empty()) refuse("--sha256");
    if (options.list) refuse("--list");
    if (options.keep) refuse("--keep");
    const std::string folder = options.folder.empty() ? common::model_folder() : options.folder;
    if (folder.empty()) {
        throw Error(ErrorCode::usage, "",
                    "expected HOME, XDG_DATA_HOME or QUIRE_MODELS to be set, found none");
    }
    const std::string path = folder + "/" + std::string(file.name);
    std::error_code ignored;
    if (fs::exists(path, ignored)) {
        spdlog::info("{} is here already", path);
        return 0;
    }
    make_folder(folder);
    const FolderLock lock(folder);
    const std::string mirror = variable("QUIRE_VOCABULARIES");
    pull::Http http("", "");
    const std::string url = mirror.empty() ? file.url() : mirror + "/" + std::string(file.name);
    fetch(http,
          {{.url = url,
            .name = std::string(file.name),
            .size = file.n_bytes,
            .sha256 = std::string(file.sha256)}},
          folder, options);
    spdlog::info("fetched {}; quire tok -m {} counts with it", path, options.what);
    return 0;
}

int run_pull(const Options& options) {
    if (const auto* file = public_file(options.what)) return run_public_file(*file, options);
    const std::string hub = endpoint();
    const pull::Wanted wanted = pull::parse_wanted(options.what, hub);
    check_options(options, wanted);
    const std::string token = variable("HF_TOKEN");
    if (!token.empty() && !pull::is_private(hub)) {
        throw Error(
            ErrorCode::usage, "HF_ENDPOINT",
            "expected https, found http, over which HF_TOKEN would be sent for all to read");
    }
    pull::Http http(token, pull::origin_of(hub));
    pull::Listing listing;
    if (wanted.url.empty()) listing = pull::list_files(http, hub, wanted);
    if (options.list) {
        print_list(listing);
        return 0;
    }
    const pull::Chosen chosen =
        wanted.url.empty() ? pull::choose_files(listing, wanted) : of_url(wanted.url, options);
    if (!chosen.tag.empty()) spdlog::info("took {}, one of several types", chosen.tag);
    if (!options.folder.empty()) {
        fetch_model(http, wanted, chosen, options.folder, options);
        return 0;
    }
    const std::string target = target_of(wanted, chosen, options);
    std::string place =
        wanted.url.empty() ? wanted.repo + "@" + listing.commit.substr(0, 12) : wanted.model_name();
    std::ranges::replace(place, '/', '-');
    const std::string folder = download_folder() + "/" + place;
    const std::string source = fetch_model(http, wanted, chosen, folder, options);
    const int code = pack(source, target, options);
    if (code != 0) {
        spdlog::info("what was fetched is kept in {}", folder);
        return code;
    }
    std::error_code ignored;
    if (!options.keep) fs::remove_all(folder, ignored);
    const std::string name =
        fs::path(target).lexically_relative(common::model_folder()).replace_extension().string();
    spdlog::info("quire gen -m {} \"Hello\" runs it", name);
    return 0;
}

int run_until_interrupt(const Options& options) {
    common::watch_interrupt();
    try {
        return run_pull(options);
    } catch (const pull::Http::Interrupted&) {
        spdlog::info("interrupted; the same command goes on from here");
        return common::kInterruptedExit;
    }
}

int command_line(int argc, char** argv) {
    CLI::App app("Fetch a model, check it, and pack it under a name.", "quire pull");
    common::prepare(app);
    Options options;
    app.add_option(
           "model", options.what,
           "org/model of Hugging Face, with :Q4_K_M for one of several GGUF files, /FILE for "
           "a single file or @REVISION; an https URL; or a vocabulary of OpenAI for tok, such as "
           "o200k_base or gpt-4o")
        ->required()
        ->type_name("MODEL");
    app.add_option("--name", options.name, "The name in quire models (default: that of the model)")
        ->type_name("NAME");
    app.add_option("--type", options.type,
                   "Element type or size, as of pack (default: keep the checkpoint's)")
        ->type_name("TYPE");
    auto* folder = app.add_option("--into", options.folder,
                                  "Only fetch the files, into this folder, and pack nothing")
                       ->type_name("FOLDER");
    app.get_option("--name")->excludes(folder);
    app.get_option("--type")->excludes(folder);
    app.add_option("--sha256", options.sha256,
                   "The SHA-256 that the file of a URL must have, in hexadecimal digits")
        ->type_name("HEX");
    app.add_flag("--list", options.list, "List the files of the model, and fetch none");
    app.add_flag("--keep", options.keep, "Keep the fetched files when they are packed")
        ->excludes(folder);
    common::add_integer(app, "--tries", options.n_tries, {1, 20},
                        "How often to try in a row without a new byte");
    return common::run_command(app, argc, argv, [&] { return run_until_interrupt(options); });
}

}  // namespace

int main(int argc, char** argv) {
    return quire::common::run_main("quire pull", command_line, argc, argv);
}
