#include "sources/json/document.h"

#include <fmt/format.h>

// Errors are values here: what could throw does not compile.
#define SIMDJSON_EXCEPTIONS 0
#include <simdjson.h>

#include <algorithm>
#include <deque>
#include <string>

#include "base/unicode.h"

namespace spoor::json {
namespace {

namespace od = simdjson::ondemand;

constexpr Node kEmptyObject{{}, {}, NodeType::Object, 1};

int hex_digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

/// The unit behind "\u" at `at`, or -1.
int utf16_escape(std::string_view text, std::size_t at) {
    if (at + 4 > text.size()) return -1;
    int unit = 0;
    for (std::size_t i = at; i < at + 4; ++i) {
        const int digit = hex_digit(text[i]);
        if (digit < 0) return -1;
        unit = unit * 16 + digit;
    }
    return unit;
}

/// Unescapes the inside of a JSON string as far as it goes: a lone surrogate becomes U+FFFD and an escape that JSON has
/// not (Windows paths written with single backslashes) stays as it stands.
std::string unescape_leniently(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '\\' || i + 1 == text.size()) {
            out += text[i];
            continue;
        }
        const char escape = text[++i];
        const std::string_view escapes = "\"\\/bfnrt";
        const std::string_view meanings = "\"\\/\b\f\n\r\t";
        if (const auto known = escapes.find(escape); known != std::string_view::npos) {
            out += meanings[known];
        } else if (const int unit = escape == 'u' ? utf16_escape(text, i + 1) : -1; unit >= 0) {
            std::uint8_t units[4] = {static_cast<std::uint8_t>(unit & 0xff), static_cast<std::uint8_t>(unit >> 8), 0,
                                     0};
            std::size_t count = 1;
            i += 4;
            const bool high = unit >= 0xd800 && unit < 0xdc00;
            if (const int low = high && text.substr(i + 1).starts_with("\\u") ? utf16_escape(text, i + 3) : -1;
                low >= 0xdc00 && low < 0xe000) {
                units[2] = static_cast<std::uint8_t>(low & 0xff);
                units[3] = static_cast<std::uint8_t>(low >> 8);
                count = 2;
                i += 6;
            }
            out += utf16_to_utf8(units, count);
        } else {
            out += '\\';
            out += escape;
        }
    }
    return out;
}

}  // namespace

struct Document::Parser {
    od::parser parser;
    std::deque<std::string> repaired;  // texts that simdjson does not take, made whole
    std::vector<Node>* nodes = nullptr;

    std::string_view kept(std::string text) { return repaired.emplace_back(std::move(text)); }

    /// The unescaped text of a string whose own unescaping failed.
    std::string_view repair(std::string_view token) {
        // The token runs on to the next one: its end is the last quote.
        const auto end = token.rfind('"');
        return kept(unescape_leniently(
            token.substr(1, end == 0 || end == std::string_view::npos ? std::string_view::npos : end - 1)));
    }

    simdjson::error_code add(std::string_view key, od::value value, std::size_t depth) {
        const std::size_t index = nodes->size();
        Node& added = nodes->emplace_back();
        added.key = key;
        od::json_type type{};
        if (value.type().get(type) != simdjson::SUCCESS) {
            // NaN and its like: a token that is none of JSON's. It is left unread, and so passed over.
            const std::string_view token = value.raw_json_token();
            if (!token.starts_with("NaN") && !token.starts_with("Infinity")) return simdjson::TAPE_ERROR;
            (*nodes)[index].end = static_cast<std::uint32_t>(nodes->size());
            return simdjson::SUCCESS;
        }
        switch (type) {
            case od::json_type::object: {
                od::object object;
                if (const auto error = value.get_object().get(object)) return error;
                if (const auto error = add_members(object, depth + 1)) return error;
                (*nodes)[index].type = NodeType::Object;
                break;
            }
            case od::json_type::array: {
                if (depth + 1 > kDeepest) return simdjson::DEPTH_ERROR;
                od::array array;
                if (const auto error = value.get_array().get(array)) return error;
                for (auto element : array) {
                    od::value item;
                    if (const auto error = element.get(item)) return error;
                    if (const auto error = add({}, item, depth + 1)) return error;
                }
                (*nodes)[index].type = NodeType::Array;
                break;
            }
            case od::json_type::string: {
                const std::string_view token = value.raw_json_token();
                std::string_view text;
                if (value.get_string().get(text) != simdjson::SUCCESS) text = repair(token);
                (*nodes)[index].type = NodeType::Text;
                (*nodes)[index].text = text;
                break;
            }
            case od::json_type::number: {
                const std::string_view token = trimmed(value.raw_json_token());
                double number = 0;
                if (const auto error = value.get_double().get(number); error && error != simdjson::NUMBER_ERROR)
                    return error;
                if (token.starts_with("-Infinity")) break;
                (*nodes)[index].type = NodeType::Number;
                (*nodes)[index].text = token;
                break;
            }
            case od::json_type::boolean: {
                bool truth = false;
                if (const auto error = value.get_bool().get(truth)) return error;
                (*nodes)[index].type = NodeType::Boolean;
                (*nodes)[index].text = truth ? "true" : "false";
                break;
            }
            case od::json_type::null: {
                // "nonsense" begins like null.
                bool is_null = false;
                if (const auto error = value.is_null().get(is_null)) return error;
                if (!is_null) return simdjson::TAPE_ERROR;
                break;
            }
        }
        (*nodes)[index].end = static_cast<std::uint32_t>(nodes->size());
        return simdjson::SUCCESS;
    }

    simdjson::error_code add_members(od::object object, std::size_t depth) {
        if (depth > kDeepest) return simdjson::DEPTH_ERROR;
        for (auto field : object) {
            std::string_view key;
            if (const auto error = field.unescaped_key().get(key)) return error;
            od::value value;
            if (const auto error = field.value().get(value)) return error;
            if (const auto error = add(key, value, depth)) return error;
        }
        return simdjson::SUCCESS;
    }

    simdjson::error_code parse(std::string_view text) {
        nodes->assign(1, kEmptyObject);
        od::document document;
        if (const auto error = parser.iterate(text.data(), text.size(), text.size() + kPadding).get(document))
            return error;
        od::object object;
        if (const auto error = document.get_object().get(object)) return error;
        if (const auto error = add_members(object, 1)) return error;
        nodes->front().end = static_cast<std::uint32_t>(nodes->size());
        const char* behind = nullptr;
        return document.current_location().get(behind) == simdjson::OUT_OF_BOUNDS ? simdjson::SUCCESS
                                                                                  : simdjson::TAPE_ERROR;
    }
};

static_assert(Document::kPadding >= simdjson::SIMDJSON_PADDING);

Document::Document() : parser_(std::make_unique<Parser>()) { nodes_.push_back(kEmptyObject); }
Document::~Document() = default;

Result<> Document::parse(std::string_view text) {
    parser_->nodes = &nodes_;
    parser_->repaired.clear();
    auto error = parser_->parse(text);
    if (error == simdjson::UTF8_ERROR) {
        const std::u16string units = utf8_to_utf16(text);
        std::string repaired = utf16_to_utf8(reinterpret_cast<const std::uint8_t*>(units.data()), units.size());
        const std::size_t size = repaired.size();
        repaired.append(kPadding, ' ');
        error = parser_->parse(parser_->kept(std::move(repaired)).substr(0, size));
    }
    if (error == simdjson::SUCCESS) return {};
    nodes_.assign(1, kEmptyObject);
    if (error == simdjson::DEPTH_ERROR) return fail(Errc::Corrupt, fmt::format("nested deeper than {}", kDeepest));
    return fail(Errc::Corrupt, fmt::format("no JSON object: {}", simdjson::error_message(error)));
}

const Node* Document::member(const Node& object, std::string_view key) const {
    if (object.type != NodeType::Object) return nullptr;
    for (const Node& node : children(object))
        if (node.key == key) return &node;
    return nullptr;
}

std::string_view Document::text(const Node& object, std::string_view key) const {
    const Node* const node = member(object, key);
    return node && node->is_scalar() ? node->text : std::string_view();
}

}  // namespace spoor::json
