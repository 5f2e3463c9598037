// Measures what opening a tokenizer costs when its tables are in a file: the number of pages it
// reads. The count is exact, because the tables are in memory that is unreadable until the first
// access to each page.
#include <doctest/doctest.h>
#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

#include <atomic>
#include <cstring>
#include <map>
#include <string>

#include "lib/tokenizer/encode/encoder.h"
#include "lib/tokenizer/encode/safe_cuts.h"
#include "tests/tokenizer/support.h"

using namespace quire;

namespace {

struct Guarded {
    char* begin;
    std::size_t size;
    std::size_t page;
    std::atomic<std::size_t> n_touched;
};
Guarded guarded;  // a signal handler can only use a global

void on_fault(int /*signal*/, siginfo_t* info, void* /*context*/) {
    const auto offset = static_cast<std::size_t>(static_cast<char*>(info->si_addr) - guarded.begin);
    if (offset >= guarded.size) ::_exit(99);
    ++guarded.n_touched;
    ::mprotect(guarded.begin + offset / guarded.page * guarded.page, guarded.page, PROT_READ);
}

// Tables in memory as in a file, each starting at a page boundary.
class GuardedTables {
  public:
    explicit GuardedTables(const test::Tables& tables) {
        guarded.page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
        for (const auto& [name, bytes] : tables) {
            places_[name] = {guarded.size, bytes.size()};
            guarded.size += (bytes.size() / guarded.page + 1) * guarded.page;
        }
        void* memory = ::mmap(nullptr, guarded.size, PROT_READ | PROT_WRITE,
                              MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        REQUIRE(memory != MAP_FAILED);
        guarded.begin = static_cast<char*>(memory);
        for (const auto& [name, bytes] : tables) {
            if (!bytes.empty()) {
                std::memcpy(guarded.begin + places_[name].begin, bytes.data(), bytes.size());
            }
        }
        struct sigaction action {};
        action.sa_sigaction = on_fault;
        action.sa_flags = SA_SIGINFO;
        ::sigaction(SIGSEGV, &action, &before_);
        ::mprotect(memory, guarded.size, PROT_NONE);
        guarded.n_touched = 0;
    }
    ~GuardedTables() {
        ::sigaction(SIGSEGV, &before_, nullptr);
        ::munmap(guarded.begin, guarded.size);
        guarded.size = 0;
    }
    GuardedTables(const GuardedTables&) = delete;
    GuardedTables& operator=(const GuardedTables&) = delete;

    base::Bytes operator()(std::string_view name) const {
        const auto place = places_.find(name);
        REQUIRE(place != places_.end());
        return {reinterpret_cast<const std::byte*>(guarded.begin) + place->second.begin,
                place->second.size};
    }
    std::size_t touched_bytes() const { return guarded.n_touched * guarded.page; }

  private:
    struct Place {
        std::size_t begin;
        std::size_t size;
    };
    std::map<std::string, Place, std::less<>> places_;
    struct sigaction before_ {};
};

// As many pieces and merges as real models have, and some added tokens.
void enlarge(tokenizer::TokenizerSpec& source) {
    constexpr std::uint32_t kPieces = 60'000;
    const auto n = static_cast<std::uint32_t>(source.pieces.size());
    const bool merges = !source.merges.empty();
    for (std::uint32_t id = n; id < kPieces; ++id) {
        const std::uint32_t left = id - n;
        source.pieces.push_back({source.pieces[left % n].bytes + "x" + std::to_string(id)});
        if (!source.scores.empty()) source.scores.push_back(-20.0 - id);
        if (merges) source.merges.push_back({left, left + 1, id, id});
    }
    for (std::uint32_t id = kPieces - 2'000; id < kPieces; ++id) {
        source.added.push_back({.id = id, .content = "<|" + std::to_string(id) + "|>"});
    }
}

}  // namespace

TEST_CASE("touched pages: opening a tokenizer of any kind reads less than 1 MB") {
    for (const char* name : {"digits", "llama3", "spm", "bert", "t5", "xlmr", "albert", "words"}) {
        CAPTURE(name);
        tokenizer::TokenizerSpec source = test::golden_source(name);
        enlarge(source);
        const test::Tables tables = test::tables_of(source);
        const GuardedTables guarded_tables(tables);
        const tokenizer::Tokenizer tokenizer(
            [&](std::string_view table) { return guarded_tables(table); });
        tokenizer::Encoder encoder(tokenizer);
        const tokenizer::SafeCuts cuts(tokenizer.tables());
        const std::size_t opened = guarded_tables.touched_bytes();
        CHECK(opened > 0);
        CHECK(opened < 1'000'000);
        std::vector<std::uint32_t> ids;
        encoder.encode("And a text of some words.", {}, ids);
        CHECK(!ids.empty());
        MESSAGE(std::string(name) << ": " << opened / 1024 << " of " << guarded.size / 1024
                                  << " KiB to open");
    }
}
