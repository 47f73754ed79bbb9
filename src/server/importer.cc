#include "server/importer.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <array>

#include "base/json_writer.h"
#include "base/unicode.h"

namespace spoor::server {
namespace {

constexpr std::size_t kKeptJobs = 200;

/// The last part of the name that a browser gives, as text for people and as the extension of the spool file.
std::string plain_name(std::string_view file_name) {
    file_name.remove_prefix(std::min(file_name.find_last_of("/\\") + 1, file_name.size()));
    std::string name(file_name.substr(0, 200));
    if (!is_utf8(name)) name = "upload";
    return name.empty() ? "upload" : name;
}

/// ".evtx", ".json.gz": of letters, digits and dots only, since it becomes part of a path.
std::string extension_of(std::string_view name) {
    const std::size_t dot = name.find('.', name.size() > 24 ? name.size() - 24 : 0);
    std::string extension;
    if (dot != name.npos)
        for (const char c : name.substr(dot))
            if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                (c == '.' && !extension.ends_with('.')))
                extension.push_back(c);
    return extension;
}

}  // namespace

std::string_view name(ImportState state) {
    constexpr std::array<std::string_view, 5> kNames = {"receiving", "waiting", "reading", "done", "failed"};
    return kNames[static_cast<std::size_t>(state)];
}

std::string too_large(std::uint64_t most_bytes) {
    return fmt::format("the file is larger than {:.3g} GB, the most that one upload may have; pack it, or split it",
                       static_cast<double>(most_bytes) / 1e9);
}

struct Importer::Job {
    ImportStatus status;
    ImportCounts counts;
    std::string path;
};

/// Writes to the spool; what is not finished is removed.
class Importer::SpoolUpload final : public Upload {
public:
    SpoolUpload(Importer& importer, std::shared_ptr<Job> job, int file)
        : importer_(importer), job_(std::move(job)), file_(file) {}

    ~SpoolUpload() override {
        ::close(file_);
        if (finished_) return;
        ::unlink(job_->path.c_str());
        const std::lock_guard lock(importer_.mutex_);
        job_->status.state = ImportState::Failed;
        if (job_->status.message.empty()) job_->status.message = "the upload was broken off";
    }

    Result<> write(std::string_view bytes) override {
        const std::uint64_t total = job_->counts.bytes_received += bytes.size();
        if (total > importer_.options_.most_bytes)
            return give_up(Errc::BadUsage, too_large(importer_.options_.most_bytes));
        // Asking the disk now and then is enough: it is a margin that is kept, not the last byte.
        if (total / kDiskCheck != (total - bytes.size()) / kDiskCheck || total == bytes.size()) {
            struct statvfs disk = {};
            if (::fstatvfs(file_, &disk) == 0 &&
                static_cast<std::uint64_t>(disk.f_bavail) * disk.f_frsize < importer_.options_.keep_free)
                return give_up(Errc::Full, "the disk is nearly full: an upload must leave 1 GB of it free");
        }
        while (!bytes.empty()) {
            const ssize_t written = ::write(file_, bytes.data(), bytes.size());
            if (written < 0) return give_up(Errc::Full, fail_errno("writing the upload").error().what);
            bytes.remove_prefix(static_cast<std::size_t>(written));
        }
        return {};
    }

    Response finish() override {
        if (job_->counts.bytes_received == 0) {
            (void)give_up(Errc::BadUsage, "the file is empty");
            return Response::failure(400, "bad_request", "the file is empty");
        }
        finished_ = true;
        const std::lock_guard lock(importer_.mutex_);
        job_->status.state = ImportState::Waiting;
        importer_.changed_.notify_all();
        Response response;
        response.status = 202;
        JsonWriter(response.body).open('{').number("number", job_->status.number).close('}');
        return response;
    }

private:
    static constexpr std::uint64_t kDiskCheck = 16 << 20;

    std::unexpected<Error> give_up(Errc code, std::string why) {
        const std::lock_guard lock(importer_.mutex_);
        job_->status.message = why;
        return fail(code, std::move(why));
    }

    Importer& importer_;
    std::shared_ptr<Job> job_;
    int file_;
    bool finished_ = false;
};

Result<std::unique_ptr<Importer>> Importer::open(ImporterOptions options, Read read, const Clock& clock) {
    if (::mkdir(options.spool_folder.c_str(), 0700) != 0 && errno != EEXIST)
        return fail_errno("making " + options.spool_folder);
    std::unique_ptr<Importer> importer(new Importer(std::move(options), std::move(read), clock));
    importer->thread_ = std::jthread([raw = importer.get()](const std::stop_token& stop) { raw->run(stop); });
    return importer;
}

Importer::~Importer() {
    thread_.request_stop();
    if (thread_.joinable()) thread_.join();
}

Result<std::unique_ptr<Upload>> Importer::begin(std::string_view file_name, std::string_view by) {
    const std::lock_guard lock(mutex_);
    const auto waiting = std::count_if(jobs_.begin(), jobs_.end(),
                                       [](const auto& job) { return job->status.state < ImportState::Done; });
    if (static_cast<std::size_t>(waiting) >= options_.most_waiting)
        return fail(Errc::Busy, fmt::format("{} files wait already; come back when some are read", waiting));
    auto job = std::make_shared<Job>();
    job->status.number = next_number_++;
    job->status.file_name = plain_name(file_name);
    job->status.by = by;
    job->status.begun = clock_.now();
    job->path = fmt::format("{}/{}-{}{}", options_.spool_folder, ::getpid(), job->status.number,
                            extension_of(job->status.file_name));
    const int file = ::open(job->path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (file < 0) return fail_errno("writing " + job->path);
    jobs_.push_back(job);
    while (jobs_.size() > kKeptJobs && jobs_.front()->status.state >= ImportState::Done) jobs_.pop_front();
    return std::make_unique<SpoolUpload>(*this, std::move(job), file);
}

std::vector<ImportStatus> Importer::statuses() const {
    const std::lock_guard lock(mutex_);
    std::vector<ImportStatus> all;
    for (auto job = jobs_.rbegin(); job != jobs_.rend(); ++job) {
        ImportStatus& status = all.emplace_back((*job)->status);
        status.bytes_received = (*job)->counts.bytes_received;
        status.bytes_read = (*job)->counts.bytes_read;
        status.events = (*job)->counts.events;
    }
    return all;
}

void Importer::run(const std::stop_token& stop) {
    while (true) {
        std::shared_ptr<Job> job;
        {
            std::unique_lock lock(mutex_);
            const auto find = [&] {
                const auto at = std::find_if(jobs_.begin(), jobs_.end(), [](const auto& each) {
                    return each->status.state == ImportState::Waiting;
                });
                if (at != jobs_.end()) job = *at;
                return job != nullptr;
            };
            if (!changed_.wait(lock, stop, find)) return;
            job->status.state = ImportState::Reading;
        }
        auto summary = read_(job->path, job->status.file_name, job->counts);
        ::unlink(job->path.c_str());
        const std::lock_guard lock(mutex_);
        job->status.state = summary ? ImportState::Done : ImportState::Failed;
        job->status.message = summary ? std::move(*summary) : std::move(summary).error().what;
    }
}

}  // namespace spoor::server
