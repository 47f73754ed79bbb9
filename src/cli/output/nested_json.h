// NestedJson: a JSON object put together from paths: "process.parent.pid" is a member of a member of a member.
#pragma once
#include <fmt/format.h>

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/json_writer.h"

namespace spoor::cli {

/// What was set first stays; a path that runs through a value, or ends at an object, is not set.
class NestedJson {
public:
    /// `json` as it is to stand there.
    void set(std::string_view path, std::string json) {
        if (NestedJson* const leaf = reach(path); leaf != nullptr && leaf->members_.empty() && leaf->values_.empty())
            leaf->values_.push_back(std::move(json));
    }
    void set_text(std::string_view path, std::string_view text) {
        std::string json;
        append_json_string(json, text);
        set(path, std::move(json));
    }
    void set_number(std::string_view path, std::uint64_t number) { set(path, std::to_string(number)); }
    /// One more value: several become an array.
    void add(std::string_view path, std::string json) {
        if (NestedJson* const leaf = reach(path); leaf != nullptr && leaf->members_.empty())
            leaf->values_.push_back(std::move(json));
    }

    void write(JsonWriter& json) const {
        if (values_.size() == 1) {
            json.raw(values_.front());
        } else if (!values_.empty()) {
            json.raw(fmt::format("[{}]", fmt::join(values_, ",")));
        } else {
            json.open('{');
            for (const auto& [key, member] : members_) {
                json.key(key);
                member.write(json);
            }
            json.close('}');
        }
    }

private:
    /// The node at the end of a path; nullptr where a value is in the way.
    NestedJson* reach(std::string_view path) {
        NestedJson* at = this;
        while (true) {
            if (!at->values_.empty()) return nullptr;
            const std::size_t dot = path.find('.');
            at = &at->members_[std::string(path.substr(0, dot))];
            if (dot == std::string_view::npos) return at;
            path.remove_prefix(dot + 1);
        }
    }

    std::map<std::string, NestedJson> members_;
    std::vector<std::string> values_;
};

}  // namespace spoor::cli
