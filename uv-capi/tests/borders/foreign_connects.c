/* Threads make handles of a loop that another thread runs, stop what it watches, and connect. That one waits in a callback until they
 * are done; with STORM it does not. */
#include "../programs/program.h"
#include <sched.h>

enum { THREADS = 3, ROUNDS = 60, CLOSES = 400 };

#define WANT(condition) do { if (!(condition)) { fprintf(stderr, "%d\n", __LINE__); abort(); } } while (0)
#define ACTIVE(handle) uv_is_active((uv_handle_t*) (handle))

/* Handles that the loop's own thread has made, and started. */
typedef struct {
  uv_poll_t poll;
  uv_signal_t sig;
  uv_fs_event_t event;
  uv_fs_poll_t stat;
} started_t;

/* Handles that a thread makes. */
typedef struct {
  uv_idle_t idle;
  uv_prepare_t prepare;
  uv_check_t check;
  uv_async_t async;
  uv_tcp_t tcp;
  uv_pipe_t pipe, nowhere;
  uv_udp_t udp;
  uv_signal_t sig;
  uv_fs_event_t event;
  uv_fs_poll_t stat;
  uv_connect_t requests[3];
} made_t;

static uv_loop_t loop;
static uv_async_t begin;
static uv_tcp_t server;
static uv_pipe_t pipe_server;
static struct sockaddr_in bound;
static uv_sem_t may_begin, are_done;
static started_t started[THREADS];
static made_t made[THREADS][ROUNDS];
static int idled, checked, sent, connected, refused;

static void begins(uv_async_t* async) {
  int place;
  (void) async;
  for (place = 0; place < THREADS; place++) {
    uv_sem_post(&may_begin);
#ifndef STORM
    uv_sem_wait(&are_done);
#endif
  }
}

static void is_all_done(void) {
  int all = THREADS * ROUNDS;
  if (idled == all && checked == all && sent == all && connected == 2 * all && refused == all)
    uv_walk(&loop, close_any, NULL);
}

static void on_idle(uv_idle_t* idle) {
  idled++;
  uv_close((uv_handle_t*) idle, NULL);
  is_all_done();
}

static void on_check(uv_check_t* check) {
  checked++;
  uv_close((uv_handle_t*) check, NULL);
  is_all_done();
}

static void must_not(uv_prepare_t* prepare) {
  (void) prepare;
  abort();
}

static void on_sent(uv_async_t* async) {
  sent++;
  uv_close((uv_handle_t*) async, NULL);
  is_all_done();
}

static void on_connected(uv_connect_t* req, int status) {
  WANT(status == 0 && uv_is_writable(req->handle));
  connected++;
  uv_close((uv_handle_t*) req->handle, NULL);
  is_all_done();
}

static void on_refused(uv_connect_t* req, int status) {
  WANT(status == UV_ENOENT);
  refused++;
  uv_close((uv_handle_t*) req->handle, NULL);
  is_all_done();
}

static void on_connection(uv_stream_t* stream, int status) {
  union uv_any_handle* client = malloc(sizeof(*client));
  WANT(status == 0);
  if (stream->type == UV_TCP)
    uv_tcp_init(&loop, &client->tcp);
  else
    uv_pipe_init(&loop, &client->pipe, 0);
  WANT(uv_accept(stream, (uv_stream_t*) client) == 0);
  uv_close((uv_handle_t*) client, (uv_close_cb) free);
}

static void on_poll(uv_poll_t* handle, int status, int events) {
  (void) handle;
  (void) status;
  (void) events;
}

static void on_signal(uv_signal_t* handle, int number) {
  (void) handle;
  (void) number;
}

static void on_event(uv_fs_event_t* handle, const char* name, int events, int status) {
  (void) handle;
  (void) name;
  (void) events;
  (void) status;
}

static void on_stat(uv_fs_poll_t* handle, int status, const uv_stat_t* before, const uv_stat_t* now) {
  (void) handle;
  (void) status;
  (void) before;
  (void) now;
}

static void start(started_t* all) {
  uv_os_sock_t pair[2];
  WANT(uv_socketpair(SOCK_STREAM, 0, pair, 0, 0) == 0);
  WANT(uv_poll_init(&loop, &all->poll, pair[0]) == 0);
  uv_poll_start(&all->poll, UV_PRIORITIZED, on_poll);
  uv_signal_init(&loop, &all->sig);
  uv_signal_start(&all->sig, on_signal, SIGUSR2);
  uv_fs_event_init(&loop, &all->event);
  WANT(uv_fs_event_start(&all->event, on_event, ".", 0) == 0);
  uv_fs_poll_init(&loop, &all->stat);
  WANT(uv_fs_poll_start(&all->stat, on_stat, ".", 60000) == 0);
}

static void stop(started_t* all) {
  WANT(ACTIVE(&all->poll) && uv_poll_stop(&all->poll) == 0 && !ACTIVE(&all->poll));
  WANT(ACTIVE(&all->sig) && uv_signal_stop(&all->sig) == 0 && !ACTIVE(&all->sig));
  WANT(uv_fs_event_stop(&all->event) == 0 && uv_fs_poll_stop(&all->stat) == 0);
}

static void round_of(made_t* all) {
  memset(all, 0xa5, sizeof(*all));
  WANT(uv_async_init(&loop, &all->async, on_sent) == 0 && uv_async_send(&all->async) == 0);

  WANT(uv_prepare_init(&loop, &all->prepare) == 0 && !ACTIVE(&all->prepare));
  WANT(uv_prepare_start(&all->prepare, NULL) == UV_EINVAL && uv_prepare_start(&all->prepare, must_not) == 0);
  WANT(ACTIVE(&all->prepare) && uv_prepare_start(&all->prepare, NULL) == 0);
  WANT(uv_prepare_stop(&all->prepare) == 0 && !ACTIVE(&all->prepare) && uv_prepare_stop(&all->prepare) == 0);
  WANT(uv_idle_init(&loop, &all->idle) == 0 && uv_idle_start(&all->idle, on_idle) == 0);
  WANT(uv_check_init(&loop, &all->check) == 0 && uv_check_start(&all->check, on_check) == 0);

  WANT(uv_tcp_init(&loop, &all->tcp) == 0 && !ACTIVE(&all->tcp));
  WANT(uv_tcp_connect(&all->requests[0], &all->tcp, (struct sockaddr*) &bound, on_connected) == 0);
  WANT(uv_pipe_init(&loop, &all->pipe, 0) == 0 && uv_pipe_init(&loop, &all->nowhere, 0) == 0);
  uv_pipe_connect(&all->requests[1], &all->pipe, "handles.socket", on_connected);
  uv_pipe_connect(&all->requests[2], &all->nowhere, "nowhere.socket", on_refused);
  WANT(uv_udp_init_ex(&loop, &all->udp, UV_UDP_RECVMMSG) == 0 && uv_udp_using_recvmmsg(&all->udp) == 1);
  WANT(uv_signal_init(&loop, &all->sig) == 0 && !ACTIVE(&all->sig));
  WANT(uv_fs_event_init(&loop, &all->event) == 0 && uv_fs_poll_init(&loop, &all->stat) == 0);
}

static void thread(void* argument) {
  int number = *(int*) argument, round;
  uv_sem_wait(&may_begin);
  stop(&started[number]);
  for (round = 0; round < ROUNDS; round++)
    round_of(&made[number][round]);
#ifndef STORM
  uv_sem_post(&are_done);
#endif
}

#ifdef STORM
/* Of a handle that one thread closes while another one unrefs it neither is lost. */
static uv_timer_t timers[CLOSES];
static int place_of_closer = -1, place_of_other = -1;

static void closer(void* argument) {
  int place;
  (void) argument;
  uv_sem_wait(&may_begin);
  for (place = 0; place < CLOSES; place++) {
    __atomic_store_n(&place_of_closer, place, __ATOMIC_RELAXED);
    while (__atomic_load_n(&place_of_other, __ATOMIC_RELAXED) != place)
      sched_yield();
    uv_close((uv_handle_t*) &timers[place], NULL);
  }
  __atomic_store_n(&place_of_closer, CLOSES, __ATOMIC_RELEASE);
}

static void unrefs(uv_async_t* async) {
  int place;
  uv_sem_post(&may_begin);
  while ((place = __atomic_load_n(&place_of_closer, __ATOMIC_ACQUIRE)) < CLOSES) {
    int times;
    __atomic_store_n(&place_of_other, place, __ATOMIC_RELAXED);
    for (times = 0; times < 100 && place >= 0; times++) {
      uv_ref((uv_handle_t*) &timers[place]);
      uv_unref((uv_handle_t*) &timers[place]);
    }
    sched_yield();
  }
  for (place = 0; place < CLOSES; place++)
    WANT(uv_is_closing((uv_handle_t*) &timers[place]));
  uv_close((uv_handle_t*) async, NULL);
}

static void close_and_unref(void) {
  uv_thread_t other;
  int place;
  uv_loop_init(&loop);
  uv_async_init(&loop, &begin, unrefs);
  for (place = 0; place < CLOSES; place++)
    uv_timer_init(&loop, &timers[place]);
  uv_thread_create(&other, closer, NULL);
  uv_async_send(&begin);
  uv_run(&loop, UV_RUN_DEFAULT);
  uv_thread_join(&other);
  WANT(uv_loop_close(&loop) == 0);
}
#endif

int main(void) {
  uv_thread_t threads[THREADS];
  int numbers[THREADS], place, size = sizeof(bound);
  uv_sem_init(&may_begin, 0);
  uv_sem_init(&are_done, 0);
#ifdef STORM
  close_and_unref();
#endif
  uv_loop_init(&loop);
  uv_async_init(&loop, &begin, begins);
  uv_ip4_addr("127.0.0.1", 0, &bound);
  uv_tcp_init(&loop, &server);
  WANT(uv_tcp_bind(&server, (struct sockaddr*) &bound, 0) == 0);
  WANT(uv_listen((uv_stream_t*) &server, 511, on_connection) == 0);
  WANT(uv_tcp_getsockname(&server, (struct sockaddr*) &bound, &size) == 0);
  uv_pipe_init(&loop, &pipe_server, 0);
  WANT(uv_pipe_bind(&pipe_server, "handles.socket") == 0);
  WANT(uv_listen((uv_stream_t*) &pipe_server, 511, on_connection) == 0);
  for (place = 0; place < THREADS; place++) {
    start(&started[place]);
    numbers[place] = place;
    uv_thread_create(&threads[place], thread, &numbers[place]);
  }
  uv_async_send(&begin);
  uv_run(&loop, UV_RUN_DEFAULT);
  for (place = 0; place < THREADS; place++)
    uv_thread_join(&threads[place]);
  say("idled %d, checked %d, sent %d, connected %d, refused %d", idled, checked, sent, connected, refused);
  say("the loop: %d", uv_loop_close(&loop));
  return 0;
}
