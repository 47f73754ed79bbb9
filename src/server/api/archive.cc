// The archive itself over the API, for the command line: what remote/remote_archive.h asks, as remote/codec.h writes
// it.
#include <fmt/format.h>

#include <charconv>
#include <limits>

#include "match/field_names.h"
#include "match/language/query.h"
#include "remote/codec.h"
#include "server/api/handlers.h"

namespace spoor::server::api {
namespace {

constexpr std::uint64_t kFirstPortion = 500;      // so that the first events come at once,
constexpr std::uint64_t kLargestPortion = 8'000;  // and others are let in between

Result<std::int64_t> nanoseconds_in(std::string_view text, std::string_view name) {
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || end != text.data() + text.size())
        return fail(Errc::BadUsage, fmt::format("{}: '{}' is no number of nanoseconds", name, text));
    return number;
}

Result<std::int64_t> nanoseconds_of(const Request& request, std::string_view name, std::int64_t otherwise) {
    const auto text = request.parameter(name);
    return text ? nanoseconds_in(*text, name) : otherwise;
}

/// The filter is the body: it may be longer than an address.
Result<match::Expr> filter_of(const Context& context, const Catalog& catalog) {
    return match::parse_filter(context.request.body,
                               {.subject = match::Subject::Events, .now = context.clock.now(), .catalog = &catalog});
}

/// Events of a query, portion by portion: the library is held only while a portion is made.
class ArchiveEvents final : public Stream {
public:
    ArchiveEvents(Library& library, store::EventQuery query)
        : library_(library), query_(std::move(query)), left_(query_.limit), encoder_(library.catalog()) {}

    State pull(std::string& out) override {
        const auto more = portion(out);
        if (!more) return State::Broken;
        return *more ? State::More : State::End;
    }

private:
    Result<bool> portion(std::string& out) {
        const auto lease = library_.lease();
        query_.limit = std::min(left_, portion_);
        auto stream = TRY(lease.archive().events(query_));
        Batch batch;
        std::uint64_t got = 0;
        while (TRY(stream->next(batch))) {
            encoder_.events(batch, stream->positions(), out);
            got += batch.size();
            query_.after = stream->positions().back();
        }
        left_ -= std::min(left_, got);
        const bool more = got == query_.limit && left_ > 0;
        portion_ = std::min(portion_ * 4, kLargestPortion);
        return more;
    }

    Library& library_;
    store::EventQuery query_;
    std::uint64_t left_;
    std::uint64_t portion_ = kFirstPortion;
    remote::Encoder encoder_;
};

Result<Response> events_of(Context& context) {
    store::EventQuery query;
    {
        const auto lease = context.library.lease();
        query.where = TRY(filter_of(context, lease.catalog()));
    }
    query.from.nanoseconds = TRY(nanoseconds_of(context.request, "from", query.from.nanoseconds));
    query.until.nanoseconds = TRY(nanoseconds_of(context.request, "until", query.until.nanoseconds));
    query.limit = TRY(context.request.number("limit", std::numeric_limits<std::uint64_t>::max(),
                                             std::numeric_limits<std::uint64_t>::max()));
    if (context.request.parameter("order") == "desc") query.order = store::Order::NewestFirst;
    if (context.request.parameter("actors") == "no") query.actors = store::Actors::LeftOut;
    if (const auto after = context.request.parameter("after")) query.after = TRY(parse_position(*after));
    Response response;
    response.stream = std::make_unique<ArchiveEvents>(context.library, std::move(query));
    return response;
}

Result<std::string> counts_of(Context& context, const Library::Lease& lease) {
    store::CountQuery query;
    query.where = TRY(filter_of(context, lease.catalog()));
    query.from.nanoseconds = TRY(nanoseconds_of(context.request, "from", query.from.nanoseconds));
    query.until.nanoseconds = TRY(nanoseconds_of(context.request, "until", query.until.nanoseconds));
    query.per.nanoseconds = TRY(nanoseconds_of(context.request, "per", 0));
    if (query.per < Duration{}) return fail(Errc::BadUsage, "per: a length of time is not negative");
    for (const auto& [key, value] : context.request.query) {
        if (key != "by") continue;
        const auto fields = match::find_fields(value, match::Subject::Events, &lease.catalog());
        if (fields.empty()) return fail(Errc::BadUsage, fmt::format("by: there is no field '{}'", value));
        query.by.push_back(fields.front());
    }
    std::string out;
    remote::Encoder(lease.catalog()).counts(TRY(lease.archive().count(query)), out);
    return out;
}

/// "17,18,4711": a list of numbers.
Result<std::vector<std::uint32_t>> numbers_in(std::string_view text) {
    std::vector<std::uint32_t> numbers;
    const char* const last = text.data() + text.size();
    for (const char* at = text.data(); at < last; ++at) {
        const auto [end, error] = std::from_chars(at, last, numbers.emplace_back());
        if (error != std::errc{} || (end != last && *end != ','))
            return fail(Errc::BadUsage, "what to recall: a list of numbers is damaged");
        at = end;
    }
    return numbers;
}

/// What to recall is the body, a line for each thing: the numbers may be many.
Result<store::RecallQuery> recall_query(std::string_view body, const Catalog& catalog) {
    store::RecallQuery query;
    store::SessionQuery sessions;  // its time comes before its filter
    HostId host = HostId::None;
    const auto filter = [&](match::Subject subject) {
        body.remove_prefix(body.find(' ') + 1);
        return match::parse_filter(std::exchange(body, {}), {.subject = subject, .now = {}, .catalog = &catalog});
    };
    while (!body.empty()) {
        // A filter is the last thing, to the end of the body.
        if (body.starts_with("sessions_where ")) {
            sessions.where = TRY(filter(match::Subject::Sessions));
            query.sessions_where = std::move(sessions);
            break;
        }
        if (body.starts_with("processes_where ")) {
            query.processes_where = TRY(filter(match::Subject::Processes));
            break;
        }
        const std::string_view line = body.substr(0, body.find('\n'));
        body.remove_prefix(std::min(line.size() + 1, body.size()));
        const std::string_view name = line.substr(0, line.find(' '));
        const std::string_view value = line.substr(std::min(name.size() + 1, line.size()));
        if (name == "sessions") query.sessions = TRY(numbers_in(value));
        if (name == "processes") query.processes = TRY(numbers_in(value));
        if (name == "trail")
            for (const std::uint32_t session : TRY(numbers_in(value))) query.trail_of = session;
        if (name == "origins") query.origins_of = TRY(numbers_in(value));
        if (name == "logon_ids")
            for (std::size_t at = 0; at < value.size(); at = std::min(value.find(',', at), value.size() - 1) + 1)
                query.logon_ids.push_back(TRY(LogonId::parse(value.substr(at, value.find(',', at) - at))));
        if (name == "began" || name == "there") {
            using Within = store::SessionQuery::Within;
            sessions.within = name == "there" ? Within::There : Within::Began;
            const std::size_t comma = std::min(value.find(','), value.size());
            sessions.from.nanoseconds = TRY(nanoseconds_in(value.substr(0, comma), name));
            sessions.until.nanoseconds = TRY(nanoseconds_in(value.substr(std::min(comma + 1, value.size())), name));
        }
        if (name == "guid") query.process_guid = TRY(Guid::parse(value));
        if (name == "host")
            for (std::size_t i = 1; i < catalog.host_count(); ++i)
                if (catalog.host_name(static_cast<HostId>(i)) == value) host = static_cast<HostId>(i);
        if (name == "pid")
            for (const std::uint32_t pid : TRY(numbers_in(value))) query.pid = {host, pid};
    }
    return query;
}

Result<std::string> part_of(Context& context) {
    const auto lease = context.library.lease();
    const std::string_view part = context.request.path_value("part");
    remote::Encoder encoder(lease.catalog());
    std::string out;
    if (part == "counts") return counts_of(context, lease);
    if (part == "recalled") {
        const store::RecallQuery query = TRY(recall_query(context.request.body, lease.catalog()));
        encoder.recalled(TRY(lease.archive().recalled(query)), out);
    } else if (part == "history")
        encoder.history(*TRY(lease.archive().history()), out);
    else if (part == "holdings")
        encoder.holdings(TRY(lease.archive().holdings()), out);
    else if (part == "inventory")
        encoder.inventory(TRY(lease.archive().inventory()), out);
    else if (part == "cuts") {
        const std::uint64_t events = TRY(context.request.number("limit", UINT64_MAX, UINT64_MAX));
        encoder.times(TRY(lease.archive().cuts(events)), out);
    } else
        return fail(Errc::NotFound,
                    fmt::format("an archive has events, counts, history, recalled, holdings, inventory and cuts, and "
                                "no '{}'",
                                part));
    return out;
}

}  // namespace

Response archive(Context& context) {
    if (context.request.path_value("part") == "events") {
        auto response = events_of(context);
        return response ? std::move(*response) : Response::failure(response.error());
    }
    auto part = part_of(context);
    if (!part) return Response::failure(part.error());
    Response response;
    response.body = std::move(*part);
    return response;
}

}  // namespace spoor::server::api
