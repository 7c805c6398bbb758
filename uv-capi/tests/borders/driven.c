/* A loop that one thread runs in steps, when another has waited for its descriptor as long as its timeout says. Meanwhile the
 * first one uses the loop, as it likes. */
#include <stdio.h>
#include <sys/epoll.h>
#include <uv.h>

#define REQUESTS 64
#define TIMERS 8

static uv_loop_t loop;
static uv_sem_t due, done;
static uv_fs_t requests[REQUESTS];
static uv_fs_t* spare[REQUESTS];
static int spares, told, ticks;

static void on_stat(uv_fs_t* request) {
  told += request->result == 0;
  uv_fs_req_cleanup(request);
  spare[spares++] = request;
}

static void on_timer(uv_timer_t* timer) {
  (void) timer;
  ticks++;
}

static void never(uv_timer_t* timer) {
  (void) timer;
  puts("it is not due for a day");
}

static void wait_for_loop(void* steps) {
  struct epoll_event event;
  while (uv_sem_wait(&done), --*(int*) steps >= 0) {
    int timeout = uv_backend_timeout(&loop);
    epoll_wait(uv_backend_fd(&loop), &event, 1, timeout);
    uv_sem_post(&due);
  }
}

int main(void) {
  uv_thread_t thread;
  uv_timer_t day, timers[TIMERS];
  int i, steps = 1 << 30, used;
  uv_loop_init(&loop);
  uv_sem_init(&due, 0);
  uv_sem_init(&done, 0);
  uv_timer_init(&loop, &day);
  uv_timer_start(&day, never, 24 * 3600 * 1000, 0);
  for (i = 0; i < TIMERS; i++) uv_timer_init(&loop, &timers[i]);
  for (i = 0; i < REQUESTS; i++) spare[spares++] = &requests[i];
  uv_run(&loop, UV_RUN_NOWAIT);
  uv_thread_create(&thread, wait_for_loop, &steps);

  /* Requests, while the other thread asks how long to wait, and while it waits. */
  uv_sem_post(&done);
  for (used = 0; told < 3000; used++) {
    if (uv_sem_trywait(&due) == 0) {
      uv_run(&loop, UV_RUN_NOWAIT);
      uv_sem_post(&done);
    }
    if (spares > 0) uv_fs_stat(&loop, spare[--spares], "/usr", on_stat);
    uv_timer_start(&timers[used % TIMERS], never, 3600 * 1000 + used % 1000, 0);
    uv_timer_stop(&timers[used % TIMERS]);
  }
  while (spares < REQUESTS) {
    uv_sem_wait(&due);
    uv_run(&loop, UV_RUN_NOWAIT);
    uv_sem_post(&done);
  }
  puts("all requests were told");

  /* Before it asks. The wait that is still under way ends with a request. */
  for (i = 0; i < 20; i++) {
    uv_fs_stat(&loop, spare[--spares], "/usr", on_stat);
    while (spares < REQUESTS) {
      uv_sem_wait(&due);
      uv_run(&loop, UV_RUN_NOWAIT);
      if (spares == REQUESTS) uv_timer_start(&timers[0], on_timer, 1, 0);
      uv_sem_post(&done);
    }
    while (ticks <= i) {
      uv_sem_wait(&due);
      uv_run(&loop, UV_RUN_NOWAIT);
      uv_sem_post(&done);
    }
  }
  printf("all %d timers were told\n", ticks);

  uv_fs_stat(&loop, spare[--spares], "/usr", on_stat);
  uv_sem_wait(&due);
  steps = 0;
  uv_sem_post(&done);
  uv_thread_join(&thread);
  uv_close((uv_handle_t*) &day, NULL);
  for (i = 0; i < TIMERS; i++) uv_close((uv_handle_t*) &timers[i], NULL);
  uv_run(&loop, UV_RUN_DEFAULT);
  printf("%d spare requests, the loop: %d\n", spares, uv_loop_close(&loop));
  return 0;
}
