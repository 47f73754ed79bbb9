// Reads the ground truths and their captures: what the truth tests share.
#pragma once
#include <simdjson.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include "base/unicode.h"
#include "model/catalog.h"
#include "sources/reader.h"

namespace spoor::truth {

namespace fs = std::filesystem;
namespace dom = simdjson::dom;

constexpr const char* kTruths = "../shared/truth/logon";

inline std::vector<fs::path> truth_files() {
    std::vector<fs::path> files;
    std::error_code error;
    for (const auto& entry : fs::directory_iterator(kTruths, error))
        if (entry.path().extension() == ".json") files.push_back(entry.path());
    std::sort(files.begin(), files.end());
    return files;
}

struct Keep final : sources::Sink {
    std::vector<Batch> batches;
    sources::Flow take(sources::Portion&& portion) override {
        batches.push_back(std::move(portion.batch));
        return sources::Flow::GoOn;
    }
};

inline std::vector<Batch> read_archive_of(const fs::path& truth, Catalog& catalog) {
    fs::path archive = truth;
    archive.replace_extension(".zip");
    if (!fs::exists(archive)) archive.replace_extension(".tar.gz");
    Keep keep;
    const std::string path = archive.string();
    sources::read(std::span(&path, 1), catalog, {}, keep);
    return std::move(keep.batches);
}

inline std::string_view text(dom::element object, const char* key) {
    std::string_view value;
    return object[key].get(value) == simdjson::SUCCESS ? value : std::string_view();
}

inline std::string user_part(std::string_view user) {
    user = user.substr(user.rfind('\\') + 1);
    return fold_case(user.substr(0, user.find('@')));
}

/// "THESHIRE\\WORKSTATION5", "WORKSTATION5.theshire.local"
inline std::string host_part(std::string_view host) {
    std::string name(host.substr(0, host.find('.')));
    std::transform(name.begin(), name.end(), name.begin(),
                   [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
    return name;
}

}  // namespace spoor::truth
