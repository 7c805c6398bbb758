/* The number of a child that has ended is another process's when it has come round; here it is made so. */
#include "../programs/program.h"

static void exit_cb(uv_process_t* process, int64_t status, int signal) {
  say("the child has ended: %d, %d", (int) status, signal);
}

int main(void) {
  char* args[] = {"true", NULL};
  uv_process_options_t options = {0};
  uv_process_t process;
  options.file = "true";
  options.args = args;
  options.exit_cb = exit_cb;
  if (uv_spawn(uv_default_loop(), &process, &options) != 0) return 1;
  uv_run(uv_default_loop(), UV_RUN_DEFAULT);
  process.pid = getpid();
  fprintf(stderr, "%s\n", uv_err_name(uv_process_kill(&process, 0)));
  return 0;
}
