// Testing: the program run inside a test, and the sample domain to run it on.
#pragma once
#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <vector>

#include "base/scratch_folder.h"
#include "cli/program.h"
#include "sample/write.h"

namespace spoor::cli::testing {

struct Ran {
    Exit exit;
    std::string out;
    std::string err;
};

inline Ran run(const std::vector<std::string>& words) {
    terminal::Output out(-1), err(-1);
    const SystemClock clock;
    const Exit exit = run_program(words, out, err, clock).exit;
    return {exit, out.kept(), err.kept()};
}

/// The logs of the sample domain.
inline const std::string& sample_logs() {
    static const ScratchFolder kFolder;
    static const std::string kPath = [] {
        EXPECT_TRUE(sample::write_story(sample::tell_story(), kFolder.path()));
        return kFolder.path();
    }();
    return kPath;
}

/// A store that they were imported into.
inline const std::string& sample_store() {
    static const ScratchFolder kFolder;
    static const std::string kPath = [] {
        const std::string path = kFolder.file("store");
        EXPECT_EQ(run({"import", "--quiet", "--store", path, sample_logs()}).exit, Exit::Done);
        return path;
    }();
    return kPath;
}

/// The lines of a text, without their ends.
inline std::vector<std::string> lines_of(const std::string& text) {
    std::vector<std::string> lines;
    for (std::size_t begin = 0; begin < text.size();) {
        const std::size_t end = std::min(text.find('\n', begin), text.size());
        lines.push_back(text.substr(begin, end - begin));
        begin = end + 1;
    }
    return lines;
}

}  // namespace spoor::cli::testing
