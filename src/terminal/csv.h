// CSV under this room's name: it lives in base, where the server finds it too.
#pragma once
#include "base/csv.h"

namespace spoor::terminal {
using spoor::append_csv_cell;
using spoor::append_csv_row;
using spoor::Formulas;
}  // namespace spoor::terminal
