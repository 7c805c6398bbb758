/* Handlers of pthread_atfork are called from the moment at which a library may have registered them until it is unloaded. On
 * the standard error it counts the forks: a child without handlers needs none. */
#define _GNU_SOURCE
#include "../programs/program.h"
#include <dlfcn.h>
#include <sys/types.h>

static int forks;

/* It comes before the C library's, also for libuv. */
pid_t fork(void) {
  pid_t (*next)(void) = (pid_t (*)(void)) dlsym(RTLD_NEXT, "fork");
  forks++;
  return next();
}

static void exit_cb(uv_process_t* process, int64_t status, int signal) {
  say("the child has ended: %d, %d", (int) status, signal);
  uv_close((uv_handle_t*) process, NULL);
}

static void spawn(const char* what) {
  char* args[] = {"sh", "-c", "exit 3", NULL};
  uv_process_options_t options = {0};
  uv_process_t process;
  options.file = "sh";
  options.args = args;
  options.exit_cb = exit_cb;
  say("%s: %d", what, uv_spawn(uv_default_loop(), &process, &options));
  uv_run(uv_default_loop(), UV_RUN_DEFAULT);
  fprintf(stderr, "%s: %d\n", what, forks);
}

int main(void) {
  int* prepared;
  void* library;
  spawn("without handlers");
  if (dlopen(LOW, RTLD_NOW) == NULL) return 1;
  spawn("with a low library");
  library = dlopen(HANDLERS, RTLD_NOW);
  prepared = library ? (int*) dlsym(library, "prepared") : NULL;
  if (prepared == NULL) return 1;
  spawn("with handlers");
  spawn("and again");
  say("prepared %d times", *prepared);
  dlclose(library);
  spawn("unloaded");
  return 0;
}
