#include "wire/stream.h"

#include <fmt/format.h>

#include <charconv>

#include "base/json_writer.h"

namespace spoor::wire {
namespace {

std::optional<std::uint64_t> number(const json::Node* node) {
    if (!node || node->type != json::NodeType::Number) return std::nullopt;
    std::uint64_t value = 0;
    const auto [end, errc] = std::from_chars(node->text.data(), node->text.data() + node->text.size(), value);
    if (errc != std::errc{} || end != node->text.data() + node->text.size()) return std::nullopt;
    return value;
}

}  // namespace

std::string to_line(const Greeting& greeting) {
    std::string line;
    JsonWriter(line)
        .open('{')
        .text("schema", kStreamSchema)
        .text("host", greeting.host)
        .text("boot", greeting.boot)
        .text("series", greeting.series)
        .number("oldest", greeting.oldest)
        .number("newest", greeting.newest)
        .close('}');
    return line + '\n';
}

std::string to_line(const Request& request) {
    std::string line;
    JsonWriter json(line);
    json.open('{');
    if (request.after) json.number("after", *request.after);
    if (request.snapshot) json.boolean("snapshot", true);
    json.close('}');
    return line + '\n';
}

std::string to_line(const Missed& missed) {
    std::string line;
    JsonWriter(line)
        .open('{')
        .open("missed", '{')
        .number("first", missed.first)
        .number("last", missed.last)
        .number("count", missed.count())
        .text("why", missed.why)
        .close('}')
        .close('}');
    return line + '\n';
}

std::string alive_line(std::uint64_t newest) { return fmt::format("{{\"alive\":{}}}\n", newest); }

std::string error_line(std::string_view what) {
    std::string line;
    JsonWriter(line).open('{').text("error", what).close('}');
    return line + '\n';
}

Result<Greeting> read_greeting(const json::Document& line) {
    if (line.text("schema") != kStreamSchema)
        return fail(Errc::Unsupported, "who answers there speaks no " + std::string(kStreamSchema));
    Greeting greeting{.host = std::string(line.text("host")),
                      .boot = std::string(line.text("boot")),
                      .series = std::string(line.text("series"))};
    const auto oldest = number(line.member("oldest"));
    const auto newest = number(line.member("newest"));
    if (!oldest || !newest) return fail(Errc::Corrupt, "the sensor's greeting lacks its numbers");
    greeting.oldest = *oldest;
    greeting.newest = *newest;
    return greeting;
}

Result<Request> read_request(const json::Document& line) {
    Request request;
    if (const json::Node* const after = line.member("after")) {
        request.after = number(after);
        if (!request.after) return fail(Errc::BadUsage, "\"after\" is no number");
    }
    request.snapshot = line.text("snapshot") == "true";
    if (request.snapshot && request.after)
        return fail(Errc::BadUsage, "\"after\" and \"snapshot\" exclude one another");
    return request;
}

std::optional<Missed> read_missed(const json::Document& line) {
    const json::Node* const missed = line.member("missed");
    if (!missed || missed->type != json::NodeType::Object) return std::nullopt;
    const auto first = number(line.member(*missed, "first"));
    const auto last = number(line.member(*missed, "last"));
    if (!first || !last || *last < *first) return std::nullopt;
    return Missed{*first, *last, std::string(line.text(*missed, "why"))};
}

}  // namespace spoor::wire
