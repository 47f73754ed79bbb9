// Damage in a log is told in the same words and by the same exit code, whichever command meets it.
#include <gmock/gmock.h>

#include <fstream>

#include "base/scratch_folder.h"
#include "cli/testing.h"

namespace spoor::cli {
namespace {

using ::testing::HasSubstr;
using testing::Ran;
using testing::run;
using testing::sample_logs;

constexpr std::streamoff kFirstChunk = 4096, kHeaderChecksum = 124, kFirstRecordWritten = 512 + 16;

/// A log of the sample in which the byte at that place is another one.
std::string log_with_another_byte(const ScratchFolder& folder, std::streamoff at) {
    const std::string path = folder.file("Security.evtx");
    for (const auto& entry : std::filesystem::recursive_directory_iterator(sample_logs()))
        if (entry.path().filename() == "Security.evtx")
            std::filesystem::copy_file(entry.path(), path, std::filesystem::copy_options::overwrite_existing);
    std::fstream file(path, std::ios::binary | std::ios::in | std::ios::out);
    const auto byte = static_cast<char>(file.seekg(at).get() ^ 1);
    file.seekp(at).put(byte);
    EXPECT_TRUE(file.good());
    return path;
}

TEST(Damage, AChecksumThatDoesNotMatchEndsEveryCommandWithTheSameCode) {
    const ScratchFolder folder;
    const std::string store = folder.file("store");
    for (const std::streamoff at : {kHeaderChecksum, kFirstRecordWritten}) {
        const std::string log = log_with_another_byte(folder, kFirstChunk + at);
        for (const std::vector<std::string>& words : {std::vector<std::string>{"sessions", log},
                                                      {"events", log},
                                                      {"evtx", "dump", log},
                                                      {"evtx", "info", log},
                                                      {"import", "--store", store + std::to_string(at), log}}) {
            const Ran ran = run(words);
            EXPECT_EQ(ran.exit, Exit::PartlyUnreadable) << words[0] << ' ' << words[1];
            EXPECT_THAT(ran.out + ran.err, HasSubstr("checksum of the chunk")) << words[0] << ' ' << words[1];
            EXPECT_GT(ran.out.size(), 100u) << words[0] << ' ' << words[1];
        }
    }
}

}  // namespace
}  // namespace spoor::cli
