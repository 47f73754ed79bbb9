// CsvOption: --safe-csv, which every command has that prints CSV.
#pragma once
#include <string>
#include <vector>

#include "cli/command.h"
#include "terminal/csv.h"

namespace spoor::cli {

class CsvOption {
public:
    void declare(Options& options) {
        options.flag("--safe-csv", safe_, "disarm cells that a spreadsheet would take for formulas");
    }

    terminal::Formulas formulas() const { return safe_ ? terminal::Formulas::Disarmed : terminal::Formulas::AsTheyAre; }

    std::string row(const std::vector<std::string>& cells) const {
        std::string line;
        terminal::append_csv_row(line, cells, formulas());
        return line;
    }

private:
    bool safe_ = false;
};

}  // namespace spoor::cli
