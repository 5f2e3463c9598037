#include "apps/quire/documents.h"

#include <algorithm>
#include <filesystem>
#include <fstream>

namespace quire::front {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view kIndex = "README";

// Empty if there is none.
fs::path folder_of_documents() {
    std::error_code error;
    const fs::path program = fs::read_symlink("/proc/self/exe", error);
    const fs::path prefix = program.parent_path().parent_path();
    for (const fs::path& folder :
         {prefix / "share/doc/quire/docs", prefix.parent_path().parent_path() / "docs"}) {
        if (fs::is_regular_file(folder / "tutorial.md", error)) return folder;
    }
    return {};
}

}  // namespace

std::vector<std::string> document_names() {
    std::vector<std::string> names;
    const fs::path folder = folder_of_documents();
    std::error_code error;
    if (folder.empty()) return names;
    for (const fs::directory_entry& entry : fs::directory_iterator(folder, error)) {
        if (entry.path().extension() == ".md" && entry.path().stem() != kIndex) {
            names.push_back(entry.path().stem().string());
        }
    }
    std::ranges::sort(names);
    return names;
}

std::string document(std::string_view name) {
    const fs::path folder = folder_of_documents();
    if (folder.empty() || name.find('/') != std::string_view::npos) return "";
    std::ifstream file(folder / (std::string(name) + ".md"));
    std::string text;
    for (std::string line; std::getline(file, line);) {
        const bool is_comment =
            line.find("<!--") == line.find_first_not_of(' ') && line.ends_with("-->");
        if (!is_comment) text += line + "\n";
    }
    return text;
}

std::string list_of_documents() {
    const std::string index = document(kIndex);
    if (index.empty()) {
        return "The documents are not installed. They are in docs/ of the sources.\n";
    }
    return index + "\nThe files are in " + folder_of_documents().string() +
           ". quire help NAME prints one, such as quire help tutorial.\n";
}

}  // namespace quire::front
