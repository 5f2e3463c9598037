#include "lib/base/assert.h"

#include <doctest/doctest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <string>

namespace {

// What a child process writes to standard error, and the signal that ends it; 0: none.
template <typename Body>
std::string stderr_of(int& signal, const Body& body) {
    std::array<int, 2> pipe{};
    REQUIRE(::pipe(pipe.data()) == 0);
    const pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        ::dup2(pipe[1], STDERR_FILENO);
        std::signal(SIGABRT, SIG_DFL);  // not doctest's handler
        body();
        ::_exit(0);
    }
    ::close(pipe[1]);
    std::string text;
    std::array<char, 256> buffer{};
    for (ssize_t n = 0; (n = ::read(pipe[0], buffer.data(), buffer.size())) > 0;) {
        text.append(buffer.data(), static_cast<std::size_t>(n));
    }
    ::close(pipe[0]);
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
    return text;
}

}  // namespace

TEST_CASE("assert: a failure prints file, line and condition, and aborts") {
    int signal = 0;
    const std::string text =
        stderr_of(signal, [] { quire::base::assertion_failed("n_rows <= 4", "lib/x.cpp", 12); });
    CHECK(text == "lib/x.cpp:12: expected n_rows <= 4\n");
    CHECK(signal == SIGABRT);
}

TEST_CASE("assert: conditions are evaluated in debug and sanitizer builds only") {
    int n_evaluated = 0;
    QUIRE_ASSERT(++n_evaluated > 0);
#if !defined(NDEBUG) || defined(QUIRE_ASSERTIONS)
    CHECK(n_evaluated == 1);
#else
    CHECK(n_evaluated == 0);
#endif
}
