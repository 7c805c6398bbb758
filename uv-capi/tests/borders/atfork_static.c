/* A program that has the C library in itself: none of its functions is named anywhere. */
#include <pthread.h>
#include <stdio.h>
#include <uv.h>

static int prepared;

static void prepare(void) {
  prepared++;
}

static void exit_cb(uv_process_t* process, int64_t status, int signal) {
  uv_close((uv_handle_t*) process, NULL);
}

int main(void) {
  char* args[] = {"true", NULL};
  uv_process_options_t options = {0};
  uv_process_t process;
  pthread_atfork(prepare, NULL, NULL);
  options.file = "true";
  options.args = args;
  options.exit_cb = exit_cb;
  if (uv_spawn(uv_default_loop(), &process, &options) != 0) return 1;
  uv_run(uv_default_loop(), UV_RUN_DEFAULT);
  printf("prepared %d times\n", prepared);
  return 0;
}
