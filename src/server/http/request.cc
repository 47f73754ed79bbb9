#include "server/http/request.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "base/ip_address.h"
#include "base/unicode.h"

namespace spoor::server {
namespace {

constexpr std::array<std::string_view, 5> kMethodNames = {"GET", "HEAD", "POST", "PUT", "DELETE"};

std::optional<std::string_view> find(std::span<const NamedText> pairs, std::string_view name) {
    for (const auto& [key, value] : pairs)
        if (key == name) return value;
    return std::nullopt;
}

int hex_digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

bool has_control_character(std::string_view text) {
    return std::any_of(text.begin(), text.end(),
                       [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

Result<> check_path(std::string_view path) {
    if (!is_utf8(path) || has_control_character(path) || path.find('\\') != path.npos)
        return fail(Errc::BadUsage, "the path holds characters that no path of ours has");
    std::string_view rest = path.substr(1);
    while (!rest.empty()) {
        const std::size_t slash = std::min(rest.find('/'), rest.size());
        const std::string_view segment = rest.substr(0, slash);
        if (segment.empty() || segment == "." || segment == "..")
            return fail(Errc::BadUsage, "the path has an empty or dot segment");
        rest.remove_prefix(std::min(slash + 1, rest.size()));
    }
    return {};
}

}  // namespace

std::string_view name(Method method) { return kMethodNames[static_cast<std::size_t>(method)]; }

std::optional<Method> find_method(std::string_view name) {
    const auto at = std::find(kMethodNames.begin(), kMethodNames.end(), name);
    if (at == kMethodNames.end()) return std::nullopt;
    return static_cast<Method>(at - kMethodNames.begin());
}

std::string_view Request::header(std::string_view lower_case_name) const {
    return find(headers, lower_case_name).value_or("");
}

std::optional<std::string_view> Request::parameter(std::string_view name) const { return find(query, name); }

std::string_view Request::path_value(std::string_view name) const { return find(path_values, name).value_or(""); }

std::string_view Request::cookie(std::string_view name) const {
    std::string_view rest = header("cookie");
    while (!rest.empty()) {
        const std::size_t end = std::min(rest.find(';'), rest.size());
        const std::string_view pair = trimmed(rest.substr(0, end));
        if (pair.size() > name.size() && pair.starts_with(name) && pair[name.size()] == '=')
            return pair.substr(name.size() + 1);
        rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    return {};
}

Result<std::uint64_t> Request::number(std::string_view name, std::uint64_t otherwise, std::uint64_t most) const {
    const auto text = parameter(name);
    if (!text) return otherwise;
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), value);
    if (error != std::errc{} || end != text->data() + text->size())
        return fail(Errc::BadUsage, fmt::format("{}: '{}' is not a number", name, *text));
    if (value > most)
        return fail(Errc::BadUsage, fmt::format("{}: {} is past {}, the most there is", name, value, most));
    return value;
}

Result<std::string> percent_decoded(std::string_view text, Plus plus) {
    std::string out;
    out.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '%') {
            const int high = i + 2 < text.size() ? hex_digit(text[i + 1]) : -1;
            const int low = i + 2 < text.size() ? hex_digit(text[i + 2]) : -1;
            if (high < 0 || low < 0)
                return fail(Errc::BadUsage, "a percent sign without two hexadecimal digits behind it");
            out.push_back(static_cast<char>(high * 16 + low));
            i += 2;
        } else if (text[i] == '+' && plus == Plus::IsBlank) {
            out.push_back(' ');
        } else {
            out.push_back(text[i]);
        }
    }
    return out;
}

std::string percent_encoded(std::string_view text) {
    std::string out;
    for (const char c : text) {
        const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
                           c == '_' || c == '.' || c == '~';
        if (plain)
            out.push_back(c);
        else
            fmt::format_to(std::back_inserter(out), "%{:02X}", static_cast<unsigned char>(c));
    }
    return out;
}

Result<> read_target(std::string_view target, Request& request) {
    if (target.size() > kLongestTarget)
        return fail(Errc::BadUsage, fmt::format("the request target is longer than {} bytes", kLongestTarget));
    if (!target.starts_with('/')) return fail(Errc::BadUsage, "the request target is not a path");
    const std::size_t question = std::min(target.find('?'), target.size());
    request.path = TRY(percent_decoded(target.substr(0, question), Plus::IsPlus));
    TRY(check_path(request.path));

    request.query.clear();
    std::string_view rest = target.substr(std::min(question + 1, target.size()));
    while (!rest.empty()) {
        const std::size_t end = std::min(rest.find('&'), rest.size());
        const std::string_view pair = rest.substr(0, end);
        rest.remove_prefix(std::min(end + 1, rest.size()));
        if (pair.empty()) continue;
        if (request.query.size() == kMostParameters)
            return fail(Errc::BadUsage, fmt::format("more than {} parameters", kMostParameters));
        const std::size_t equals = std::min(pair.find('='), pair.size());
        std::string key = TRY(percent_decoded(pair.substr(0, equals), Plus::IsBlank));
        std::string value = TRY(percent_decoded(pair.substr(std::min(equals + 1, pair.size())), Plus::IsBlank));
        request.query.emplace_back(std::move(key), std::move(value));
    }
    return {};
}

std::string host_of(std::string_view header) {
    if (header.empty() || header.size() > 300 || header.find_first_of("/\\@?# ") != header.npos) return {};
    if (header.front() == '[') {
        const std::size_t end = header.find(']');
        if (end == header.npos || (end + 1 < header.size() && header[end + 1] != ':')) return {};
        return std::string(header.substr(1, end - 1));
    }
    const std::size_t colon = std::min(header.find(':'), header.size());
    if (header.find(':', colon + 1) != header.npos) return {};
    std::string host = fold_case(header.substr(0, colon));
    if (host.ends_with('.')) host.pop_back();
    return host;
}

Result<> check_provenance(const Request& request, std::span<const std::string> names) {
    // A local program on the Unix socket proves who it is by its credentials; no browser can be made to speak there.
    if (request.peer.uid) return {};
    const std::string host = host_of(request.header("host"));
    const bool ours = host == "localhost" || IpAddress::parse(host).has_value() ||
                      std::any_of(names.begin(), names.end(),
                                  [&](const std::string& name) { return equals_ignoring_ascii_case(name, host); });
    if (!ours)
        return fail(Errc::Denied,
                    fmt::format("this server is not known as '{}'; start it with --name to make it so", host));

    const std::string_view origin = request.header("origin");
    if (!origin.empty() &&
        origin != fmt::format("{}://{}", request.encrypted ? "https" : "http", request.header("host")))
        return fail(Errc::Denied, "a page of another site asked for this");
    const std::string_view site = request.header("sec-fetch-site");
    const bool navigation = request.method == Method::Get && request.header("sec-fetch-mode") == "navigate";
    if ((site == "cross-site" || site == "same-site") && !navigation)
        return fail(Errc::Denied, "a page of another site asked for this");
    return {};
}

}  // namespace spoor::server
