// spoor access link, list, add, revoke: who may use the server that runs: login links for browsers, named tokens for
// programs. Asked over the server's Unix socket, where root and the server's own user are administrators.
#include <fmt/format.h>

#include "cli/command.h"
#include "cli/store_option.h"
#include "remote/client.h"
#include "sources/json/document.h"
#include "terminal/table.h"

namespace spoor::cli {
namespace {

/// The server's answers are single JSON objects.
class JsonAnswer {
public:
    static Result<std::unique_ptr<JsonAnswer>> ask(const StoreOption& store, std::string_view method,
                                                   const std::string& target) {
        const std::string socket = store.server_socket();
        if (socket.empty())
            return fail(
                Errc::NotFound,
                fmt::format("no server runs for the store at {}; spoor serve starts one, --server names its socket",
                            store.directory()));
        auto answer = std::make_unique<JsonAnswer>();
        const auto body = TRY(remote::Client(socket).ask(method, target));
        answer->text_ = TRY(body->rest());
        const std::size_t size = answer->text_.size();
        answer->text_.append(json::Document::kPadding, ' ');
        TRY(answer->document.parse(std::string_view(answer->text_).substr(0, size)));
        return answer;
    }

    json::Document document;

private:
    std::string text_;
};

class AccessLink final : public Command {
    void declare(Options& options) override {
        options.choice("--role", role_, {"viewer", "analyst", "administrator"}, "what the browser may (administrator)");
        store_.declare(options);
    }
    Result<Exit> run(Console& console) override {
        const auto answer = TRY(JsonAnswer::ask(store_, "POST", "/api/v1/links?role=" + role_));
        console.out.line(answer->document.text("url"));
        console.note("Open it in a browser: it works once, for a quarter of an hour.");
        return Exit::Done;
    }
    std::string role_ = "administrator";
    StoreOption store_;
};

class AccessList final : public Command {
    void declare(Options& options) override { store_.declare(options); }
    Result<Exit> run(Console& console) override {
        const auto answer = TRY(JsonAnswer::ask(store_, "GET", "/api/v1/tokens"));
        const json::Document& json = answer->document;
        terminal::Table table(console, {{.title = "Name", .importance = 9},
                                        {.title = "Role", .importance = 8},
                                        {.title = "Made (UTC)", .importance = 7}});
        if (const json::Node* const tokens = json.member("tokens"))
            for (const json::Node& token : json.children(*tokens))
                table.row({{std::string(json.text(token, "name"))},
                           {std::string(json.text(token, "role"))},
                           {std::string(json.text(token, "made").substr(0, 19))}});
        table.finish();
        return Exit::Done;
    }
    StoreOption store_;
};

class AccessAdd final : public Command {
    void declare(Options& options) override {
        options.argument(name_, "NAME", Needed::One, "what the token is called");
        options.choice("--role", role_, {"viewer", "analyst", "administrator"}, "what it may (viewer)");
        store_.declare(options);
    }
    Result<Exit> run(Console& console) override {
        const auto answer = TRY(JsonAnswer::ask(
            store_, "POST", fmt::format("/api/v1/tokens?name={}&role={}", remote::percent_encoded(name_), role_)));
        console.out.line(answer->document.text("token"));
        console.note("That is the token; it is not shown again. Programs send it as \"Authorization: Bearer TOKEN\".");
        return Exit::Done;
    }
    std::string name_;
    std::string role_ = "viewer";
    StoreOption store_;
};

class AccessRevoke final : public Command {
    void declare(Options& options) override {
        options.argument(name_, "NAME", Needed::One, "the token to remove");
        store_.declare(options);
    }
    Result<Exit> run(Console& console) override {
        TRY(JsonAnswer::ask(store_, "DELETE", "/api/v1/tokens/" + remote::percent_encoded(name_)));
        console.note(fmt::format("The token {} opens nothing any more.", name_));
        return Exit::Done;
    }
    std::string name_;
    StoreOption store_;
};

}  // namespace

CommandEntry access_link_command() {
    return {.name = "access link",
            .summary = "a link that logs a browser in to the server, once",
            .group = Group::Store,
            .examples = {{"access link", "For yourself."},
                         {"access link --role viewer", "For somebody who is to look and not to change."}},
            .make = make<AccessLink>};
}
CommandEntry access_list_command() {
    return {.name = "access list",
            .summary = "the named tokens of the server",
            .group = Group::Store,
            .examples = {{"access list", "Names, roles, and when they were made."}},
            .make = make<AccessList>};
}
CommandEntry access_add_command() {
    return {
        .name = "access add",
        .summary = "a named token for a program",
        .group = Group::Store,
        .examples = {{"access add backup --role viewer", "Prints the token, this once: the server keeps its hash."}},
        .make = make<AccessAdd>};
}
CommandEntry access_revoke_command() {
    return {.name = "access revoke",
            .summary = "take a named token away",
            .group = Group::Store,
            .examples = {{"access revoke backup", "At once."}},
            .make = make<AccessRevoke>};
}

}  // namespace spoor::cli
