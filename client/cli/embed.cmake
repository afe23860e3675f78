# Writes the file IN as a C++ array into OUT: cmake -DIN=oriundo.protoset -DOUT=api_bytes.cc -P embed.cmake
file(READ ${IN} HEX_DIGITS HEX)
string(REGEX REPLACE "(................................)" "\\1\n" HEX_DIGITS "${HEX_DIGITS}")
string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," BYTES "${HEX_DIGITS}")
file(WRITE ${OUT} "// Generated from the interface's descriptor set.
#include <cstddef>
namespace oriundo {
extern const unsigned char kApiBytes[];
extern const std::size_t kApiBytesSize;
const unsigned char kApiBytes[] = {
${BYTES}
};
const std::size_t kApiBytesSize = sizeof(kApiBytes);
}  // namespace oriundo
")
