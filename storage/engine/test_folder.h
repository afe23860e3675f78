// A folder for one test's store, gone with the test.
#pragma once

#include <stdlib.h>

#include <filesystem>
#include <string>

#include "server/base/check.h"

namespace oriundo {

class TestFolder {
 public:
  TestFolder() {
    std::string name = std::filesystem::temp_directory_path() / "oriundo-test-XXXXXX";
    ORIUNDO_CHECK(::mkdtemp(name.data()) != nullptr);
    path_ = name;
  }
  ~TestFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TestFolder(const TestFolder&) = delete;
  TestFolder& operator=(const TestFolder&) = delete;

  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace oriundo
