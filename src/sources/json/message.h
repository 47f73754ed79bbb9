// What a record's values were, read out of its message: some exporters keep only the message of a record whose values
// lie in UserData, and some overwrite a value with a fact of their own of the same name.
#pragma once
#include "sources/windows/record.h"

namespace spoor::json {

/// Adds to record.data the values that its (English) message has and it has not. They are views into the message.
void recover_from_message(windows::Record& record);

}  // namespace spoor::json
