#include "sources/paths.h"

#include <glob.h>

#include <algorithm>
#include <filesystem>
#include <set>

namespace spoor::sources {
namespace fs = std::filesystem;
namespace {

/// What a pipe gives is gone once it was read, and where the events do not fit into memory logs are read again.
constexpr const char* kReadTwice = "is no file: logs are read more than once; save it to a file first";

using Complain = std::function<void(const std::string& path, const std::string& what)>;

class Collector {
public:
    explicit Collector(const Complain& complain) : complain_(complain) {}

    void add(const std::string& path) {
        std::error_code error;
        const fs::file_status status = fs::status(path, error);
        if (!fs::exists(status)) {
            if (path == "-") return complain_(path, kReadTwice);
            if (path.find_first_of("*?[") != std::string::npos) return add_matches(path);
            return complain_(path, error && error != std::errc::no_such_file_or_directory ? error.message()
                                                                                          : "there is no such file");
        }
        if (fs::is_directory(status)) return add_folder(path);
        if (!fs::is_regular_file(status)) return complain_(path, kReadTwice);
        add_file(path, "");
    }

    std::vector<NamedFile> files;

private:
    void add_file(const std::string& path, const std::string& folder) {
        std::error_code error;
        const std::uint64_t size = fs::file_size(path, error);
        // The same file by two ways is read once.
        const fs::path real = fs::canonical(path, error);
        if (!error && !seen_.insert(real.string()).second) return;
        files.push_back({path, size == static_cast<std::uint64_t>(-1) ? 0 : size, folder});
    }

    void add_matches(const std::string& pattern) {
        glob_t found{};
        const int result = ::glob(pattern.c_str(), GLOB_BRACE | GLOB_TILDE, nullptr, &found);
        if (result != 0)
            complain_(pattern, "no file matches");
        else
            for (std::size_t i = 0; i < found.gl_pathc; ++i) add(found.gl_pathv[i]);
        ::globfree(&found);
    }

    void add_folder(const std::string& folder) {
        std::error_code error;
        std::vector<std::string> inside;
        fs::recursive_directory_iterator walk(folder, fs::directory_options::none, error);
        if (error) return complain_(folder, error.message());
        for (const fs::recursive_directory_iterator end; walk != end;) {
            std::error_code unreadable;
            if (walk->is_regular_file(unreadable)) inside.push_back(walk->path().string());
            const std::string at = walk->path().string();
            walk.increment(error);
            if (error) {
                complain_(at, error.message());
                // A folder that may not be entered: the walk goes on beside it, if it can.
                error.clear();
                if (walk != end) walk.disable_recursion_pending();
            }
        }
        if (inside.empty()) return complain_(folder, "the folder holds no files");
        std::ranges::sort(inside);
        for (const std::string& path : inside) add_file(path, folder);
    }

    const Complain& complain_;
    std::set<std::string> seen_;
};

}  // namespace

std::vector<NamedFile> files_of(std::span<const std::string> paths, const Complain& complain) {
    Collector collector(complain);
    for (const std::string& path : paths) collector.add(path);
    return std::move(collector.files);
}

}  // namespace spoor::sources
