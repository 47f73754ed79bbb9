// Events as the XML that Windows itself shows for them; sources/windows/event_xml.h says how.
#include "sources/windows/event_xml.h"
#include "cli/output/event_output.h"

namespace spoor::cli {
namespace {

class Xml final : public EventOutput {
public:
    explicit Xml(const EventContext& context) : context_(context) {
        context_.console.out.line("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Events>");
    }

    void add(const EventView& view) override {
        line_.clear();
        windows::append_event_xml(line_, view, context_.catalog);
        context_.console.out.line(line_);
    }
    void finish() override { context_.console.out.line("</Events>"); }

private:
    EventContext context_;
    std::string line_;
};

}  // namespace

std::unique_ptr<EventOutput> make_event_xml(const EventContext& context) { return std::make_unique<Xml>(context); }

}  // namespace spoor::cli
