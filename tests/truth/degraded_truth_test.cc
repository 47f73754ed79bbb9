// The truths' captures as they might have come: hosts and channels missing, clocks wrong, names and addresses changed.
//
// Each degradation is applied to the stream of events and everything is concluded anew. Whatever is missing, no link
// that is called certain or strong may contradict what the truth, or the whole capture, says of a session's origin;
// what still has all its records must still be found, and where nothing is lost all must be as it was.
#include <gtest/gtest.h>

#include <cstring>
#include <functional>
#include <map>
#include <set>
#include <unordered_set>

#include "base/hash.h"
#include "truth/conclusions.h"

namespace spoor {
namespace {

using namespace truth;

/// One way in which logs come worse than they were written.
struct Degradation {
    std::string name;
    std::function<bool(const EventView&)> keeps = [](const EventView&) { return true; };
    /// Changes the copy of an event, which is the last of its batch.
    std::function<void(Batch&, Event&, Catalog&)> change = [](Batch&, Event&, Catalog&) {};
    /// What a host is called then that was called so.
    std::map<std::string, std::string> hosts = {};
    /// A host that has a namesake in another domain, which does the same a little later.
    HostId doubled = HostId::None;
    /// Whether all that links rest on is still there.
    bool loses_nothing = false;
    /// Whether the records say other things than before.
    bool rewrites = false;
};

void replace_all(std::string& text, std::string_view folded_old, std::string_view fresh) {
    std::string folded = fold_case(text);
    if (folded.size() != text.size()) return;
    for (std::size_t at = folded.find(folded_old); at != std::string::npos; at = folded.find(folded_old, at)) {
        text.replace(at, folded_old.size(), fresh);
        folded.replace(at, folded_old.size(), fresh);
        at += fresh.size();
    }
}

/// Puts other words in the texts of an event.
void replace_words(Batch& batch, Event& event, const std::map<std::string, std::string>& words) {
    for (FieldValue& value : batch.values(event)) {
        if (value.type != ValueType::Text) continue;
        std::string text(value.text());
        for (const auto& [old, fresh] : words) replace_all(text, fold_case(old), fresh);
        if (text != value.text()) value = FieldValue::of_bytes(value.field, ValueType::Text, batch.arena().copy(text));
    }
}

void set_address(Batch& batch, FieldValue& value, const IpAddress& address) {
    value = FieldValue::of_bytes(value.field, ValueType::Address,
                                 batch.arena().copy({reinterpret_cast<const char*>(address.bytes.data()), 16}));
}

void replace_addresses(Batch& batch, Event& event, const std::map<IpAddress, IpAddress>& addresses) {
    for (FieldValue& value : batch.values(event))
        if (const auto known = value.as_address())
            if (const auto fresh = addresses.find(*known); fresh != addresses.end())
                set_address(batch, value, fresh->second);
}

constexpr const char* kOtherDomain = ".elsewhere.example";
constexpr const char* kNamesake = "namesake";

/// Stamps an event as a clock would have that is off. Sysmon's GUIDs hold the time at which a process or session began,
/// by the same clock.
void shift_clock(Batch& batch, Event& event, Duration off, const Catalog& names) {
    const Timestamp latest = event.time + Duration::seconds(2);
    event.time = event.time + off;
    if (!names.channel_name(event.channel).contains("Sysmon")) return;
    for (FieldValue& value : batch.values(event)) {
        const auto guid = value.as_guid();
        if (!guid || (value.field != "ProcessGuid"_field && value.field != "ParentProcessGuid"_field &&
                      value.field != "LogonGuid"_field && value.field != "SourceProcessGuid"_field &&
                      value.field != "TargetProcessGuid"_field))
            continue;
        Guid shifted = *guid;
        std::uint32_t seconds = 0;
        std::memcpy(&seconds, shifted.bytes.data() + 4, sizeof seconds);
        if (seconds == 0 || Timestamp::from_unix_seconds(seconds) > latest) continue;
        seconds += static_cast<std::uint32_t>(off.nanoseconds / 1'000'000'000);
        std::memcpy(shifted.bytes.data() + 4, &seconds, sizeof seconds);
        value = FieldValue::of_bytes(value.field, ValueType::Guid,
                                     batch.arena().copy({reinterpret_cast<const char*>(shifted.bytes.data()), 16}));
    }
}

/// What is known of a capture before anything is done to it.
struct Capture {
    Catalog catalog;
    std::vector<Batch> batches;
    Conclusions whole;
    dom::parser parser;
    dom::element truth;
    std::map<std::string, IpAddress> addresses;  // of the truth's hosts
    Timestamp middle;

    explicit Capture(const fs::path& file)
        : batches(read_archive_of(file, catalog)), whole(batches, catalog), truth(parser.load(file.string())) {
        for (const dom::element host : truth["hosts"].get_array()) {
            dom::array list;
            if (host["ip"].get(list) != simdjson::SUCCESS || list.size() == 0) continue;
            if (const auto address = IpAddress::parse(std::string_view(list.at(0))))
                addresses[std::string(text(host, "name"))] = *address;
        }
        Timestamp first = Timestamp::latest(), last = Timestamp::earliest();
        for (const Batch& batch : batches)
            for (const Event& event : batch.events()) {
                first = std::min(first, event.time);
                last = std::max(last, event.time);
            }
        middle = first + Duration{(last - first).nanoseconds / 2};
    }

    std::vector<std::string> hosts() const {
        std::vector<std::string> names;
        for (const dom::element host : truth["hosts"].get_array()) names.emplace_back(text(host, "name"));
        return names;
    }
    HostId host(const std::string& name) { return catalog.host(name); }

    /// The names of people's accounts.
    std::set<std::string> people() const {
        std::set<std::string> names;
        for (const Session& session : whole.history.sessions)
            if (is_person(session.user.sid) && !session.user.name.ends_with('$'))
                names.insert(fold_case(session.user.name));
        return names;
    }

    /// What a host sees of the others through a translator of addresses.
    void translate(Batch& batch, Event& event, bool keeps_ports) const {
        const auto own = addresses.find(std::string(catalog.host_name(event.host)));
        if (own == addresses.end() || batch.find(event, "SourceIp"_field).as_address() == own->second) return;
        bool translated = false;
        for (FieldValue& value : batch.values(event)) {
            if (value.field != "IpAddress"_field && value.field != "SourceIp"_field) continue;
            const auto address = value.as_address();
            if (!address || *address == own->second || !is_of_a_host(*address)) continue;
            set_address(batch, value, IpAddress::parse("192.0.2.1").value());
            translated = true;
        }
        if (!translated || keeps_ports) return;
        for (FieldValue& value : batch.values(event))
            if (value.field == "IpPort"_field || value.field == "SourcePort"_field)
                if (const auto port = value.as_number(); port && *port != 0)
                    value = FieldValue::of_number(value.field, 1024 + (*port * 7919 + 13) % 64000);
    }
    bool is_of_a_host(const IpAddress& address) const {
        return std::ranges::any_of(addresses, [&](const auto& known) { return known.second == address; });
    }

    void double_up(Batch& batch, Event& event, Catalog& names) const {
        event.host = names.host(host_part(names.host_full_name(event.host)) + kOtherDomain);
        event.time = event.time + Duration::seconds(90);
        std::map<IpAddress, IpAddress> elsewhere;
        for (const auto& [name, address] : addresses) {
            IpAddress other = address;
            other.bytes[13] ^= 0x55;
            elsewhere[address] = other;
        }
        replace_addresses(batch, event, elsewhere);
    }

    std::vector<Batch> degraded(const Degradation& degradation, Catalog& names) const {
        std::vector<Batch> result;
        for (const Batch& batch : batches) {
            Batch& copy = result.emplace_back();
            for (const Event& event : batch.events())
                if (degradation.keeps({batch, event})) {
                    degradation.change(copy, copy.copy({batch, event}), names);
                    if (event.host == degradation.doubled) double_up(copy, copy.copy({batch, event}), names);
                }
        }
        return result;
    }
};

std::vector<Degradation> losses(Capture& capture) {
    std::vector<Degradation> all;
    for (const std::string& name : capture.hosts()) {
        const HostId host = capture.host(name);
        all.push_back(
            {.name = "only " + name, .keeps = [host](const EventView& view) { return view.event.host == host; }});
        all.push_back(
            {.name = "without " + name, .keeps = [host](const EventView& view) { return view.event.host != host; }});
    }
    const auto sysmon = [&catalog = capture.catalog](const EventView& view) {
        return catalog.channel_name(view.event.channel).contains("Sysmon");
    };
    all.push_back({.name = "without Sysmon", .keeps = [sysmon](const EventView& view) { return !sysmon(view); }});
    all.push_back({.name = "only Sysmon", .keeps = sysmon});
    all.push_back({.name = "only Security", .keeps = [&catalog = capture.catalog](const EventView& view) {
                       return catalog.channel_name(view.event.channel) == "Security";
                   }});
    const std::map<std::string, std::set<int>> kinds = {{"4624", {4624}},
                                                        {"4648", {4648}},
                                                        {"4672", {4672}},
                                                        {"4634 and 4647", {4634, 4647}},
                                                        {"4688", {4688}},
                                                        {"4689", {4689}},
                                                        {"Sysmon 1", {1}},
                                                        {"process starts", {1, 4688}},
                                                        {"5156", {5156}},
                                                        {"Sysmon 3", {3}},
                                                        {"connections", {3, 5156}},
                                                        {"logons but processes", {4624, 4648, 4672, 4634}},
                                                        {"tickets", {4768, 4769, 4770, 4771, 4776}},
                                                        {"shares", {5140, 5145}},
                                                        {"4697", {4697}},
                                                        {"7045", {7045}},
                                                        {"services", {4697, 7045}},
                                                        {"tasks", {4698, 4702, 106, 140, 129, 200}},
                                                        {"object access", {4656, 4658, 4663, 4690}},
                                                        {"privileges", {4673, 4674, 4703}},
                                                        {"Sysmon 8", {8}},
                                                        {"Sysmon 10", {10}}};
    for (const auto& [name, ids] : kinds)
        all.push_back({.name = "without " + name,
                       .keeps = [ids](const EventView& view) { return !ids.contains(view.event.event_id); }});
    for (const int percent : {10, 30, 60})
        all.push_back(
            {.name = std::to_string(percent) + " % lost at random", .keeps = [percent](const EventView& view) {
                 return hash_mix(hash_mix(view.event.sequence, view.event.event_id),
                                 static_cast<std::uint64_t>(view.event.host)) %
                            100 >=
                        static_cast<unsigned>(percent);
             }});
    for (const bool first : {true, false})
        all.push_back({.name = first ? "the first half only" : "the second half only",
                       .keeps = [first, middle = capture.middle](const EventView& view) {
                           return (view.event.time < middle) == first;
                       }});
    return all;
}

std::vector<Degradation> distortions(Capture& capture) {
    std::vector<Degradation> all;
    // Every clock in turn is minutes off, from the beginning or from the middle on.
    for (const std::string& name : capture.hosts())
        for (const int minutes : {-7, 4, 7})
            all.push_back({.name = name + " is " + std::to_string(minutes) + " minutes off",
                           .change =
                               [host = capture.host(name), minutes](Batch& batch, Event& event, Catalog& names) {
                                   if (event.host == host)
                                       shift_clock(batch, event, Duration::seconds(60 * minutes), names);
                               },
                           .loses_nothing = true});
    for (const std::string& name : capture.hosts())
        all.push_back({.name = name + " is 5 minutes off from the middle on",
                       .change =
                           [host = capture.host(name), middle = capture.middle](Batch&, Event& event, Catalog&) {
                               if (event.host == host && event.time >= middle)
                                   event.time = event.time + Duration::seconds(300);
                           },
                       .loses_nothing = true,
                       .rewrites = true});
    all.push_back({.name = "times of whole seconds",
                   .change =
                       [](Batch&, Event& event, Catalog&) {
                           event.time.nanoseconds -= event.time.nanoseconds % Duration::seconds(1).nanoseconds;
                       },
                   .loses_nothing = true});
    Degradation renamed{.name = "hosts renamed", .loses_nothing = true, .rewrites = true};
    for (const std::string& name : capture.hosts()) {
        renamed.hosts[name] = "ЖЁЛТЫЙ-" + std::to_string(renamed.hosts.size());
    }
    renamed.change = [hosts = renamed.hosts, &old = capture.catalog](Batch& batch, Event& event, Catalog& names) {
        if (const auto fresh = hosts.find(std::string(old.host_name(event.host))); fresh != hosts.end())
            event.host = names.host(fresh->second);
        replace_words(batch, event, hosts);
    };
    all.push_back(renamed);
    std::map<std::string, std::string> people;
    for (const std::string& name : capture.people()) people[name] = "Жанна" + std::to_string(people.size());
    all.push_back({.name = "people of other scripts",
                   .change = [people](Batch& batch, Event& event, Catalog&) { replace_words(batch, event, people); },
                   .loses_nothing = true,
                   .rewrites = true});
    all.push_back({.name = "people renamed in the middle",
                   .change =
                       [people, middle = capture.middle](Batch& batch, Event& event, Catalog&) {
                           if (event.time >= middle) replace_words(batch, event, people);
                       },
                   .loses_nothing = true,
                   .rewrites = true});
    if (capture.addresses.size() > 1) {
        const IpAddress a = capture.addresses.begin()->second;
        const IpAddress b = capture.addresses.rbegin()->second;
        all.push_back({.name = "addresses change hands in the middle",
                       .change =
                           [a, b, middle = capture.middle](Batch& batch, Event& event, Catalog&) {
                               if (event.time >= middle) replace_addresses(batch, event, {{a, b}, {b, a}});
                           },
                       .loses_nothing = true,
                       .rewrites = true});
        for (const bool keeps_ports : {true, false})
            all.push_back(
                {.name = keeps_ports ? "behind one address" : "behind one address, with other ports",
                 .change = [&capture, keeps_ports](Batch& batch, Event& event,
                                                   Catalog&) { capture.translate(batch, event, keeps_ports); },
                 .rewrites = true});
    }
    for (const std::string& name : capture.hosts())
        all.push_back(
            {.name = "another host is called " + name + " too", .doubled = capture.host(name), .loses_nothing = true});
    return all;
}

/// A link in words that do not depend on the numbers of a History.
struct Claim {
    std::string from;
    std::string to;
    std::string process;  // that it began, where it is about one

    friend auto operator<=>(const Claim&, const Claim&) = default;
};

class Degraded : public testing::TestWithParam<fs::path> {};
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(Degraded);

class Comparison {
public:
    Comparison(const Capture& capture, const std::vector<Batch>& events, const Conclusions& found,
               const Degradation& degradation)
        : capture_(capture), found_(found), degradation_(degradation) {
        for (const auto& [old, fresh] : degradation.hosts) old_names_[upper(fresh)] = old;
        for (std::uint32_t i = 0; i < found.history.sessions.size(); ++i) sessions_.insert(name_of(found, i));
        for (std::uint32_t i = 0; i < found.history.processes.size(); ++i) processes_.insert(place_of(found, i));
        for (const Batch& batch : events)
            for (const Event& event : batch.events())
                kept_.insert(key_of({event.host, event.channel, event.event_id, event.sequence, event.time}));
    }

    void check() const {
        std::map<std::pair<std::string, std::string>, std::set<std::string>> origins;
        const Conclusions& whole = capture_.whole;
        for (const Link& link : whole.links.links) {
            const Claim claim = claim_of(whole, link);
            if (link.strength < Strength::Strong || !claims_an_origin(link)) continue;
            std::set<std::string>& from = origins[{claim.to, claim.process}];
            from.insert(claim.from);
            if (const LogonId twin = whole.history.sessions[link.from].linked; twin != LogonId::none())
                from.insert(host_of(whole, whole.history.sessions[link.from].key.host) + "/" + twin.to_string());
        }
        std::set<Claim> still;
        for (const Link& link : found_.links.links) {
            const Claim claim = claim_of(found_, link);
            still.insert(claim);
            if (link.strength < Strength::Strong || !claims_an_origin(link)) continue;
            const auto checked = origins.find({claim.to, claim.process});
            EXPECT_TRUE(checked == origins.end() || checked->second.contains(claim.from))
                << "false: " << name(link.strength) << " " << name(link.kind) << " " << claim.from << " -> " << claim.to
                << " " << claim.process << ": " << link.reason << "; should be " << *checked->second.begin();
        }
        check_against_truth(still);
        if (!degradation_.rewrites) check_what_remains(still);
        check_questions();
        if (degradation_.loses_nothing && !degradation_.rewrites) check_every_process();
    }

private:
    static std::string upper(const std::string& name) {
        Catalog names;
        return std::string(names.host_name(names.host(name)));
    }

    static bool claims_an_origin(const Link& link) {
        return link.kind != LinkKind::LinkedToken && link.kind != LinkKind::UacSameUser &&
               !trails::is_companion(link.kind);
    }

    /// The host's name as the truth has it.
    std::string host_of(const Conclusions& in, HostId id) const {
        if (in.catalog->host_full_name(id).ends_with(kOtherDomain)) return kNamesake;
        const std::string host = host_part(in.catalog->host_full_name(id));
        const auto old = &in == &found_ ? old_names_.find(host) : old_names_.end();
        return old == old_names_.end() ? host : old->second;
    }

    std::string name_of(const Conclusions& in, std::uint32_t session) const {
        const SessionKey& key = in.history.sessions[session].key;
        return host_of(in, key.host) + "/" + key.logon_id.to_string();
    }

    /// The process that a truth's question is about, wherever its host's clock stands.
    std::uint32_t process_of(const std::string& host, std::uint64_t pid, Timestamp time) const {
        const auto last_before = [&](const Conclusions& in, Timestamp until) {
            std::uint32_t last = kNobody;
            for (std::uint32_t p = 0; p < in.history.processes.size(); ++p) {
                const Process& known = in.history.processes[p];
                if (known.pid == pid && host_of(in, known.host) == host && known.first_seen <= until) last = p;
            }
            return last;
        };
        const std::uint32_t asked = last_before(capture_.whole, time + Duration::seconds(2));
        if (asked == kNobody) return asked;
        // Its clock may be minutes off; the program and its session are the same.
        const std::uint32_t now = last_before(found_, time + Duration::seconds(10 * 60));
        return now != kNobody && found_.history.processes[now].image == capture_.whole.history.processes[asked].image
                   ? now
                   : kNobody;
    }

    Claim claim_of(const Conclusions& in, const Link& link) const {
        Claim claim{name_of(in, link.from), name_of(in, link.to), {}};
        if (link.to_process != kNobody) claim.process = std::to_string(in.history.processes[link.to_process].pid);
        return claim;
    }

    /// Whether all that a link of the whole capture rests on is still there: its records, both sessions, and the
    /// process that the client's side is known by.
    bool evidence_remains(const Link& link) const {
        const Conclusions& whole = capture_.whole;
        const auto has = [&](std::uint32_t session) { return sessions_.contains(name_of(whole, session)); };
        if (!has(link.from) || !has(link.to)) return false;
        if (std::ranges::any_of(link.evidence, [&](const EventRef& event) { return !kept_.contains(key_of(event)); }))
            return false;
        return link.process == kNobody || processes_.contains(place_of(whole, link.process));
    }

    static std::string key_of(const EventRef& event) {
        return std::to_string(static_cast<std::uint32_t>(event.host)) + "/" +
               std::to_string(static_cast<std::uint32_t>(event.channel)) + "/" + std::to_string(event.sequence) + "/" +
               std::to_string(event.event_id);
    }

    /// A process with its session.
    std::string place_of(const Conclusions& in, std::uint32_t process) const {
        const Process& known = in.history.processes[process];
        return host_of(in, known.host) + "/" + std::to_string(known.pid) + "/" +
               (known.session == kNobody ? "" : name_of(in, known.session)) + "/" +
               std::string(name(known.session_strength));
    }

    void check_what_remains(const std::set<Claim>& still) const {
        for (const Link& link : capture_.whole.links.links) {
            if (link.strength < Strength::Probable || !evidence_remains(link)) continue;
            EXPECT_TRUE(still.contains(claim_of(capture_.whole, link)))
                << "its records are there, but not " << name(link.strength) << " " << name(link.kind) << " "
                << name_of(capture_.whole, link.from) << " -> " << name_of(capture_.whole, link.to) << ": "
                << link.reason;
        }
    }

    void check_against_truth(const std::set<Claim>& still) const {
        std::map<std::string, std::set<std::string>> checked;
        for (const dom::element link : capture_.truth["links"].get_array()) {
            const auto from = TruthName::parse(text(link, "src"));
            const auto to = TruthName::parse(text(link, "dst"));
            if (!from || !to) continue;
            checked[to->to_string()].insert(from->to_string());
            if (either_way(text(link, "kind"))) checked[from->to_string()].insert(to->to_string());
            const bool is_found = std::ranges::any_of(still, [&](const Claim& claim) {
                return (claim.from == from->to_string() && claim.to == to->to_string()) ||
                       (either_way(text(link, "kind")) && claim.to == from->to_string() &&
                        claim.from == to->to_string());
            });
            EXPECT_TRUE(is_found || !degradation_.loses_nothing || text(link, "confidence") == "probable")
                << text(link, "id") << " " << text(link, "kind") << " " << text(link, "src") << " -> "
                << text(link, "dst");
        }
        for (const Link& link : found_.links.links) {
            if (link.strength < Strength::Strong || link.to_process != kNobody || !claims_an_origin(link)) continue;
            const auto origins = checked.find(name_of(found_, link.to));
            EXPECT_TRUE(origins == checked.end() || origins->second.contains(name_of(found_, link.from)))
                << "against the truth: " << name(link.strength) << " " << name(link.kind) << " "
                << name_of(found_, link.from) << " -> " << name_of(found_, link.to) << ": " << link.reason;
        }
    }

    void check_questions() const {
        const trails::Tracer tracer(found_.history, found_.links);
        for (const dom::element question : capture_.truth["questions"].get_array()) {
            dom::element process;
            std::uint64_t pid = 0;
            if (question["process"].get(process) != simdjson::SUCCESS || !process.is_object()) continue;
            const auto time = Timestamp::parse(text(process, "time"));
            if (process["pid"].get(pid) != simdjson::SUCCESS || !time) continue;
            const std::uint32_t asked = process_of(host_part(text(process, "host")), pid, *time);
            if (asked == kNobody) {
                EXPECT_FALSE(degradation_.loses_nothing) << "process " << pid << " is gone";
                continue;
            }
            const trails::Trail trail = tracer.back_from_process(asked);
            SCOPED_TRACE(trails::sentence(trail, tracer, *found_.catalog));
            bool complete = false;
            ASSERT_EQ(question["answer"]["complete"].get(complete), simdjson::SUCCESS);
            const auto human = TruthName::parse(text(question["answer"], "first_human_session"));
            if (!human) continue;
            const bool right = trail.first_human != kNobody && is_or_is_half_of(trail.first_human, human->to_string());
            if (degradation_.loses_nothing) {
                EXPECT_TRUE(right) << text(question, "id") << " should be " << human->to_string();
                EXPECT_EQ(trail.complete, complete);
            } else if (!right && trail.first_human != kNobody && trail.strength >= Strength::Strong &&
                       found_.history.sessions[trail.first_human].origin == Origin::Logged) {
                // Where the logon of the last session is missing, the trail says so: that is no claim.
                ADD_FAILURE() << text(question, "id") << " strongly another human; should be " << human->to_string();
            } else if (trail.complete && !complete) {
                ADD_FAILURE() << text(question, "id") << " is called complete";
            }
        }
    }

    /// For each process, by its program and number, the human that its trail leads to.
    std::map<std::string, std::set<std::string>> humans(const Conclusions& in) const {
        const trails::Tracer tracer(in.history, in.links);
        std::map<std::string, std::set<std::string>> found;
        for (std::uint32_t p = 0; p < in.history.processes.size(); ++p) {
            const Process& process = in.history.processes[p];
            const trails::Trail trail = tracer.back_from_process(p);
            const std::string host = host_of(in, process.host);
            if (host == kNamesake) continue;
            found[host + "/" + std::to_string(process.pid) + "/" + trails::image_name(process.image)].insert(
                trail.first_human == kNobody ? std::string("nobody") : name_of(in, trail.first_human));
        }
        return found;
    }

    void check_every_process() const {
        const auto now = humans(found_);
        for (const auto& [process, human] : humans(capture_.whole)) {
            const auto same = now.find(process);
            ASSERT_NE(same, now.end()) << process;
            EXPECT_EQ(same->second, human) << process;
        }
    }

    bool is_or_is_half_of(std::uint32_t session, const std::string& name) const {
        if (name_of(found_, session) == name) return true;
        for (const Session& other : capture_.whole.history.sessions)
            if (host_of(capture_.whole, other.key.host) + "/" + other.linked.to_string() == name &&
                host_of(capture_.whole, other.key.host) + "/" + other.key.logon_id.to_string() ==
                    name_of(found_, session))
                return true;
        return false;
    }

    const Capture& capture_;
    const Conclusions& found_;
    const Degradation& degradation_;
    std::map<std::string, std::string> old_names_;
    std::set<std::string> sessions_;
    std::set<std::string> processes_;
    std::unordered_set<std::string> kept_;
};

void check(const Capture& capture, const std::vector<Degradation>& degradations, Catalog& catalog) {
    for (const Degradation& degradation : degradations) {
        SCOPED_TRACE(degradation.name);
        const std::vector<Batch> events = capture.degraded(degradation, catalog);
        const Conclusions found(events, catalog);
        Comparison(capture, events, found, degradation).check();
    }
}

TEST_P(Degraded, WhereRecordsAreMissingNothingFalseIsConcluded) {
    Capture capture(GetParam());
    check(capture, losses(capture), capture.catalog);
}

TEST_P(Degraded, WrongClocksAndOtherNamesChangeNothing) {
    Capture capture(GetParam());
    check(capture, distortions(capture), capture.catalog);
}

INSTANTIATE_TEST_SUITE_P(Captures, Degraded, testing::ValuesIn(truth_files()),
                         [](const auto& capture) { return capture.param.stem().string(); });

}  // namespace
}  // namespace spoor
