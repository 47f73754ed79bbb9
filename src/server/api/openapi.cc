#include "server/api/openapi.h"

#include <algorithm>

#include "base/json_writer.h"
#include "server/api/routes.h"

namespace spoor::server {
namespace {

/// An object that is answered. Each member is written `name`, `name:type` or, where it may be left out, `name?:type`;
/// a type is `string` (where none is said), `integer`, `number`, `boolean`, the name of a form, `[type]` for an array
/// or
/// `{type}` for an object with any names.
struct Form {
    std::string_view name;
    std::string_view meaning;
    std::string_view members;
};

// clang-format off
constexpr Form kForms[] = {
    {"EventPage", "Events of a filter from a row on; total: how many there are.", "total:integer row:integer rows:[EventRow]"},
    {"EventRow", "An event as a line of a table; at: its address in /events/{at}.", "at time host kind channel id?:integer seq outcome? quality? user? session? session_type? adopted? adopted_user? pid?:integer image? text values?:{string}"},
    {"Event", "All that is known of an event; record: its XML, if asked for.", "at time host kind channel id?:integer seq outcome? quality? user? session? session_type? adopted? adopted_user? pid?:integer image? title text fields:[EventField] record?"},
    {"EventField", "A field of an event; words: what its code stands for.", "name value words? meaning?"},
    {"EventRef", "A record that something rests on.", "host channel id:integer seq time"},
    {"Histogram", "Events over time: each bar is the begin of a stretch, in milliseconds since 1970, and a number.", "total:integer width_ms:number bars:[[number]]"},
    {"Counts", "Groups of events by their values, the largest first, or by time.", "groups:integer rows:[Count]"},
    {"Count", "The events with these values.", "values:[string] start? events:integer first last"},
    {"SessionPage", "Sessions of a filter from a row on; hidden: how many are left out as noise; of: all there are.", "total:integer hidden:integer of:integer row:integer rows:[SessionRow] links?:[Link]"},
    {"SessionRow", "A logon session; name: its address in /sessions/{name} and /trails/{name}.", "name host logon_id user type origin human:boolean start? end? end_reason? first_seen? last_seen? address? workstation? package? elevated?:boolean linked? outbound? processes:integer events:integer links_in:integer links_out:integer"},
    {"Density", "How many sessions were there in each stretch of time, by host.", "total:integer hidden:integer of:integer from? until? width_ms:number lanes:[Lane]"},
    {"Lane", "One host of a density.", "host sessions:integer counts:[integer]"},
    {"SessionWhole", "All about a session.", "row:SessionRow phrase facts:[Fact] evidence:[EventRef] trail:TrailBack links:[Link] processes:[Process] process_total:integer findings:[Finding]"},
    {"Fact", "A property of a session that has a value.", "name value meaning"},
    {"ProcessPage", "Processes of a filter from a row on.", "rows:[Process] total:integer"},
    {"Process", "A process; key: its number, by which others call it parent.", "key:integer host pid:integer image? command_line? user? integrity? session? session_strength? parent?:integer parent_pid?:integer parent_image? start? end? first_seen? last_seen? exit_code?"},
    {"Link", "That one session led to another, how, how surely, and by what evidence.", "from to kind manner strength reason process?:Process evidence:[EventRef]"},
    {"Trail", "The sessions around one, or around a process in it; left_out: how many more there are.", "session process?:Process back:TrailBack sessions:[SessionRow] links:[Link] left_out:integer"},
    {"TrailBack", "The chain of custody back to the first human logon; ending: why it goes no further.", "sentence parts:[string] strength complete:boolean ending first_human? enters_from? enters_from_host? steps:[Step]"},
    {"Step", "A session on a trail, and how it was come by.", "session phrase manner? strength?"},
    {"FindingPage", "Findings, the gravest first; looked: whether that is all of them yet; rules: how many each rule found.", "looked:boolean total:integer rules:{integer} findings:[Finding]"},
    {"Finding", "What deserves a look; technique: its number in MITRE ATT&CK.", "rule title technique severity host first last text count:integer sessions:[string] evidence:[EventRef]"},
    {"Logons", "Logons by account, by source, by type and by host, and why they failed.", "by_user:[LogonGroup] by_source:[LogonGroup] by_type:[LogonGroup] by_host:[LogonGroup] reasons:[FailureReason]"},
    {"LogonGroup", "Logons with the same values.", "values:[string] successes:integer failures:integer first last"},
    {"FailureReason", "A reason of failed logons, in words and as Windows numbers it.", "reason status sub_status failures:integer"},
    {"Sources", "Where events came from.", "sources:[Source]"},
    {"Source", "One channel of one host.", "host full_name channel events:integer first? last? gaps:integer missing:integer first_record? last_record?"},
    {"Gaps", "Record numbers that are missing.", "gaps:[Gap] total:integer"},
    {"Gap", "A run of missing records.", "host channel first last missing:integer"},
    {"Schema", "What events are made of and what can be asked of them, of sessions and of processes.", "kinds:[KindEntry] fields:[FieldEntry] header:[Property] session:[Property] process:[Property]"},
    {"KindEntry", "A kind of event, the records of Windows that are of it, and the fields it is known by.", "name title sysmon_id?:integer windows fields"},
    {"FieldEntry", "A field of events, with its name in ECS and OCSF.", "name type meaning? ecs? ocsf?"},
    {"Property", "What can be asked of an event's head, of a session or of a process.", "name type meaning choices?:[string]"},
    {"Check", "Whether a filter is right; canonical: how it was understood.", "ok:boolean canonical? problem?:Problem"},
    {"Problem", "What is wrong with a filter, from byte begin to byte end.", "code message hint? begin:integer end:integer"},
    {"Completion", "How a filter may go on; begin: the byte from which a suggestion stands in.", "begin:integer suggestions:[Suggestion]"},
    {"Suggestion", "A name, a value or a word; kind: which of these.", "text meaning kind"},
    {"Status", "What is stored and what is live, in numbers.", "events:integer sessions:integer processes:integer links:integer findings:integer hosts:integer first? last? sessions_read:boolean takes_uploads:boolean live:LiveStatus store?:StoreStatus sensor?:SensorStatus"},
    {"LiveStatus", "The stream of events.", "published oldest readers:integer missed:integer"},
    {"StoreStatus", "How the store keeps up.", "recorded:integer stored:integer known:integer waiting:integer dropped:integer conclusions:integer conclusion_ms:number trouble?"},
    {"SensorStatus", "The sensor that is followed.", "socket host connected:boolean since events:integer missed:integer connections:integer last_event? trouble?"},
    {"Imports", "Uploads, and how far they are.", "takes_uploads:boolean most_bytes?:integer imports:[Import]"},
    {"Import", "An upload.", "number:integer name by begun state bytes_received:integer bytes_read:integer events:integer message"},
    {"Uploaded", "The number of an upload, by which /imports tells of it.", "number:integer"},
    {"Me", "Who asks, as the server knows them.", "role name"},
    {"LoginLink", "A link that logs a browser in, once.", "path url"},
    {"Tokens", "Named tokens.", "tokens:[Token]"},
    {"Token", "A named token, without its secret.", "name role made"},
    {"NewToken", "A token's secret, told this once.", "token"},
    {"Health", "That all is well.", "ok:boolean"},
    {"Nothing", "Done, and there is nothing to say.", ""},
    {"Error", "Why something was not done.", "error:Trouble"},
    {"Trouble", "A code for programs and words for people; query: where a filter is wrong.", "code message query?:Problem"},
};

constexpr std::string_view kInfo =
    R"({"title":"Spoor","version":"1","description":"Logon sessions, the events and processes that belong to them, and the trails between them."})";
constexpr std::string_view kSecurity = R"([{"token":[]},{"browser":[]}])";
constexpr std::string_view kSecuritySchemes =
    R"({"token":{"type":"http","scheme":"bearer"},"browser":{"type":"apiKey","in":"cookie","name":"spoor_PORT"}})";
constexpr std::string_view kAnyBody = R"({"required":true,"content":{"application/octet-stream":{}}})";
constexpr std::string_view kErrorResponse =
    R"({"description":"It went wrong.","content":{"application/json":{"schema":{"$ref":"#/components/schemas/Error"}}}})";
// clang-format on

template <typename Take>
void for_each_word(std::string_view words, std::string_view between, Take&& take) {
    while (!words.empty()) {
        const std::size_t end = std::min(words.find_first_of(between), words.size());
        if (end > 0) take(words.substr(0, end));
        words.remove_prefix(std::min(end + 1, words.size()));
    }
}

void write_type(JsonWriter& json, std::string_view type) {
    constexpr std::string_view kPlain[] = {"string", "integer", "number", "boolean"};
    json.open('{');
    if (const std::string_view inner = type.substr(1, type.size() - 2); type.front() == '[') {
        json.text("type", "array").key("items");
        write_type(json, inner);
    } else if (type.front() == '{') {
        json.text("type", "object").key("additionalProperties");
        write_type(json, inner);
    } else if (std::ranges::find(kPlain, type) != std::end(kPlain)) {
        json.text("type", type);
    } else {
        json.text("$ref", "#/components/schemas/" + std::string(type));
    }
    json.close('}');
}

void write_form(JsonWriter& json, const Form& form) {
    json.open(form.name, '{').text("description", form.meaning).text("type", "object");
    std::vector<std::string_view> required;
    json.open("properties", '{');
    for_each_word(form.members, " ", [&](std::string_view member) {
        const std::size_t colon = std::min(member.find(':'), member.size());
        const std::string_view type = colon < member.size() ? member.substr(colon + 1) : "string";
        std::string_view name = member.substr(0, colon);
        if (name.ends_with('?'))
            name.remove_suffix(1);
        else
            required.push_back(name);
        json.key(name);
        write_type(json, type);
    });
    json.close('}').open("required", '[');
    for (const std::string_view name : required) json.text(name);
    json.close(']').close('}');
}

void write_parameter(JsonWriter& json, const Parameter& parameter, std::string_view place) {
    json.open('{').text("name", parameter.name).text("in", place);
    if (place == "path") json.boolean("required", true);
    json.text("description", parameter.meaning).key("schema");
    write_type(json, parameter.type);
    json.close('}');
}

void write_answer(JsonWriter& json, const Route& route) {
    json.open('{').text("description", "Done.").open("content", '{').open(route.content_type, '{');
    if (!route.answer.empty()) {
        json.key("schema");
        write_type(json, route.answer);
    }
    json.close('}').close('}').close('}');
}

void write_operation(JsonWriter& json, const Route& route) {
    std::string method(name(route.method));
    std::ranges::transform(method, method.begin(), [](char c) { return static_cast<char>(c + ('a' - 'A')); });
    json.open(method, '{').text("summary", route.summary).text("x-role", name(route.least));
    if (route.least == Role::Nobody) json.raw("security", "[]");
    json.open("parameters", '[');
    for_each_word(route.path, "/", [&](std::string_view part) {
        if (!part.starts_with('{')) return;
        write_parameter(json, {part.substr(1, part.size() - 2), "string", "As the list of these gives it."}, "path");
    });
    for_each_word(route.parameters, " ",
                  [&](std::string_view name) { write_parameter(json, parameter(name), "query"); });
    json.close(']');
    if (route.takes_upload) json.raw("requestBody", kAnyBody);
    json.open("responses", '{').key(route.takes_upload ? "202" : "200");
    write_answer(json, route);
    json.raw("default", kErrorResponse).close('}').close('}');
}

/// One member for each path, with all its methods.
void write_paths(JsonWriter& json) {
    json.open('{');
    const std::span<const Route> all = routes();
    for (const Route& route : all) {
        const auto same_path = [&](const Route& other) { return other.path == route.path; };
        if (&*std::ranges::find_if(all, same_path) != &route) continue;
        json.open(route.path, '{');
        for (const Route& other : all)
            if (same_path(other)) write_operation(json, other);
        json.close('}');
    }
    json.close('}');
}

}  // namespace

std::string openapi() {
    std::string out;
    JsonWriter json(out);
    json.open('{').text("openapi", "3.1.0").raw("info", kInfo).raw("security", kSecurity);
    json.key("paths");
    write_paths(json);
    json.open("components", '{').raw("securitySchemes", kSecuritySchemes).open("schemas", '{');
    for (const Form& form : kForms) write_form(json, form);
    json.close('}').close('}').close('}');
    return out;
}

}  // namespace spoor::server
