// The handlers of the API, by subject; routes.cc says at which addresses they answer.
#pragma once
#include "server/api/routes.h"

namespace spoor::server::api {

// api_events.cc
Response events(Context& context);
Response event(Context& context);
Response histogram(Context& context);
Response counts(Context& context);
Response export_events(Context& context);
Response live(Context& context);

// api_sessions.cc
Response sessions(Context& context);
Response density(Context& context);
Response session(Context& context);
Response processes(Context& context);
Response trail(Context& context);
Response findings(Context& context);
Response logons(Context& context);

// api_archive.cc
Response archive(Context& context);

// api_schema.cc
Response schema(Context& context);
Response check_query(Context& context);
Response complete(Context& context);
Response description(Context& context);

// api_service.cc
Response status(Context& context);
Response sources(Context& context);
Response gaps(Context& context);
Response imports(Context& context);
Response me(Context& context);
Response log_in(Context& context);
Response log_out(Context& context);
Response add_link(Context& context);
Response tokens(Context& context);
Response add_token(Context& context);
Response remove_token(Context& context);
Response metrics(Context& context);
Response health(Context& context);

/// The question that `q`, `from` and `until` ask; an error with the place for what is wrong with it.
std::expected<Question, Response> question_of(const Context& context, const Catalog& catalog);

/// What takes long to say, and is kept (answers.h).
struct LongQuestion {
    std::string key;
    Answers::Make make;  // takes leases of the library it was made for
};
LongQuestion histogram_of(Library& library, Question question, std::uint64_t stretches);
LongQuestion logons_of(Library& library, Question question, std::uint64_t limit);
/// An old answer has the header Spoor-Renewing: whoever asks again in a moment gets the new one.
Response kept_answer(Library& library, const LongQuestion& question);
Response old_answer(std::string text);
/// Has ready what the pages ask first: all events over time, all logons.
void prepare_answers(Library& library);

}  // namespace spoor::server::api
