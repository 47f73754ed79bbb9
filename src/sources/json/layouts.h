// What each layout has: by what it is known, and how a record is read.
#pragma once
#include "sources/json/layout.h"

namespace spoor::json {

bool is_event_xml(const Document& document);
Result<> read_event_xml(const Document& document, Reading& reading);

bool is_winlogbeat(const Document& document);
Result<> read_winlogbeat(const Document& document, Reading& reading);

bool is_winlogbeat6(const Document& document);
Result<> read_winlogbeat6(const Document& document, Reading& reading);

bool is_nxlog(const Document& document);
Result<> read_nxlog(const Document& document, Reading& reading);

bool is_flat(const Document& document);
Result<> read_flat(const Document& document, Reading& reading);

bool is_azure(const Document& document);
Result<> read_azure(const Document& document, Reading& reading);

bool is_get_winevent(const Document& document);
Result<> read_get_winevent(const Document& document, Reading& reading);

}  // namespace spoor::json
