// Pages in files change no bit, whatever happens to the files.

#include "lib/generate/reuse/page_store.h"

#include <filesystem>
#include <fstream>
#include <set>

#include "tests/generate/engine_support.h"

using namespace quire;
using namespace quire::test;
using generate::PageStore;

namespace {

namespace fs = std::filesystem;
using Kind = PageStore::Kind;

std::vector<std::uint32_t> some_tokens(std::size_t n) {
    std::vector<std::uint32_t> tokens(n);
    for (std::uint32_t i = 0; i < n; ++i) tokens[i] = i * 7 % 320;
    return tokens;
}

std::vector<std::byte> some_bytes(std::size_t n, int seed) {
    std::vector<std::byte> bytes(n);
    for (std::size_t i = 0; i < n; ++i)
        bytes[i] = static_cast<std::byte>(i * 31 + i / 7 + static_cast<std::size_t>(seed));
    return bytes;
}

std::vector<fs::path> files_in(const std::string& folder) {
    std::vector<fs::path> files;
    for (const auto& entry : fs::recursive_directory_iterator(folder)) {
        if (entry.is_regular_file()) files.push_back(entry.path());
    }
    std::ranges::sort(files);
    return files;
}

std::string content_of(const fs::path& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

std::uint64_t total_bytes(const std::string& folder) {
    std::uint64_t sum = 0;
    for (const fs::path& file : files_in(folder)) sum += fs::file_size(file);
    return sum;
}

PageStore::Params params_in(const TempDir& dir, std::uint64_t max_bytes = 1 << 30) {
    return {.folder = dir.file("a/cache"), .max_bytes = max_bytes, .model_hash = 7};
}

}  // namespace

TEST_CASE(
    "page store: another process finds what was written, for these tokens and this kind only") {
    const TempDir dir;
    const auto tokens = some_tokens(128);
    const auto bytes = some_bytes(1000, 1);
    PageStore(params_in(dir)).write(Kind::page, tokens, bytes);
    PageStore store(params_in(dir));
    std::vector<std::byte> found(1000);
    REQUIRE(store.read(Kind::page, tokens, found));
    CHECK(found == bytes);
    CHECK(store.stats().n_read == 1);
    CHECK_FALSE(store.read(Kind::state, tokens, found));
    CHECK_FALSE(store.read(Kind::page, std::span(tokens).first(64), found));
    auto others = tokens;
    ++others[3];
    CHECK_FALSE(store.read(Kind::page, others, found));
    CHECK(store.stats().n_damaged == 0);
}

TEST_CASE("page store: other weights and other types of keys have other pages") {
    const TempDir dir;
    const auto tokens = some_tokens(64);
    PageStore(params_in(dir)).write(Kind::page, tokens, some_bytes(100, 1));
    std::vector<std::byte> found(100);
    PageStore::Params weights = params_in(dir);
    weights.model_hash = 8;
    CHECK_FALSE(PageStore(weights).read(Kind::page, tokens, found));
    PageStore::Params type = params_in(dir);
    type.kv_type = kernels::KvType::q8;
    CHECK_FALSE(PageStore(type).read(Kind::page, tokens, found));
    CHECK(PageStore(params_in(dir)).read(Kind::page, tokens, found));
}

TEST_CASE("page store: a file is refused and removed for any damaged byte and any other length") {
    const TempDir dir;
    const auto tokens = some_tokens(64);
    const auto bytes = some_bytes(200, 3);
    PageStore(params_in(dir)).write(Kind::page, tokens, bytes);
    const fs::path path = files_in(dir.file("a/cache")).at(0);
    const std::string whole = content_of(path);
    std::vector<std::byte> found(200);
    const auto check_refused = [&](const std::string& content) {
        std::ofstream(path, std::ios::binary) << content;
        PageStore store(params_in(dir));
        CHECK_FALSE(store.read(Kind::page, tokens, found));
        CHECK(store.stats().n_damaged == 1);
        CHECK(store.stats().first_damaged == path.string());
        CHECK_FALSE(fs::exists(path));
    };
    for (std::size_t i = 0; i < whole.size(); ++i) {
        CAPTURE(i);
        std::string damaged = whole;
        damaged[i] = static_cast<char>(damaged[i] ^ (1 << (i % 8)));
        check_refused(damaged);
    }
    for (const std::size_t n : {std::size_t{0}, std::size_t{10}, whole.size() - 1}) {
        check_refused(whole.substr(0, n));
    }
    check_refused(whole + "x");
    PageStore store(params_in(dir));
    store.write(Kind::page, tokens, bytes);
    CHECK(store.read(Kind::page, tokens, found));
    CHECK(found == bytes);
}

TEST_CASE("page store: the files used least recently go first, and no more than the limit stays") {
    const TempDir dir;
    const auto tokens = some_tokens(64 * 20);
    std::vector<std::byte> bytes(1000);
    PageStore store(params_in(dir, 10'000));
    const auto at = [&](std::size_t i) { return std::span(tokens).first((i + 1) * 16); };
    for (std::size_t i = 0; i < 40; ++i) {
        store.write(Kind::page, at(i), bytes);
        CHECK(total_bytes(dir.file("a/cache")) <= 10'000);
        if (i < 3) continue;
        // Time stamps of files may be no finer than some milliseconds.
        for (const fs::path& file : files_in(dir.file("a/cache"))) {
            fs::last_write_time(file, fs::last_write_time(file) - std::chrono::seconds(10));
        }
        CHECK(store.read(Kind::page, at(0), bytes));
    }
    CHECK(store.has(Kind::page, at(0)));
    CHECK(store.has(Kind::page, at(39)));
    CHECK_FALSE(store.has(Kind::page, at(1)));
    CHECK(store.stats().problem.empty());
}

TEST_CASE("page store: files that it did not write stay, whatever their names") {
    const TempDir dir;
    const std::string folder = dir.file("a/cache");
    fs::create_directories(folder + "/pages");
    fs::create_directories(folder + "/0123456789abcdef");
    const std::vector<std::string> others = {folder + "/letter.page", folder + "/pages/1.state",
                                             folder + "/0123456789abcdef/letter.page",
                                             folder + "/0123456789abcdef0.page"};
    for (const std::string& path : others) write_file(path, std::string(500, 'x'));
    PageStore store(params_in(dir, 600));
    const auto tokens = some_tokens(64);
    store.write(Kind::page, tokens, some_bytes(200, 1));
    store.write(Kind::state, tokens, some_bytes(200, 1));
    for (const std::string& path : others) CHECK(fs::exists(path));
    CHECK(store.stats().n_written == 2);
    CHECK(total_bytes(folder) <= 500 * others.size() + 600);
}

TEST_CASE(
    "page store: a folder that cannot be made is an error, and one that went away ends the "
    "writing") {
    const TempDir dir;
    std::ofstream(dir.file("file")) << "x";
    PageStore::Params params = params_in(dir);
    params.folder = dir.file("file/cache");
    CHECK_THROWS_AS(PageStore{params}, Error);
    PageStore store(params_in(dir));
    fs::remove_all(dir.file("a"));
    const auto tokens = some_tokens(64);
    store.write(Kind::page, tokens, some_bytes(10, 1));
    CHECK_FALSE(store.stats().problem.empty());
    CHECK(store.stats().n_written == 0);
}

TEST_CASE("page store: requests get the same results, and compute only what is not in the files") {
    for (const char* family : {"", "lfm2", "qwen3.5", "mamba2"}) {
        CAPTURE(family);
        const Loaded loaded(family);
        const TempDir dir;
        const auto store = [&] {
            return std::make_shared<PageStore>(PageStore::Params{
                dir.file("cache"), std::uint64_t{1} << 30, 7, loaded.model.kv_layout.type});
        };
        const auto requests = requests_of(30);
        const Results expected =
            run_all(loaded, requests, {.n_parallel = 1, .share_prefixes = false});
        for (int turn = 0; turn < 3; ++turn) {
            generate::EngineStats stats;
            const auto pages = store();
            const Results found = run_all(
                loaded, requests,
                {.n_parallel = 4, .batch = 100, .page_store = pages, .n_threads = 2}, &stats);
            for (const auto& [i, result] : expected) CHECK(same(found.at(i), result));
            CHECK((pages->stats().n_read > 0) == (turn > 0));
            if (turn > 0) CHECK(pages->stats().n_written == 0);
        }
        generate::Request request;
        request.prompt = some_tokens(200);
        request.hash_logits = true;
        request.continuation.max_tokens = 5;
        const generate::Result alone = run_one(loaded, request);
        for (int turn = 0; turn < 2; ++turn) {
            generate::Engine engine(
                loaded.model, loaded.tokenizer,
                generate::for_one_request({.page_store = store()}, request.prompt.size()));
            CHECK(same(generate::complete(engine, request), alone));
            CHECK(engine.stats().n_computed == (turn == 0 ? 200 : 200 - 192));
        }
    }
}
