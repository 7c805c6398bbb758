/* Errors: numbers, names and messages. */
#include "program.h"

int main(void) {
#define ONE(name, _)                                                          \
  {                                                                           \
    char text[64], message[128];                                              \
    say("%d %s %s", UV_##name, uv_err_name(UV_##name), uv_strerror(UV_##name)); \
    MUST(uv_err_name_r(UV_##name, text, sizeof(text)) == text);               \
    MUST(strcmp(text, #name) == 0);                                           \
    MUST(uv_strerror_r(UV_##name, message, sizeof(message)) == message);      \
    MUST(strcmp(message, uv_strerror(UV_##name)) == 0);                       \
  }
  UV_ERRNO_MAP(ONE)

  /* There is no room. */
  char small[5];
  memset(small, 'x', sizeof(small));
  say("%s", uv_err_name_r(UV_ECONNREFUSED, small, sizeof(small)));
  say("%s", uv_strerror_r(UV_ECONNREFUSED, small, sizeof(small)));
  say("%s", uv_err_name_r(UV_ECONNREFUSED, small, 1));

  /* There are no such errors. */
  char text[64];
  say("%s", uv_err_name_r(1, text, sizeof(text)));
  say("%s", uv_err_name_r(-12345, text, sizeof(text)));
  say("%s", uv_strerror_r(-12345, text, sizeof(text)));
  say("%s", uv_err_name(0));
  say("%s", uv_strerror(77777));

  int numbers[] = { 0, 1, 2, 4, 9, 11, 13, 17, 22, 24, 32, 95, 104, 110, 111, 115, -2, -104 };
  for (size_t i = 0; i < COUNT(numbers); i++)
    say("errno %d is %d", numbers[i], uv_translate_sys_error(numbers[i]));
  return 0;
}
