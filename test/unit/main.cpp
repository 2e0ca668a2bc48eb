// The module installs the server's SHA-256; here OpenSSL's stands in.
#include <gtest/gtest.h>

#include "support.hpp"

int main(int argc, char** argv) {
  xc::install_sha256(xc::openssl_sha256);
  testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
