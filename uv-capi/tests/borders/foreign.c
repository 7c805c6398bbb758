/* Threads call functions of a loop that another thread runs: which libuv forbids, and survives where nothing happens at the same
 * time. So here the loop's thread waits in a callback until they are done; with STORM it does not. */
#include "../programs/program.h"

enum { THREADS = 3, ROUNDS = 300 };

static uv_loop_t loop;
static uv_async_t begin;
static uv_tcp_t tcp;
static struct sockaddr_in bound;
static uv_sem_t may_begin, are_done;
static int fired, closed, worked, answered, is_stopped;

/* Lets the threads begin; one after the other, or all at once. */
static void begins(uv_async_t* async) {
  static int begun;
  if (begun++ >= THREADS)
    return;
  uv_sem_post(&may_begin);
#ifndef STORM
  uv_sem_wait(&are_done);
#endif
  uv_async_send(async);
}

static void is_all_done(void) {
  if (fired == THREADS && answered == 2 * THREADS * ROUNDS && closed == THREADS * ROUNDS)
    uv_stop(&loop);
}

static void fire(uv_timer_t* timer) {
  fired++;
  if (timer->data != NULL)
    uv_timer_stop(timer);
  is_all_done();
}

static void must_not(uv_timer_t* timer) {
  (void) timer;
  abort();
}

static void freed(uv_handle_t* handle) {
  closed++;
  free(handle);
  is_all_done();
}

static void work(uv_work_t* req) {
  __atomic_add_fetch((int*) req->data, 1, __ATOMIC_RELAXED);
}

static void after_work(uv_work_t* req, int status) {
  if (status != 0)
    abort();
  answered++;
  free(req);
  is_all_done();
}

static void after_stat(uv_fs_t* req) {
  if (req->result != 0)
    abort();
  answered++;
  uv_fs_req_cleanup(req);
  free(req);
  is_all_done();
}

/* What a thread does with a timer of its own, from its making to its closing. */
static void round_of(int number) {
  uv_timer_t* timer = malloc(sizeof(*timer));
  uv_work_t* req = malloc(sizeof(*req));
  uv_fs_t* stat = malloc(sizeof(*stat));
  uint64_t due;
  int were;
  memset(timer, 0xa5, sizeof(*timer));
  timer->data = NULL;
  uv_update_time(&loop);
  if (uv_timer_init(&loop, timer) != 0 || timer->loop != &loop || uv_handle_get_type((uv_handle_t*) timer) != UV_TIMER)
    abort();
  if (uv_is_active((uv_handle_t*) timer) || !uv_has_ref((uv_handle_t*) timer) || uv_timer_again(timer) != UV_EINVAL)
    abort();
  if (uv_timer_start(timer, NULL, 1, 0) != UV_EINVAL || uv_timer_start(timer, must_not, 60000, number % 2) != 0)
    abort();
  due = uv_timer_get_due_in(timer);
  if (!uv_is_active((uv_handle_t*) timer) || due > 60000 || due < 30000 || uv_timer_get_repeat(timer) != (uint64_t) (number % 2))
    abort();
  if (!uv_loop_alive(&loop) || uv_backend_fd(&loop) < 0 || uv_now(&loop) < 1)
    abort();
  {
    struct sockaddr_in found;
    int size = sizeof(found), fd = -1;
    memset(&found, 0, sizeof(found));
    if (uv_tcp_getsockname(&tcp, (struct sockaddr*) &found, &size) != 0 || found.sin_port != bound.sin_port)
      abort();
    if (uv_fileno((uv_handle_t*) &tcp, &fd) != 0 || fd < 0 || uv_tcp_nodelay(&tcp, number % 2) != 0)
      abort();
    if (uv_tcp_getpeername(&tcp, (struct sockaddr*) &found, &size) != UV_ENOTCONN)
      abort();
  }
  uv_unref((uv_handle_t*) timer);
  were = uv_has_ref((uv_handle_t*) timer);
  uv_ref((uv_handle_t*) timer);
  if (were || !uv_has_ref((uv_handle_t*) timer))
    abort();
  uv_timer_set_repeat(timer, 50000);
  if (uv_timer_again(timer) != 0 || uv_timer_stop(timer) != 0 || uv_is_active((uv_handle_t*) timer))
    abort();
  req->data = &worked;
  if (uv_queue_work(&loop, req, work, after_work) != 0 || uv_fs_stat(&loop, stat, "/", after_stat) != 0)
    abort();
  uv_close((uv_handle_t*) timer, freed);
}

/* One that is left to fire. */
static void leave_one(int repeats) {
  uv_timer_t* timer = malloc(sizeof(*timer));
  uv_timer_init(&loop, timer);
  timer->data = repeats ? timer : NULL;
  uv_timer_start(timer, fire, 2, repeats);
}

static void thread(void* argument) {
  int number = *(int*) argument, round;
  uv_sem_wait(&may_begin);
  for (round = 0; round < ROUNDS; round++)
    round_of(number + round);
  leave_one(number % 2);
#ifndef STORM
  uv_sem_post(&are_done);
#endif
}

static void stopper(void* argument) {
  (void) argument;
  uv_stop(&loop);
  uv_async_send(&begin);
}

static void forget(uv_handle_t* handle, void* argument) {
  (void) argument;
  if (!uv_is_closing(handle))
    uv_close(handle, handle->type == UV_TIMER ? freed : NULL);
}

int main(void) {
  uv_thread_t threads[THREADS], last;
  int numbers[THREADS], place;
  uv_loop_init(&loop);
  uv_async_init(&loop, &begin, begins);
  uv_tcp_init(&loop, &tcp);
  uv_ip4_addr("127.0.0.1", 0, &bound);
  place = sizeof(bound);
  if (uv_tcp_bind(&tcp, (struct sockaddr*) &bound, 0) != 0)
    abort();
  if (uv_tcp_getsockname(&tcp, (struct sockaddr*) &bound, &place) != 0)
    abort();
  uv_sem_init(&may_begin, 0);
  uv_sem_init(&are_done, 0);
  for (place = 0; place < THREADS; place++) {
    numbers[place] = place;
    uv_thread_create(&threads[place], thread, &numbers[place]);
  }
  uv_async_send(&begin);
  uv_run(&loop, UV_RUN_DEFAULT);
  for (place = 0; place < THREADS; place++)
    uv_thread_join(&threads[place]);
  say("fired %d, closed %d, worked %d, answered %d", fired, closed, worked, answered);

  /* It is alive, and ends by this alone. */
  uv_thread_create(&last, stopper, NULL);
  is_stopped = uv_run(&loop, UV_RUN_DEFAULT);
  uv_thread_join(&last);
  say("stopped, alive: %d", is_stopped);

  /* Nobody runs it: who has it may call. */
  uv_walk(&loop, forget, NULL);
  uv_run(&loop, UV_RUN_DEFAULT);
  say("closed %d, the loop: %d", closed, uv_loop_close(&loop));
  return 0;
}
