// Renderers: records as XML or JSON text, one line each, straight from their stored values.
//
// A blueprint is compiled once into a program of constant texts and places for values; rendering a record then is one
// walk over that program. A renderer belongs to one thread and appends to a buffer that its caller owns.
#pragma once
#include <memory>

#include "evtx/record.h"
#include "evtx/render/text_buffer.h"

namespace spoor::evtx {

class Renderer {
public:
    virtual ~Renderer() = default;

    /// Appends the record and a line feed. False, and nothing appended, when its text would be beyond all measure.
    virtual bool append(const Record& record, TextBuffer& text) = 0;
};

/// <Event xmlns="...">...</Event>, as Event Viewer's XML view shows it but on one line, and always well formed:
/// characters that XML cannot hold are dropped, names that are none are mended.
std::unique_ptr<Renderer> make_xml_renderer();

/// The layout of evtx_dump, which Sigma, Hayabusa and Chainsaw name fields by:
/// {"Event":{"#attributes":{...},"System":{...},"EventData":{"SubjectUserSid":"S-1-5-18",...}}}.
std::unique_ptr<Renderer> make_json_renderer();

}  // namespace spoor::evtx
