// Evidence of calls from one host to another: what WMI, WinRM, remote desktop, SMB, NTLM and ssh wrote of them at
// either end; and of WMI's subscriptions.
#include <array>
#include <cctype>
#include <charconv>
#include <string>

#include "base/unicode.h"
#include "trails/evidence/index.h"
#include "trails/evidence/observing.h"

namespace spoor::trails {
namespace {

constexpr std::uint64_t kSystemProcess = 4;

/// " \"c:\\\\Windows\\\\cmd.exe\"" as Sysmon writes a WMI consumer's command, in plain.
std::string plain_wmi_text(std::string_view text) {
    text = trimmed(text);
    if (text.starts_with('"') && text.ends_with('"') && text.size() > 1) text = text.substr(1, text.size() - 2);
    std::string plain;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '\\' && i + 1 < text.size() && (text[i + 1] == '\\' || text[i + 1] == '"')) ++i;
        plain.push_back(text[i]);
    }
    return plain;
}

/// What stands behind "NAME = " in an instance as WMI writes it, up to the semicolon; a quoted text without its quotes.
std::string_view property_of(std::string_view instance, std::string_view name) {
    const std::string opening = std::string(name) + " = ";
    for (std::size_t at = instance.find(opening); at != instance.npos; at = instance.find(opening, at + 1)) {
        if (at != 0 && (instance[at - 1] == '_' || std::isalnum(static_cast<unsigned char>(instance[at - 1]))))
            continue;
        std::string_view value = instance.substr(at + opening.size());
        if (!value.starts_with('"')) return value.substr(0, value.find(';'));
        std::size_t end = 1;
        while (end < value.size() && value[end] != '"') end += value[end] == '\\' ? 2 : 1;
        return value.substr(1, std::min(end, value.size()) - 1);
    }
    return {};
}

/// "{1, 5, 0, 0, 0, 0, 0, 5, 21, ...}": a SID byte by byte.
Sid sid_of_numbers(std::string_view text) {
    std::string bytes;
    const char* const end = text.data() + text.size();
    for (const char* at = text.data(); at < end && bytes.size() < 68;) {
        unsigned value = 0;
        const auto [next, error] = std::from_chars(at, end, value);
        if (error == std::errc() && value < 256) bytes.push_back(static_cast<char>(value));
        at = error == std::errc() ? next : at + 1;
    }
    return Sid::from_bytes(bytes).value_or(Sid{});
}

/// The text of a field that the schema has not, for few records have it.
std::string_view text_named(EventView view, std::string_view name, const Catalog& catalog) {
    for (const FieldValue& value : view.values())
        if (equals_ignoring_ascii_case(catalog.field_name(value.field), name)) return value.text();
    return {};
}

}  // namespace

void Evidence::observe_wmi(EventView view) {
    if (!equals_ignoring_ascii_case(view.text("Operation"_field), "Created")) return;
    std::string_view name = view.text("Name"_field);
    if (name.empty()) name = view.text("Consumer"_field);
    wmi_subscriptions.push_back(
        {.event = reference(view.event),
         .account = {},
         .user = keep(view.text("User"_field)),
         .name = keep(plain_wmi_text(name)),
         .command = keep(view.event.kind == Kind::WmiConsumer ? plain_wmi_text(view.text("Destination"_field))
                                                              : std::string())});
}

void Evidence::observe_wmi_activity(EventView view) {
    switch (view.event.event_id) {
        case 5857: {
            const std::string_view host = text_named(view, "HostProcess", *catalog_);
            const std::uint64_t writer = view.find("ExecutionProcessID"_field).as_number().value_or(0);
            const std::uint64_t pid = view.find("ProcessId"_field).as_number().value_or(writer);
            if (pid != 0 && (host.empty() || image_name(host) == "wmiprvse.exe"))
                provider_hosts.push_back({reference(view.event), pid});
            break;
        }
        case 5858:
        case 5860: observe_wmi_request(view); break;
        case 5859: {
            const std::string_view user = view.text("User"_field);
            const auto sid = Sid::parse(user);
            if (text_named(view, "PossibleCause", *catalog_).starts_with("Perm") && !user.empty() &&
                (sid ? is_person(*sid) : !user.starts_with("NT ")))
                wmi_subscriptions.push_back({.event = reference(view.event),
                                             .account = sid.value_or(Sid{}),
                                             .user = keep(sid ? std::string_view() : user),
                                             .name = keep(text_named(view, "Query", *catalog_)),
                                             .command = {},
                                             .may_be_older = true});
            break;
        }
        case 5861: observe_wmi_consumer(view); break;
        default: break;
    }
}

void Evidence::observe_wmi_request(EventView view) {
    const std::string_view client = view.text("ClientMachine"_field), user = view.text("User"_field);
    const std::uint64_t pid = view.find("ClientProcessId"_field).as_number().value_or(0);
    if (client.empty() || user.empty() || pid == 0 ||
        equals_ignoring_ascii_case(client.substr(0, client.find('.')), catalog_->host_name(view.event.host)))
        return;
    add(WmiRequest{reference(view.event), keep(user), keep(client), pid});
}

void Evidence::observe_wmi_consumer(EventView view) {
    std::string_view consumer = text_named(view, "CONSUMER", *catalog_);
    std::string_view cause = text_named(view, "PossibleCause", *catalog_);
    // The filter's instance comes first.
    const std::size_t instance = cause.find("Consumer:");
    if (instance == cause.npos) return;
    cause.remove_prefix(instance);
    if (const std::size_t name = consumer.find('='); name != consumer.npos) consumer.remove_prefix(name + 1);
    wmi_subscriptions.push_back({.event = reference(view.event),
                                 .account = sid_of_numbers(property_of(cause, "CreatorSID")),
                                 .user = {},
                                 .name = keep(plain_wmi_text(consumer)),
                                 .command = keep(plain_wmi_text(property_of(cause, "CommandLineTemplate"))),
                                 .may_be_older = true});
}

void Evidence::observe_remote_call(EventView view) {
    std::string_view server;
    if (view.event.kind == Kind::WinrmClient) {
        // "FS01/wsman?PSVersion=5.1": what stands before the path, without a port.
        server = view.text("connection"_field);
        if (const std::size_t scheme = server.find("://"); scheme != std::string_view::npos)
            server.remove_prefix(scheme + 3);
        server = server.substr(0, server.find_first_of("/:"));
    } else if (view.event.event_id == 1024 || view.event.event_id == 1102) {
        server = view.text("Value"_field);
    }
    if (server.empty()) return;
    ProcessName caller = process(view, "ProcessGuid"_field, "ExecutionProcessID"_field, "Image"_field);
    remote_calls.push_back({.event = reference(view.event),
                            .kind = view.event.kind,
                            .session = {},
                            .process = caller,
                            .user = view.find("UserID"_field).as_sid().value_or(Sid{}),
                            .credentials = {},
                            .server = keep(server)});
}

/// What the SMB client says of a server: it runs in System for all, but a session that failed is put down to whose it
/// was to be (LogonId), and other records to whoever waited for them.
void Evidence::observe_smb_client(EventView view) {
    // "\\FS01", "\\FS01\share"
    std::string_view server = view.text("ServerName"_field);
    if (server.empty()) server = view.text("ShareName"_field);
    server.remove_prefix(std::min(server.find_first_not_of('\\'), server.size()));
    server = server.substr(0, server.find('\\'));
    const LogonId session = logon_id(view, "LogonId"_field);
    ProcessName caller = process(view, "ProcessGuid"_field, "ExecutionProcessID"_field, "Image"_field);
    if (caller.pid == kSystemProcess || session != LogonId::none()) caller = {};
    if (server.empty() || (session == LogonId::none() && caller.pid == 0)) return;
    remote_calls.push_back({.event = reference(view.event),
                            .kind = Kind::SmbClient,
                            .session = session,
                            .process = caller,
                            .user = {},
                            .credentials = keep(view.text("UserName"_field)),
                            .server = keep(server)});
}

/// 8001 is the client's own record of using NTLM: for which session, with which account, to which service. 8004 is the
/// controller's, and names the server that asked.
void Evidence::observe_ntlm(EventView view) {
    if (view.event.event_id == 8004) return observe_ticket(view);
    if (view.event.event_id != 8001) return;
    // "cifs/fs01.corp.example"
    std::string_view server = view.text("TargetInfo"_field);
    server.remove_prefix(server.find('/') + 1);
    server = server.substr(0, server.find_first_of(":/@"));
    if (server.empty()) return;
    ProcessName caller = process(view, "ProcessGuid"_field, "ProcessId"_field, "Image"_field);
    if (caller.pid == kSystemProcess) caller = {};
    const std::string_view offered = view.text("TargetUserName"_field);
    remote_calls.push_back({.event = reference(view.event),
                            .kind = Kind::NtlmAudited,
                            .session = logon_id(view, "SubjectLogonId"_field),
                            .process = caller,
                            .user = {},
                            .credentials = keep(offered == "(NULL)" ? std::string_view() : offered),
                            .server = keep(server)});
}

void Evidence::observe_shell_request(EventView view) {
    // ".../Microsoft.PowerShell (CORP\jimmy clientIP: 10.0.0.7)"
    const std::string_view resource = view.text("resourceUri"_field);
    const std::size_t open = resource.rfind('(');
    const std::size_t ip = resource.find(" clientIP: ", open == std::string_view::npos ? 0 : open);
    if (open == std::string_view::npos || ip == std::string_view::npos) return;
    std::string_view address = resource.substr(ip + 11);
    address = address.substr(0, address.find(')'));
    if (const auto client = IpAddress::parse(address))
        shell_requests.push_back({.event = reference(view.event),
                                  .user = keep(resource.substr(open + 1, ip - open - 1)),
                                  .client = *client});
}

void Evidence::observe_desktop_arrival(EventView view) {
    // "10.0.0.7:50022", "[fe80::1%4]:50022"
    const std::string_view client = view.text("ClientIP"_field);
    const std::size_t colon = client.rfind(':');
    if (colon == std::string_view::npos) return;
    const auto address = IpAddress::parse(client.substr(0, colon));
    std::uint16_t port = 0;
    std::from_chars(client.data() + colon + 1, client.data() + client.size(), port);
    if (address) arrive(view, {*address, port}, 3389);
}

void Evidence::observe_ssh_message(EventView view) {
    // "Accepted publickey for jimmy from 10.0.0.7 port 50022 ssh2: ..."
    std::string_view text = view.text("Payload"_field);
    if (!text.starts_with("Accepted ")) return;
    const std::size_t user = text.find(" for "), from = text.find(" from "), port = text.find(" port ");
    if (user == std::string_view::npos || from == std::string_view::npos || port == std::string_view::npos ||
        user > from || from > port)
        return;
    const auto address = IpAddress::parse(text.substr(from + 6, port - from - 6));
    std::uint16_t number = 0;
    std::from_chars(text.data() + port + 6, text.data() + text.size(), number);
    if (address) arrive(view, {*address, number}, 22, text.substr(user + 5, from - user - 5));
}

}  // namespace spoor::trails
