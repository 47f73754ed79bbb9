// store_bench: a store of many events, and how long what analysts ask takes; the same asked of SQLite and of grep.
//
//     store_bench DIR [EVENTS]     10 million unless said otherwise; needs some 8 GB below DIR, which it empties at the end
//
// The events are those of a domain of forty hosts over thirty days: logons, logoffs, process starts, connections, with
// the repetition that logs have (few programs, some hundred users, command lines of which one in eight is new). They go
// into the store through its Writer, so that reading files has no part in the figures.
#include <fmt/format.h>
#include <sqlite3.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <random>

#include "match/query.h"
#include "store/duckdb/open.h"
#include "store/tally.h"

namespace {

using namespace spoor;
using Steady = std::chrono::steady_clock;

constexpr std::int64_t kStart = 1'600'000'000'000'000'000;
constexpr std::size_t kBatch = 4096;

double milliseconds_of(const std::function<void()>& work) {
    const auto began = Steady::now();
    work();
    return std::chrono::duration<double, std::milli>(Steady::now() - began).count();
}

template <typename T>
T must(Result<T> result) {
    if (!result) {
        fmt::print(stderr, "{}\n", result.error().what);
        std::exit(1);
    }
    if constexpr (!std::is_void_v<T>) return std::move(*result);
}

/// Makes the events, the same ones in every run.
class Domain {
public:
    explicit Domain(Catalog& catalog) : security_(catalog.channel("Security")), sysmon_(catalog.channel("Microsoft-Windows-Sysmon/Operational")) {
        for (int i = 0; i < 40; ++i) hosts_.push_back(catalog.host(fmt::format("WS{:02}", i)));
        records_.resize(hosts_.size() * 2);
    }

    void fill(Batch& batch, std::uint64_t from, std::uint64_t total) {
        batch.clear();
        for (std::uint64_t i = from; i < std::min(from + kBatch, total); ++i) add(batch, kStart + static_cast<std::int64_t>(static_cast<double>(i) / static_cast<double>(total) * 2.592e15));
    }

private:
    void add(Batch& batch, std::int64_t time) {
        const std::size_t host = random_() % hosts_.size();
        const std::uint64_t what = random_() % 100;
        const bool sysmon = what >= 50;
        Event event{.time = {time}, .sequence = ++records_[host * 2 + sysmon], .host = hosts_[host], .channel = sysmon ? sysmon_ : security_};
        batch.begin();
        batch.add_text("Provider"_field, sysmon ? "Microsoft-Windows-Sysmon" : "Microsoft-Windows-Security-Auditing");
        batch.add_text("Computer"_field, fmt::format("WS{:02}.corp.example", host));
        batch.add_number("ExecutionProcessID"_field, 600 + random_() % 40);
        const std::uint64_t user = random_() % 400;
        const std::uint64_t logon_id = 0x10000 + (static_cast<std::uint64_t>(time - kStart) / 200'000'000'000 * 64 + random_() % 64);
        if (what < 30) {
            event.kind = Kind::Logon, event.event_id = 4624, event.outcome = Outcome::Success;
            batch.add_text("TargetUserName"_field, fmt::format("user{}", user));
            batch.add_text("TargetDomainName"_field, "CORP");
            batch.add_number("TargetLogonId"_field, logon_id);
            batch.add_number("LogonType"_field, random_() % 9 ? 3 : 10);
            batch.add_address("IpAddress"_field, IpAddress::v4(0x0a000000 + static_cast<std::uint32_t>(random_() % 2000)));
            batch.add_number("IpPort"_field, 49152 + random_() % 16000);
        } else if (what < 50) {
            event.kind = Kind::Logoff, event.event_id = 4634;
            batch.add_text("TargetUserName"_field, fmt::format("user{}", user));
            batch.add_number("TargetLogonId"_field, logon_id);
        } else {
            event.kind = what < 80 ? Kind::ProcessCreated : Kind::NetworkConnection;
            event.event_id = what < 80 ? 1 : 3;
            const std::uint64_t program = random_() % 300;
            Guid guid;
            std::memcpy(guid.bytes.data(), &time, sizeof time);
            batch.add_guid("ProcessGuid"_field, guid);
            batch.add_number("ProcessId"_field, 4 * (random_() % 6000));
            batch.add_text("Image"_field, fmt::format("C:\\Program Files\\Vendor {}\\Program {}\\tool{}.exe", program % 30, program % 90, program));
            batch.add_text("User"_field, fmt::format("CORP\\user{}", user));
            batch.add_number("LogonId"_field, logon_id);
            if (what < 80) {
                batch.add_text("CommandLine"_field, fmt::format("\"C:\\Program Files\\Vendor {}\\tool{}.exe\" --job {} --quiet", program % 30, program,
                                                                random_() % 8 ? random_() % 5000 : random_() % 1'000'000'000));
                batch.add_text("ParentImage"_field, random_() % 3 ? "C:\\Windows\\explorer.exe" : "C:\\Windows\\System32\\cmd.exe");
            } else {
                batch.add_address("DestinationIp"_field, IpAddress::v4(0x0a000000 + static_cast<std::uint32_t>(random_() % 4000)));
                batch.add_number("DestinationPort"_field, random_() % 5 ? 443 : 445);
            }
        }
        batch.commit(event);
    }

    ChannelId security_, sysmon_;
    std::vector<HostId> hosts_;
    std::vector<std::uint64_t> records_;
    std::mt19937_64 random_{20201009};
};

/// The same table in SQLite: a column for what is asked by, all texts in one more for free words.
class Sqlite {
public:
    explicit Sqlite(const std::string& path) {
        sqlite3_open(path.c_str(), &database_);
        run("PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; CREATE TABLE events (time INT, host TEXT, kind TEXT, event_id INT, user TEXT, image TEXT, "
            "command_line TEXT, address TEXT, logon_id INT, texts TEXT)");
        sqlite3_prepare_v2(database_, "INSERT INTO events VALUES (?,?,?,?,?,?,?,?,?,?)", -1, &insert_, nullptr);
        run("BEGIN");
    }
    ~Sqlite() {
        sqlite3_finalize(insert_);
        sqlite3_close(database_);
    }
    void add(const EventView& event, const Catalog& catalog, std::string_view all) {
        const auto text = [&](int at, std::string_view value) { sqlite3_bind_text(insert_, at, value.data(), static_cast<int>(value.size()), SQLITE_TRANSIENT); };
        sqlite3_reset(insert_);
        sqlite3_clear_bindings(insert_);
        sqlite3_bind_int64(insert_, 1, event.event.time.nanoseconds);
        text(2, catalog.host_name(event.event.host));
        text(3, name(event.event.kind));
        sqlite3_bind_int(insert_, 4, event.event.event_id);
        const std::string_view user = event.text("User"_field);
        text(5, user.empty() ? event.text("TargetUserName"_field) : user);
        text(6, event.text("Image"_field));
        text(7, event.text("CommandLine"_field));
        text(8, to_text(event.find("IpAddress"_field)));
        const FieldValue id = event.find("TargetLogonId"_field).type == ValueType::Null ? event.find("LogonId"_field) : event.find("TargetLogonId"_field);
        sqlite3_bind_int64(insert_, 9, static_cast<sqlite3_int64>(id.number));
        text(10, all);
        sqlite3_step(insert_);
    }
    void index() { run("COMMIT; CREATE INDEX by_time ON events (time); CREATE INDEX by_session ON events (logon_id, time); CREATE INDEX by_user ON events (user, kind)"); }
    double ask(const std::string& sql) {
        return milliseconds_of([&] { run(sql); });
    }

private:
    void run(const std::string& sql) {
        char* message = nullptr;
        sqlite3_exec(database_, sql.c_str(), [](void*, int, char**, char**) { return 0; }, nullptr, &message);
        if (message) fmt::print(stderr, "{}\n", message);
    }
    sqlite3* database_ = nullptr;
    sqlite3_stmt* insert_ = nullptr;
};

struct Question {
    const char* name;
    const char* filter;
    std::uint64_t limit;  // 0: count
    const char* sql;
    const char* grep;
};

constexpr Question kQuestions[] = {
    {"events of one session", "host: WS07 and (TargetLogonId: 0x13880 or LogonId: 0x13880)", UINT64_MAX, "SELECT * FROM events WHERE logon_id = 80000 AND host = 'WS07' ORDER BY time",
     "WS07.*=0x13880 "},
    {"filter on two fields, counted", "kind: process_created and User: \"CORP\\user77\"", 0, "SELECT count(*) FROM events WHERE user = 'CORP\\user77' AND kind = 'process_created'",
     "process_created.*CORP.user77 "},
    {"wildcard on a path, counted", "Image: *\\\\tool77.exe", 0, "SELECT count(*) FROM events WHERE image LIKE '%\\tool77.exe'", "Image=.*tool77.exe "},
    {"network range, counted", "IpAddress: 10.0.1.0/24", 0, nullptr, nullptr},
    {"free word that is rare, counted", "\"--job 99999\"", 0, "SELECT count(*) FROM events WHERE texts LIKE '%--job 99999%'", "--job 99999"},
    {"free word that is common, counted", "vendor", 0, "SELECT count(*) FROM events WHERE texts LIKE '%vendor%'", "Vendor"},
    {"first screen of a common filter", "kind: logon", 50, "SELECT * FROM events WHERE kind = 'logon' ORDER BY time LIMIT 50", nullptr},
    {"first screen of a rare filter", "Image: *\\\\tool77.exe and DestinationPort: 445", 50,
     "SELECT * FROM events WHERE image LIKE '%\\tool77.exe' AND kind = 'network_connection' ORDER BY time LIMIT 50", nullptr},
    {"first screen of everything", "", 50, "SELECT * FROM events ORDER BY time LIMIT 50", nullptr},
};

/// In a store that was just opened, as a command does it.
std::pair<double, std::uint64_t> ask(const std::string& directory, const Question& question) {
    std::uint64_t found = 0;
    const double time = milliseconds_of([&] {
        const auto store = must(store::open_store(directory, {}));
        const match::Expr where = must(match::parse_filter(question.filter, {.catalog = &store->catalog()}));
        if (question.limit == 0) {
            for (const store::Count& count : must(store->count({.where = where}))) found += count.events;
            return;
        }
        const auto stream = must(store->events({.where = where, .limit = question.limit}));
        Batch batch;
        while (must(stream->next(batch))) found += batch.size();
    });
    return {time, found};
}

}  // namespace

int main(int argc, char** argv) {
    if (argc < 2) {
        fmt::print(stderr, "usage: store_bench DIR [EVENTS]\n");
        return 2;
    }
    namespace fs = std::filesystem;
    const std::string directory = std::string(argv[1]) + "/store_bench";
    const std::uint64_t events = argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 10'000'000;
    fs::remove_all(directory);
    fs::create_directories(directory);
    std::uint64_t text_bytes = 0;
    {
        auto store = must(store::open_store(directory + "/store", {.opening = store::Opening::Write}));
        auto writer = must(store->writer());
        Domain domain(store->catalog());
        Batch batch;
        const double time = milliseconds_of([&] {
            for (std::uint64_t i = 0; i < events; i += kBatch) {
                domain.fill(batch, i, events);
                must(writer->add(batch));
                if (writer->pending() >= 245'760) must(writer->commit());
            }
            must(writer->commit());
        });
        writer.reset();
        fmt::print("{} events stored by one writer: {:.0f} a second, {:.1f} bytes each on disk\n", events, static_cast<double>(events) / time * 1e3,
                   static_cast<double>(must(store->bytes_on_disk())) / static_cast<double>(events));
    }
    Sqlite sqlite(directory + "/events.sqlite");
    {
        Catalog catalog;
        Domain domain(catalog);
        Batch batch;
        std::FILE* const file = std::fopen((directory + "/events.txt").c_str(), "w");
        const double time = milliseconds_of([&] {
            std::string line;
            for (std::uint64_t i = 0; i < events; i += kBatch) {
                domain.fill(batch, i, events);
                for (const Event& event : batch.events()) {
                    line = fmt::format("{} {} {} ", event.time.nanoseconds, catalog.host_name(event.host), name(event.kind));
                    for (const FieldValue& value : batch.values(event)) {
                        line += fmt::format("{}=", catalog.field_name(value.field));
                        append_text(line, value, catalog.field_type(value.field));
                        line += ' ';
                    }
                    sqlite.add({batch, event}, catalog, line);
                    line += '\n';
                    text_bytes += std::fwrite(line.data(), 1, line.size(), file);
                }
            }
            sqlite.index();
        });
        std::fclose(file);
        fmt::print("SQLite with three indexes: {:.0f} a second, {:.1f} bytes each; as text {:.1f} bytes each\n", static_cast<double>(events) / time * 1e3,
                   static_cast<double>(fs::file_size(directory + "/events.sqlite")) / static_cast<double>(events), static_cast<double>(text_bytes) / static_cast<double>(events));
    }
    fmt::print("{:36} {:>10} {:>10} {:>10} {:>10}\n", "milliseconds", "found", "store", "SQLite", "grep");
    for (const Question& question : kQuestions) {
        (void)ask(directory + "/store", question);
        const auto [time, found] = ask(directory + "/store", question);
        const auto shown = [](double ms) { return ms < 0 ? std::string("-") : fmt::format("{:.0f}", ms); };
        const double by_sqlite = question.sql ? sqlite.ask(question.sql) : -1;
        const std::string command = question.grep ? fmt::format("LC_ALL=C grep -c -e '{}' {}/events.txt > /dev/null", question.grep, directory) : "";
        const double by_grep = question.grep ? milliseconds_of([&] { (void)!std::system(command.c_str()); }) : -1;
        fmt::print("{:36} {:>10} {:>10} {:>10} {:>10}\n", question.name, found, shown(time), shown(by_sqlite), shown(by_grep));
        std::fflush(stdout);
    }
    fs::remove_all(directory);
}
