/* Shared libraries. */
#include "program.h"

int main(void) {
  uv_lib_t lib;
  CALL(uv_dlopen("libno-such-thing.so", &lib));
  say("%s", uv_dlerror(&lib));
  uv_dlclose(&lib);
  CALL(uv_dlopen("libm.so.6", &lib));
  void* symbol = NULL;
  CALL(uv_dlsym(&lib, "floor", &symbol));
  say("floor %d: %.1f", symbol != NULL, ((double (*)(double)) symbol)(2.5));
  CALL(uv_dlsym(&lib, "no_such_symbol", &symbol));
  say("%d", strstr(uv_dlerror(&lib), "no_such_symbol") != NULL);
  CALL(uv_dlsym(&lib, "ceil", &symbol));
  say("%s", uv_dlerror(&lib));
  uv_dlclose(&lib);
  CALL(uv_dlopen(NULL, &lib));
  CALL(uv_dlsym(&lib, "malloc", &symbol));
  uv_dlclose(&lib);
  return 0;
}
