/* Loads the library, has its threads work, and unloads it, again and again: with uv_library_shutdown and without. The program
 * itself is linked with no libuv. */
#include "../programs/program.h"
#include <dlfcn.h>
#include <unistd.h>

static _Atomic int worked, told;

static void work(uv_work_t* req) {
  (void) req;
  worked++;
}

static void after(uv_work_t* req, int status) {
  (void) req;
  told += status == 0;
}

#define FIND(name) __typeof__(name)* find_##name = (__typeof__(name)*) dlsym(library, #name)

static void once(int shuts_down, int runs) {
  static uv_work_t works[16];
  void* library = dlopen("libuv.so.1", RTLD_NOW | RTLD_LOCAL);
  uv_loop_t* loop = calloc(1, sizeof(*loop));
  int count;
  MUST(library != NULL);
  FIND(uv_loop_init);
  FIND(uv_loop_close);
  FIND(uv_queue_work);
  FIND(uv_run);
  FIND(uv_library_shutdown);
  worked = told = 0;
  MUST(find_uv_loop_init(loop) == 0);
  for (count = 0; count < 16; count++) MUST(find_uv_queue_work(loop, &works[count], work, after) == 0);
  if (runs) {
    MUST(find_uv_run(loop, UV_RUN_DEFAULT) == 0);
    MUST(find_uv_loop_close(loop) == 0);
  }
  if (shuts_down) find_uv_library_shutdown();
  MUST(dlclose(library) == 0);
  /* No thread of the pool is left that could run into what is not there. */
  usleep(20000);
  say("worked %d, told %d", worked, told);
}

int main(void) {
  once(1, 1);
  once(0, 1);
  once(1, 0);
  once(0, 0);
  return 0;
}
