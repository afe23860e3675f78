// Fills the disk under a writing server, makes room again, and compares the ledger with what had been acknowledged.
//
// The disk is a small tmpfs in a mount namespace of this test's own, which vanishes with it. Where the system allows no such
// mount, that test is skipped; the one with a limit on the size of files, which every system allows, meets the same code.
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iostream>
#include <random>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "oriundo/v1/resources.pb.h"
#include "storage/engine/test_folder.h"
#include "tests/crash/book.h"
#include "tests/support/test_server.h"

namespace oriundo {
namespace {

using std::chrono::milliseconds;

constexpr int kWriters = 4;
constexpr int kProjects = 2;
constexpr milliseconds kPatience{60'000};

// Whether this process may mount. It has mounts of its own from then on. REQUIRES: it has one thread.
bool EnterOwnMounts() {
  const uid_t user = ::getuid();
  const gid_t group = ::getgid();
  if (::unshare(CLONE_NEWNS) != 0) {
    if (::unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0) return false;
    // Files of a user without a place in the new namespace cannot be made there (user_namespaces(7)).
    std::ofstream("/proc/self/uid_map") << "0 " << user << " 1";
    std::ofstream("/proc/self/setgroups") << "deny";
    std::ofstream("/proc/self/gid_map") << "0 " << group << " 1";
  }
  return ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0;
}

bool may_mount = false;

// A tmpfs of its own size on `path`, as long as this lives.
class SmallDisk {
 public:
  SmallDisk(const std::filesystem::path& path, const std::string& size) : path_(path) {
    std::filesystem::create_directories(path_);
    mounted_ = may_mount && ::mount("tmpfs", path_.c_str(), "tmpfs", MS_NOSUID | MS_NODEV, ("size=" + size).c_str()) == 0;
  }
  ~SmallDisk() {
    if (mounted_) ::umount2(path_.c_str(), MNT_DETACH);
  }
  bool mounted() const { return mounted_; }

  // Takes all room that is left, into a file that is returned.
  std::filesystem::path Fill() const {
    const std::filesystem::path ballast = path_ / "ballast";
    std::ofstream file(ballast);
    const std::string block(64 << 10, '\0');
    while (file) file.write(block.data(), static_cast<std::streamsize>(block.size())).flush();
    return ballast;
  }

 private:
  const std::filesystem::path path_;
  bool mounted_ = false;
};

// REQUIRES: the writers of `book` are at work on `server`, whose disk takes no more, now or soon. Expects them to be turned away
// with a published reason and everything earlier to be there still; makes room, and expects everything to go on as if nothing had
// been.
void ExpectToOutliveFullDisk(TestServer& server, Book& book, const std::function<void()>& make_room) {
  book.Join(kPatience);
  std::cout << book.acknowledged() << " acknowledged writes before it was full";
  const std::map<std::string, int64_t> errors = book.errors();
  for (const auto& [error, count] : errors) std::cout << ", then " << count << " x " << error;
  std::cout << std::endl;
  EXPECT_GT(book.acknowledged(), 0);
  ASSERT_FALSE(errors.empty());
  for (const auto& [error, count] : errors) {
    EXPECT_THAT(error, testing::AnyOf("RESOURCE_EXHAUSTED STORAGE_FULL", "UNAVAILABLE STORAGE_UNAVAILABLE",
                                      "UNAVAILABLE JOURNAL_TAIL_UNKNOWN"));
  }
  book.Compare(server.address());

  make_room();
  const auto room = std::chrono::steady_clock::now();
  book.Settle(server.address(), kPatience);
  ASSERT_EQ(server.process().Wait(milliseconds(0)), std::nullopt) << "the server ended";
  if (testing::Test::HasFailure()) return;
  std::cout << "taking writes again, without a restart, within "
            << std::chrono::duration_cast<milliseconds>(std::chrono::steady_clock::now() - room).count()
            << " ms of there being room" << std::endl;
  book.Start(server.address());
  book.Join(milliseconds(200));
  book.Settle(server.address());
  server.process().Signal(SIGTERM);
  EXPECT_EQ(server.process().Wait(kPatience), 0);
}

// With the reserve that the server keeps free of its own accord, and without, so that RocksDB itself meets the end.
class FullDisk : public testing::TestWithParam<std::pair<const char*, std::vector<std::string>>> {};

TEST_P(FullDisk, TurnsWritesAwayKeepsTheEarlierOnesAndGoesOnOnceThereIsRoom) {
  TestFolder folder;
  const SmallDisk disk(folder.path() / "disk", "256m");
  if (!disk.mounted()) GTEST_SKIP() << "this system lets the test mount no disk of its own";
  const std::filesystem::path data = folder.path() / "disk" / "data";
  const std::string log = folder.path() / "log";
  ASSERT_EQ(InitLedgerIn(data, log), 0);
  TestServer server(data, log, GetParam().second);
  ASSERT_TRUE(server.WaitUntilListening());
  Book book(kWriters, kProjects, /*seed=*/1);
  ASSERT_TRUE(book.PrepareWorld(server.address()));
  book.Start(server.address());
  std::this_thread::sleep_for(milliseconds(200));
  const std::filesystem::path ballast = disk.Fill();
  ExpectToOutliveFullDisk(server, book, [&] { std::filesystem::remove(ballast); });
  EXPECT_EQ(FsckIn(data, log), 0);
}

INSTANTIATE_TEST_SUITE_P(Reserve, FullDisk,
                         testing::Values(std::pair("Kept", std::vector<std::string>{}),
                                         std::pair("None", std::vector<std::string>{"--free-disk-bytes-min", "0"})),
                         [](const auto& reserve) { return std::string(reserve.param.first); });

TEST(FileLimit, IsOutlivedLikeAFullDisk) {
  TestFolder folder;
  const std::filesystem::path data = folder.path() / "data";
  const std::string log = folder.path() / "log";
  ASSERT_EQ(InitLedgerIn(data, log), 0);
  TestServer server(data, log, {}, /*file_bytes_max=*/1 << 20);
  ASSERT_TRUE(server.WaitUntilListening());
  Book book(kWriters, kProjects, /*seed=*/2);
  ASSERT_TRUE(book.PrepareWorld(server.address()));
  book.Start(server.address());
  ExpectToOutliveFullDisk(server, book, [&] { server.process().LiftFileLimit(); });
  EXPECT_EQ(FsckIn(data, log), 0);
}

}  // namespace
}  // namespace oriundo

int main(int argc, char** argv) {
  oriundo::may_mount = oriundo::EnterOwnMounts();
  testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
