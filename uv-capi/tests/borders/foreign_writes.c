/* Threads write, send, begin to read and shut down on a loop that another thread runs. That one waits in a callback until they are
 * done; with STORM it does not. */
#include "../programs/program.h"

enum { THREADS = 3, ROUNDS = 50 };

typedef struct {
  uv_pipe_t ends[2];
  uv_udp_t udp;
  uv_shutdown_t shutdown;
  size_t was_read;
} one_t;

static uv_loop_t loop;
static uv_async_t begin;
static uv_sem_t may_begin, are_done;
static one_t ones[THREADS];
static int written, sent, received, shut, ended;

static void begins(uv_async_t* async) {
  int place;
  (void) async;
  for (place = 0; place < THREADS; place++) {
    uv_sem_post(&may_begin);
#ifndef STORM
    /* One after the other: libuv's loop would not survive two at the same time. */
    uv_sem_wait(&are_done);
#endif
  }
}

#define WANT(condition) do { if (!(condition)) { fprintf(stderr, "%d\n", __LINE__); abort(); } } while (0)

static void is_all_done(void) {
  int place;
  if (written == THREADS * ROUNDS && sent == THREADS && received == THREADS && shut == THREADS && ended == THREADS) {
    for (place = 0; place < THREADS; place++)
      uv_close((uv_handle_t*) &ones[place].udp, NULL);
    uv_close((uv_handle_t*) &begin, NULL);
  }
}

static void give(uv_handle_t* handle, size_t size, uv_buf_t* buf) {
  static char bytes[4096];
  (void) handle;
  (void) size;
  *buf = uv_buf_init(bytes, sizeof(bytes));
}

static void on_read(uv_stream_t* stream, ssize_t size, const uv_buf_t* buf) {
  one_t* one = stream->data;
  ssize_t place;
  if (size == UV_EOF) {
    ended++;
    WANT(one->was_read == 5 * 4 * ROUNDS);
    uv_close((uv_handle_t*) stream, NULL);
    is_all_done();
    return;
  }
  WANT(size >= 0);
  for (place = 0; place < size; place++)
    WANT(buf->base[place] == "one, and two, two, 2"[one->was_read++ % 20]);
}

static void on_written(uv_write_t* req, int status) {
  WANT(status == 0);
  written++;
  free(req);
  is_all_done();
}

static void on_shut(uv_shutdown_t* req, int status) {
  WANT(status == 0);
  shut++;
  uv_close((uv_handle_t*) req->handle, NULL);
  is_all_done();
}

static void on_sent(uv_udp_send_t* req, int status) {
  WANT(status == 0);
  sent++;
  free(req);
  is_all_done();
}

static void on_received(uv_udp_t* udp, ssize_t size, const uv_buf_t* buf, const struct sockaddr* from, unsigned flags) {
  (void) flags;
  (void) udp;
  if (from == NULL)
    return;
  WANT(size == 4 && memcmp(buf->base, "ping", 4) == 0);
  received++;
  is_all_done();
}

static void thread(void* argument) {
  one_t* one = argument;
  uv_stream_t* from = (uv_stream_t*) &one->ends[0];
  uv_stream_t* to = (uv_stream_t*) &one->ends[1];
  uv_udp_send_t* send = malloc(sizeof(*send));
  struct sockaddr_in self;
  uv_buf_t bufs[5];
  int round, size = sizeof(self);
  uv_sem_wait(&may_begin);
  WANT(uv_read_start(to, give, on_read) == 0 && uv_is_active((uv_handle_t*) to));
  WANT(uv_read_start(to, give, on_read) == UV_EALREADY);
  WANT(uv_read_stop(to) == 0 && !uv_is_active((uv_handle_t*) to));
  WANT(uv_read_start(to, give, on_read) == 0);
  bufs[0] = uv_buf_init("one,", 4);
  bufs[1] = uv_buf_init(" and", 4);
  bufs[2] = uv_buf_init(" two", 4);
  bufs[3] = uv_buf_init(", tw", 4);
  bufs[4] = uv_buf_init("o, 2", 4);
  for (round = 0; round < ROUNDS; round++) {
    uv_buf_t copy[5];
    memcpy(copy, bufs, sizeof(copy));
    WANT(uv_write(malloc(sizeof(uv_write_t)), from, copy, 5, on_written) == 0);
    memset(copy, 0xa5, sizeof(copy));
  }
#ifdef STORM
  WANT(uv_try_write(from, bufs, 1) == UV_EAGAIN);
#endif
  WANT(uv_shutdown(&one->shutdown, from, on_shut) == 0);
  WANT(uv_shutdown(&one->shutdown, from, on_shut) == UV_ENOTCONN && !uv_is_writable(from));
#ifndef STORM
  /* Else it may be closed by now. */
  WANT(uv_write(NULL, from, bufs, 1, on_written) == UV_EPIPE);
#endif

  WANT(uv_udp_recv_start(&one->udp, give, on_received) == 0);
  WANT(uv_udp_recv_start(&one->udp, give, on_received) == UV_EALREADY);
  WANT(uv_udp_set_ttl(&one->udp, 20) == 0 && uv_udp_set_ttl(&one->udp, 0) == UV_EINVAL);
  WANT(uv_udp_set_broadcast(&one->udp, 1) == 0);
  WANT(uv_udp_getsockname(&one->udp, (struct sockaddr*) &self, &size) == 0);
  bufs[0] = uv_buf_init("ping", 4);
  WANT(uv_udp_send(send, &one->udp, bufs, 1, NULL, on_sent) == UV_EDESTADDRREQ);
#ifdef STORM
  WANT(uv_udp_try_send(&one->udp, bufs, 1, (struct sockaddr*) &self) == UV_EAGAIN);
#endif
  WANT(uv_udp_send(send, &one->udp, bufs, 1, (struct sockaddr*) &self, on_sent) == 0);
  memset(&self, 0xa5, sizeof(self));
#ifndef STORM
  uv_sem_post(&are_done);
#endif
}

int main(void) {
  uv_thread_t threads[THREADS];
  struct sockaddr_in any;
  int pair[2], place, end;
  uv_loop_init(&loop);
  uv_async_init(&loop, &begin, begins);
  uv_ip4_addr("127.0.0.1", 0, &any);
  for (place = 0; place < THREADS; place++) {
    if (uv_socketpair(SOCK_STREAM, 0, pair, UV_NONBLOCK_PIPE, UV_NONBLOCK_PIPE) != 0)
      abort();
    for (end = 0; end < 2; end++) {
      uv_pipe_init(&loop, &ones[place].ends[end], 0);
      uv_pipe_open(&ones[place].ends[end], pair[end]);
      ones[place].ends[end].data = &ones[place];
    }
    uv_udp_init(&loop, &ones[place].udp);
    if (uv_udp_bind(&ones[place].udp, (struct sockaddr*) &any, 0) != 0)
      abort();
  }
  uv_sem_init(&may_begin, 0);
  uv_sem_init(&are_done, 0);
  for (place = 0; place < THREADS; place++)
    uv_thread_create(&threads[place], thread, &ones[place]);
  uv_async_send(&begin);
  uv_run(&loop, UV_RUN_DEFAULT);
  for (place = 0; place < THREADS; place++)
    uv_thread_join(&threads[place]);
  say("written %d, sent %d, received %d, shut %d, ended %d", written, sent, received, shut, ended);
  say("the loop: %d", uv_loop_close(&loop));
  return 0;
}
