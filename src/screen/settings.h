// Settings: what the live view remembers between runs: columns, their widths, and filters. A TOML file that people may
// edit.
#pragma once
#include <string>
#include <vector>

#include "screen/filter_list.h"
#include "screen/live_table.h"

namespace spoor::screen {

struct Settings {
    std::vector<LiveColumnSetting> columns = default_columns();
    std::vector<LiveFilter> filters = {};

    friend bool operator==(const Settings&, const Settings&) = default;
};

/// $XDG_CONFIG_HOME/spoor/watch.toml, else ~/.config/spoor/watch.toml; empty where neither is known.
std::string settings_path();

std::string to_toml(const Settings& settings);
/// Columns and values that it does not know are passed over; columns that the text leaves out come behind the others.
Result<Settings> settings_from_toml(std::string_view toml, const std::string& file_name);

/// What there is not gives the settings to begin with.
Result<Settings> load_settings(const std::string& path);
/// All of it, or nothing.
Result<void> save_settings(const Settings& settings, const std::string& path);

}  // namespace spoor::screen
