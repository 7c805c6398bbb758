/* A program with two static libraries of Rust's. The other one panics outside of the loop, on the pool, and in a callback. */
#include <stdio.h>
#include <uv.h>

int other_catches(int zero);

static int caught;

static void work(uv_work_t* req) {
  caught += other_catches(0);
}

static void after_work(uv_work_t* req, int status) {
  caught += other_catches(0);
}

int main(void) {
  uv_work_t req;
  caught += other_catches(0);
  uv_queue_work(uv_default_loop(), &req, work, after_work);
  uv_run(uv_default_loop(), UV_RUN_DEFAULT);
  printf("caught %d times\n", caught);
  return uv_loop_close(uv_default_loop());
}
