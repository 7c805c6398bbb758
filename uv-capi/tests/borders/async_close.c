/* A thread sends to a handle without a pause while that is opened and closed, again and again. */
#include "../programs/program.h"

static uv_async_t handle;
static int is_over, is_open;

static void keep_sending(void* argument) {
  (void) argument;
  while (!__atomic_load_n(&is_over, __ATOMIC_ACQUIRE))
    if (__atomic_load_n(&is_open, __ATOMIC_ACQUIRE) && uv_async_send(&handle) != 0)
      abort();
}

static void called(uv_async_t* async) {
  (void) async;
}

static void closed(uv_handle_t* async) {
  *(int*) async->data += 1;
}

int main(void) {
  uv_thread_t threads[2];
  uv_loop_t loop;
  int count = 0, round;
  uv_loop_init(&loop);
  for (round = 0; round < 50; round++) {
    int place;
    uv_async_init(&loop, &handle, called);
    handle.data = &count;
    __atomic_store_n(&is_over, 0, __ATOMIC_RELEASE);
    __atomic_store_n(&is_open, 1, __ATOMIC_RELEASE);
    for (place = 0; place < 2; place++)
      uv_thread_create(&threads[place], keep_sending, NULL);
    uv_run(&loop, UV_RUN_NOWAIT);
    uv_close((uv_handle_t*) &handle, closed);
    uv_run(&loop, UV_RUN_DEFAULT);
    __atomic_store_n(&is_over, 1, __ATOMIC_RELEASE);
    for (place = 0; place < 2; place++)
      uv_thread_join(&threads[place]);
    __atomic_store_n(&is_open, 0, __ATOMIC_RELEASE);
  }
  say("closed %d times, the loop: %d", count, uv_loop_close(&loop));
  return 0;
}
