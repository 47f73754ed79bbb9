// OpenAPI: the description of the API that the server gives out, made from the routes and the forms of their answers.
#pragma once
#include <string>

namespace spoor::server {

/// OpenAPI 3.1, as JSON: every route with its parameters, its least role (`x-role`) and the schema of what it answers.
std::string openapi();

}  // namespace spoor::server
