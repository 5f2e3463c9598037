#include "apps/common/terminal/table.h"

#include <doctest/doctest.h>

#include <fstream>

#include "lib/unicode/widths.h"

using quire::common::Table;
using quire::unicode::cut_to_width;
using quire::unicode::display_width;
using quire::unicode::end_within_width;

TEST_CASE("widths: as the package wcwidth has them") {
    // scripts/goldens/tables/make_unicode_widths.py golden
    std::ifstream golden(QUIRE_SOURCE_DIR "/tests/golden/widths.tsv");
    std::string line;
    std::size_t n = 0;
    while (std::getline(golden, line)) {
        const std::string text = line.substr(line.find('\t') + 1);
        CHECK_MESSAGE(display_width(text) == std::stoul(line), line);
        ++n;
    }
    CHECK(n > 300);
    CHECK(display_width("") == 0);
    CHECK(display_width("a\x1b\n\xFF"
                        "b") == 2);  // controls and broken bytes
}

TEST_CASE("widths: a text is cut between clusters") {
    CHECK(cut_to_width("abc", 3) == "abc");
    CHECK(cut_to_width("abcd", 3) == "ab\u2026");
    CHECK(cut_to_width("abcd", 1) == "\u2026");
    CHECK(cut_to_width("abcd", 0).empty());
    CHECK(cut_to_width("e\u0301e\u0301e\u0301", 2) == "e\u0301\u2026");
    CHECK(cut_to_width("中文字", 5) == "中文\u2026");
    CHECK(cut_to_width("中文字", 4) == "中\u2026");
    const std::string family = "👨\u200d👩\u200d👧";
    CHECK(cut_to_width(family + family, 3) == family + "\u2026");
    CHECK(cut_to_width(family + family, 2) == "\u2026");
    CHECK(end_within_width("/home/notes.txt", 15) == "/home/notes.txt");
    CHECK(end_within_width("/home/notes.txt", 10) == "\u2026notes.txt");
    CHECK(end_within_width("ae\u0301b", 2) == "\u2026b");
    CHECK(end_within_width("中文字", 4) == "\u2026字");
}

TEST_CASE("table: wide and combining characters stand in line") {
    Table table({{"name"}, {"size", Table::Kind::number}, {"text"}});
    table.add({"中文", "5", "a"});
    table.add({"e\u0301", "12", "b"});
    CHECK(table.lines(0) ==
          "name  size  text\n"
          "中文     5  a\n"
          "e\u0301       12  b\n");
}

TEST_CASE("table: only texts are cut, the widest first") {
    Table table({{"", Table::Kind::number}, {"", Table::Kind::path}, {""}}, 1);
    table.add({"1234567890", "/a/long/path/to/notes.txt", "short"});
    CHECK(table.lines(0) == " 1234567890  /a/long/path/to/notes.txt  short\n");
    CHECK(display_width(table.lines(40)) <= 40);
    CHECK(table.lines(40).find("notes.txt  short\n") != std::string::npos);
    CHECK(table.lines(5).find("1234567890") != std::string::npos);
}

TEST_CASE("table: lines of a report are broken between words") {
    using quire::common::lines_within;
    const std::string text = "  three words here\nshort\n\n  unbreakablelongword next\n";
    CHECK(lines_within(text, 0) == text);
    CHECK(lines_within(text, 80) == text);
    CHECK(lines_within(text, 13) ==
          "  three words\n    here\nshort\n\n  unbreakablelongword\n    next\n");
}

TEST_CASE("table: a cell cannot move the cursor") {
    Table table({{"a"}, {"b"}});
    table.add({"\x1b[2J\n", "\xFF"});
    CHECK(table.lines(0) ==
          "a            b\n"
          "\\x1B[2J\\x0A  \\xFF\n");
}
