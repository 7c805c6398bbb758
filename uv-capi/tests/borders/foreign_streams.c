/* Threads look at the handles of a loop that another thread runs. That one waits in a callback until they are done; with STORM it
 * does not. */
#include "../programs/program.h"

enum { THREADS = 3, ROUNDS = 200 };

static uv_loop_t loop;
static uv_async_t begin, end;
static uv_tcp_t tcp;
static uv_pipe_t server, ends[2];
static uv_udp_t udp;
static uv_idle_t idle;
static uv_prepare_t prepare;
static uv_poll_t poll_handle;
static uv_signal_t sig;
static uv_sem_t may_begin, are_done;
static int done;

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

static void close_one(uv_handle_t* handle, void* argument) {
  (void) argument;
  uv_close(handle, NULL);
}

static void ends_one(uv_async_t* async) {
  (void) async;
  if (__atomic_load_n(&done, __ATOMIC_ACQUIRE) == THREADS)
    uv_walk(&loop, close_one, NULL);
}

static void visit(uv_handle_t* handle, void* argument) {
  (void) handle;
  ++*(int*) argument;
}

static void give(uv_handle_t* handle, size_t size, uv_buf_t* buf) {
  static char bytes[64];
  (void) handle;
  (void) size;
  *buf = uv_buf_init(bytes, sizeof(bytes));
}

static void on_read(uv_stream_t* stream, ssize_t size, const uv_buf_t* buf) {
  (void) stream;
  (void) size;
  (void) buf;
}

static void on_received(uv_udp_t* handle, ssize_t size, const uv_buf_t* buf, const struct sockaddr* from, unsigned flags) {
  (void) handle;
  (void) size;
  (void) buf;
  (void) from;
  (void) flags;
}

static void on_connection(uv_stream_t* stream, int status) {
  (void) stream;
  (void) status;
}

static void on_idle(uv_idle_t* handle) {
  (void) handle;
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

#define WANT(condition) do { if (!(condition)) { fprintf(stderr, "%d\n", __LINE__); abort(); } } while (0)
#define ACTIVE(handle) uv_is_active((uv_handle_t*) (handle))

static void look(void) {
  char name[200];
  size_t length = sizeof(name);
  int size = 0, visited = 0;
  WANT(uv_is_readable((uv_stream_t*) &ends[0]) && uv_is_writable((uv_stream_t*) &ends[0]));
  WANT(!uv_is_readable((uv_stream_t*) &tcp) && !uv_is_writable((uv_stream_t*) &tcp));
  WANT(uv_stream_get_write_queue_size((uv_stream_t*) &ends[0]) == 0);
  WANT(uv_udp_get_send_queue_size(&udp) == 0 && uv_udp_get_send_queue_count(&udp) == 0);
  WANT(ACTIVE(&ends[0]) && !ACTIVE(&ends[1]) && ACTIVE(&server) && !ACTIVE(&tcp) && ACTIVE(&udp));
  WANT(ACTIVE(&idle) && !ACTIVE(&prepare) && ACTIVE(&poll_handle) && ACTIVE(&sig));
  WANT(uv_send_buffer_size((uv_handle_t*) &udp, &size) == 0 && size > 0);
  WANT(uv_recv_buffer_size((uv_handle_t*) &udp, &size) == 0 && size > 0);
  WANT(uv_recv_buffer_size((uv_handle_t*) &tcp, &size) == UV_EBADF);
  WANT(uv_recv_buffer_size((uv_handle_t*) &idle, &size) == UV_ENOTSUP);
  WANT(uv_pipe_getsockname(&server, name, &length) == 0);
  WANT(length == strlen("foreign.socket") && strcmp(name, "foreign.socket") == 0);
  length = 3;
  WANT(uv_pipe_getsockname(&server, name, &length) == UV_ENOBUFS && length == strlen("foreign.socket") + 1);
  length = sizeof(name);
  WANT(uv_pipe_getpeername(&ends[0], name, &length) == 0 && length == 0);
  length = sizeof(name);
  WANT(uv_pipe_getpeername(&server, name, &length) == UV_ENOTCONN);
  WANT(uv_backend_timeout(&loop) == 0);
#ifdef STORM
  uv_walk(&loop, visit, &visited);
  WANT(visited == 0);
#else
  (void) visited;
  (void) visit;
#endif
}

static void thread(void* argument) {
  int round;
  (void) argument;
  uv_sem_wait(&may_begin);
  for (round = 0; round < ROUNDS; round++)
    look();
  __atomic_add_fetch(&done, 1, __ATOMIC_RELEASE);
#ifndef STORM
  uv_sem_post(&are_done);
#endif
  uv_async_send(&end);
}

int main(void) {
  uv_thread_t threads[THREADS];
  struct sockaddr_in any;
  int pair[2], place;
  uv_loop_init(&loop);
  uv_async_init(&loop, &begin, begins);
  uv_async_init(&loop, &end, ends_one);
  uv_tcp_init(&loop, &tcp);
  uv_pipe_init(&loop, &server, 0);
  if (uv_pipe_bind(&server, "foreign.socket") != 0 || uv_listen((uv_stream_t*) &server, 1, on_connection) != 0)
    abort();
  if (uv_socketpair(SOCK_STREAM, 0, pair, UV_NONBLOCK_PIPE, UV_NONBLOCK_PIPE) != 0)
    abort();
  for (place = 0; place < 2; place++) {
    uv_pipe_init(&loop, &ends[place], 0);
    uv_pipe_open(&ends[place], pair[place]);
  }
  uv_read_start((uv_stream_t*) &ends[0], give, on_read);
  uv_ip4_addr("127.0.0.1", 0, &any);
  uv_udp_init(&loop, &udp);
  uv_udp_bind(&udp, (struct sockaddr*) &any, 0);
  uv_udp_recv_start(&udp, give, on_received);
  uv_idle_init(&loop, &idle);
  uv_idle_start(&idle, on_idle);
  uv_prepare_init(&loop, &prepare);
  uv_prepare_start(&prepare, (uv_prepare_cb) on_idle);
  uv_prepare_stop(&prepare);
  uv_poll_init(&loop, &poll_handle, dup(pair[1]));
  uv_poll_start(&poll_handle, UV_PRIORITIZED, on_poll);
  uv_signal_init(&loop, &sig);
  uv_signal_start(&sig, on_signal, SIGUSR2);
  uv_sem_init(&may_begin, 0);
  uv_sem_init(&are_done, 0);
  for (place = 0; place < THREADS; place++)
    uv_thread_create(&threads[place], thread, NULL);
  uv_async_send(&begin);
  uv_run(&loop, UV_RUN_DEFAULT);
  for (place = 0; place < THREADS; place++)
    uv_thread_join(&threads[place]);
  say("done %d, the loop: %d", done, uv_loop_close(&loop));
  return 0;
}
