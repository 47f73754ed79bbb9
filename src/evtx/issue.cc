#include "evtx/issue.h"

namespace spoor::evtx {

std::string_view describe(Problem problem) {
    switch (problem) {
        case Problem::None: return "nothing is wrong";
        case Problem::FileHeaderMissing: return "there is no file header; chunks were searched for by their signature";
        case Problem::FileHeaderChecksum: return "the checksum of the file header does not match";
        case Problem::FileTruncated: return "the file ends inside a chunk";
        case Problem::ForeignBytes: return "the bytes here are neither a chunk nor empty";
        case Problem::ChunkHeaderMissing: return "the chunk has lost its header; its records were read all the same";
        case Problem::ChunkHeaderChecksum:
            return "the checksum of the chunk header does not match; the chunk was read all the same";
        case Problem::ChunkDataChecksum:
            return "the checksum of the chunk's records does not match; they were read all the same";
        case Problem::ChunkDirty: return "records go on behind the end that the chunk header states";
        case Problem::RecordsUnreadable: return "no record can be read here";
        case Problem::RecordSizeRepeat: return "the record's end is damaged";
        case Problem::RecordsOutOfOrder: return "the record ids are not consecutive";
        case Problem::UnknownToken: return "the record has a token that does not exist or cannot stand there";
        case Problem::EndOfData: return "the record's data end too early";
        case Problem::NameOutside: return "a name lies outside the chunk";
        case Problem::TemplateOutside: return "a template definition lies outside the chunk";
        case Problem::TemplateMismatch: return "the template at the place the record names is another one";
        case Problem::TemplateUnknown: return "the record's template is not in the chunk";
        case Problem::ValuesOutside: return "the record's values do not fit into it";
        case Problem::TooDeep: return "the record is nested too deeply";
        case Problem::TooLarge: return "the record expands beyond all measure";
        case Problem::NoElement: return "the record holds no element";
        case Problem::ValueMalformed: return "a value has a size or type that cannot be; its bytes were kept";
        case Problem::NestedUnreadable: return "an embedded part cannot be read; its bytes were kept";
    }
    return "something is wrong";
}

}  // namespace spoor::evtx
