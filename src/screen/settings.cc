#include "screen/settings.h"

#define TOML_EXCEPTIONS 0
#define TOML_HEADER_ONLY 1
#include <toml++/toml.h>

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "screen/new_file.h"
#include "terminal/output.h"

namespace spoor::screen {
namespace {

constexpr std::size_t kLargestFile = 1u << 20;
constexpr std::int64_t kWidest = 1000;

/// A basic string of TOML.
std::string toml_string(std::string_view text) {
    std::string out = "\"";
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (c == '"' || c == '\\')
            out += fmt::format("\\{}", c);
        else if (byte < 0x20 || byte == 0x7f)
            out += fmt::format("\\u{:04x}", byte);
        else
            out += c;
    }
    return out + '"';
}

}  // namespace

std::string settings_path() {
    if (const char* const home = std::getenv("XDG_CONFIG_HOME"); home && *home == '/')
        return fmt::format("{}/spoor/watch.toml", home);
    if (const char* const home = std::getenv("HOME"); home && *home == '/')
        return fmt::format("{}/.config/spoor/watch.toml", home);
    return {};
}

std::string to_toml(const Settings& settings) {
    std::string toml = "# What `spoor watch` remembers. It is written anew when the view is left.\n";
    for (const LiveColumnSetting& column : settings.columns)
        toml += fmt::format("\n[[columns]]\nname = {}\nwidth = {}\nshown = {}\n",
                            toml_string(entry(column.column).name), column.width, column.shown);
    for (const LiveFilter& filter : settings.filters)
        toml += fmt::format("\n[[filters]]\nmode = {}\nfilter = {}\nenabled = {}\n", toml_string(name(filter.mode)),
                            toml_string(filter.text), filter.enabled);
    return toml;
}

Result<Settings> settings_from_toml(std::string_view text, const std::string& file_name) {
    const toml::parse_result parsed = toml::parse(text, file_name);
    if (!parsed) {
        const toml::parse_error& error = parsed.error();
        return fail(Errc::Corrupt,
                    fmt::format("{}: line {}: {}", file_name, error.source().begin.line, error.description()));
    }
    const toml::table& root = parsed.table();
    Settings settings;
    std::vector<LiveColumnSetting> columns;
    const toml::array none;
    const toml::array* const listed = root["columns"].as_array();
    for (const toml::node& node : listed ? *listed : none) {
        const toml::table* const table = node.as_table();
        const auto column = table ? find_live_column((*table)["name"].value_or(std::string_view())) : std::nullopt;
        if (!column || std::ranges::find(columns, *column, &LiveColumnSetting::column) != columns.end()) continue;
        const std::int64_t width = (*table)["width"].value_or(static_cast<std::int64_t>(entry(*column).width));
        columns.push_back({*column, static_cast<std::size_t>(std::clamp(width, std::int64_t{1}, kWidest)),
                           (*table)["shown"].value_or(true)});
    }
    for (const LiveColumnSetting& usual : settings.columns)
        if (std::ranges::find(columns, usual.column, &LiveColumnSetting::column) == columns.end())
            columns.push_back(usual);
    settings.columns = std::move(columns);

    const toml::array* const filters = root["filters"].as_array();
    for (const toml::node& node : filters ? *filters : none) {
        const toml::table* const table = node.as_table();
        const auto mode = table ? find_filter_mode((*table)["mode"].value_or(std::string_view())) : std::nullopt;
        if (mode)
            settings.filters.push_back(
                {*mode, (*table)["filter"].value_or(std::string()), (*table)["enabled"].value_or(true)});
    }
    return settings;
}

Result<Settings> load_settings(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    if (!file) return Settings{};
    std::string text(kLargestFile, '\0');
    file.read(text.data(), static_cast<std::streamsize>(text.size()));
    text.resize(static_cast<std::size_t>(file.gcount()));
    return settings_from_toml(text, path);
}

Result<void> save_settings(const Settings& settings, const std::string& path) {
    std::error_code error;
    std::filesystem::create_directories(std::filesystem::path(path).parent_path(), error);
    if (error) return fail(Errc::Io, fmt::format("making the folder of {}: {}", path, error.message()));
    const std::string part = path + ".part";
    unlink(part.c_str());  // of a run that was killed
    const NewFile file(part);
    if (file.descriptor() < 0) return fail_errno("making " + part);
    terminal::Output out(file.descriptor());
    out.write(to_toml(settings));
    out.flush();
    if (out.failure()) return std::unexpected(*out.failure());
    if (std::rename(part.c_str(), path.c_str()) != 0) return fail_errno("writing " + path);
    return {};
}

}  // namespace spoor::screen
