/* The version: of the library that runs, and of the header. */
#include "program.h"

int main(void) {
  unsigned version = uv_version();
  char expected[32];
  snprintf(expected, sizeof(expected), "%u.%u.%u", version >> 16, version >> 8 & 255, version & 255);
  say("text is the number: %d", strncmp(uv_version_string(), expected, strlen(expected)) == 0);
  say("not older than the header: %d", version >= UV_VERSION_HEX);
  say("major %u", version >> 16);
  return 0;
}
