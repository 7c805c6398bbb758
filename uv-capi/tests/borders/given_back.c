/* Handles and requests of all kinds lie at the end of a page, with another behind it that nobody may touch. In the close callback
 * and in the request's callback they are filled, and nobody may look at them any more, while the loop runs on. */
#include "../programs/program.h"
#include <netdb.h>
#include <pty.h>
#include <sys/mman.h>

enum { PAGE = 4096, FILLED = 0xee, BEFORE = 0x77 };

static uv_loop_t* loop;
static char* pages[128];
static size_t sizes[COUNT(pages)];
static int count, given_back;

/* So many bytes right before a page that is nobody's. */
static void* place(size_t size) {
  char* page = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  MUST(page != MAP_FAILED && size <= PAGE && count < (int) COUNT(pages));
  MUST(mprotect(page + PAGE, PAGE, PROT_NONE) == 0);
  memset(page, BEFORE, PAGE - size);
  memset(page + PAGE - size, 0x5a, size);
  pages[count] = page;
  sizes[count++] = size;
  return page + PAGE - size;
}

#define PLACE(type) ((type*) place(sizeof(type)))

static void give_back(void* memory, size_t size) {
  memset(memory, FILLED, size);
  MUST(mprotect((char*) memory + size - PAGE, PAGE, PROT_NONE) == 0);
  given_back++;
}

static void look(void) {
  for (int i = 0; i < count; i++) {
    MUST(mprotect(pages[i], PAGE, PROT_READ) == 0);
    for (size_t byte = 0; byte < PAGE; byte++)
      MUST((unsigned char) pages[i][byte] == (byte < PAGE - sizes[i] ? BEFORE : FILLED));
  }
}

static void closed(uv_handle_t* handle) { give_back(handle, uv_handle_size(handle->type)); }
static void close_(void* handle) { uv_close(handle, closed); }
static void run(void) { MUST(uv_run(loop, UV_RUN_DEFAULT) == 0); }

/* Handles. */

static char text[70000];
static int calls;

static void on_timer(uv_timer_t* it) {
  if (++calls == 3) close_(it);
}
static void on_idle(uv_idle_t* it) { close_(it); }
static void on_check(uv_check_t* it) { close_(it); }
static void on_prepare(uv_prepare_t* it) { close_(it); }
static void on_async(uv_async_t* it) { close_(it); }
static void on_poll(uv_poll_t* it, int status, int events) { close_(it); }
static void on_signal(uv_signal_t* it, int signum) { close_(it); }
static void on_exit_(uv_process_t* it, int64_t status, int signum) { close_(it); }
static void on_fs_event(uv_fs_event_t* it, const char* name, int events, int status) {
  if (!uv_is_closing(HANDLE(it))) close_(it);
}
static void on_fs_poll(uv_fs_poll_t* it, int status, const uv_stat_t* before, const uv_stat_t* now) { close_(it); }
static void on_alloc(uv_handle_t* it, size_t suggested, uv_buf_t* buf) { *buf = uv_buf_init(text, sizeof(text)); }
static void on_read(uv_stream_t* it, ssize_t nread, const uv_buf_t* buf) {
  if (!uv_is_closing(HANDLE(it))) close_(it);
}
static void on_receive(uv_udp_t* it, ssize_t nread, const uv_buf_t* buf, const struct sockaddr* from, unsigned flags) {
  if (nread > 0) close_(it);
}

static void handles(void) {
  int ends[2], master, slave;
  uv_timer_t* timer = PLACE(uv_timer_t);
  MUST(uv_timer_init(loop, timer) == 0 && uv_timer_start(timer, on_timer, 1, 1) == 0);
  uv_idle_t* idle = PLACE(uv_idle_t);
  MUST(uv_idle_init(loop, idle) == 0 && uv_idle_start(idle, on_idle) == 0);
  uv_check_t* check = PLACE(uv_check_t);
  MUST(uv_check_init(loop, check) == 0 && uv_check_start(check, on_check) == 0);
  uv_prepare_t* prepare = PLACE(uv_prepare_t);
  MUST(uv_prepare_init(loop, prepare) == 0 && uv_prepare_start(prepare, on_prepare) == 0);
  uv_async_t* async = PLACE(uv_async_t);
  MUST(uv_async_init(loop, async, on_async) == 0 && uv_async_send(async) == 0);
  MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0);
  uv_poll_t* poll = PLACE(uv_poll_t);
  MUST(uv_poll_init(loop, poll, ends[0]) == 0 && uv_poll_start(poll, UV_WRITABLE, on_poll) == 0);
  uv_signal_t* signal_ = PLACE(uv_signal_t);
  MUST(uv_signal_init(loop, signal_) == 0 && uv_signal_start(signal_, on_signal, SIGUSR1) == 0);
  raise(SIGUSR1);
  uv_process_t* process = PLACE(uv_process_t);
  char* args[] = {"true", NULL};
  MUST(uv_spawn(loop, process, &(uv_process_options_t){.file = "true", .args = args, .exit_cb = on_exit_}) == 0);
  uv_process_t* none = PLACE(uv_process_t);
  MUST(uv_spawn(loop, none, &(uv_process_options_t){.file = "/no/such/program", .args = args}) == UV_ENOENT);
  close_(none);
  uv_fs_event_t* watcher = PLACE(uv_fs_event_t);
  MUST(uv_fs_event_init(loop, watcher) == 0 && uv_fs_event_start(watcher, on_fs_event, ".", 0) == 0);
  MUST(close(open("something", O_CREAT | O_WRONLY, 0600)) == 0);
  uv_fs_poll_t* poller = PLACE(uv_fs_poll_t);
  MUST(uv_fs_poll_init(loop, poller) == 0 && uv_fs_poll_start(poller, on_fs_poll, "nothing", 10) == 0);
  uv_pipe_t* pipe_ = PLACE(uv_pipe_t);
  MUST(uv_pipe_init(loop, pipe_, 0) == 0 && uv_pipe_open(pipe_, ends[1]) == 0);
  MUST(uv_read_start(STREAM(pipe_), on_alloc, on_read) == 0 && write(ends[0], "text", 4) == 4);
  MUST(openpty(&master, &slave, NULL, NULL, NULL) == 0);
  uv_tty_t* tty = PLACE(uv_tty_t);
  MUST(uv_tty_init(loop, tty, slave, 1) == 0 && uv_read_start(STREAM(tty), on_alloc, on_read) == 0);
  MUST(write(master, "line\n", 5) == 5);
  struct sockaddr_in address;
  int length = sizeof(address);
  uv_ip4_addr("127.0.0.1", 0, &address);
  uv_udp_t* udp = PLACE(uv_udp_t);
  MUST(uv_udp_init(loop, udp) == 0 && uv_udp_bind(udp, (struct sockaddr*) &address, 0) == 0);
  MUST(uv_udp_getsockname(udp, (struct sockaddr*) &address, &length) == 0 && uv_udp_recv_start(udp, on_alloc, on_receive) == 0);
  uv_buf_t buf = uv_buf_init(text, 4);
  MUST(uv_udp_try_send(udp, &buf, 1, (struct sockaddr*) &address) == 4);
  run();
  close(ends[0]);
  close(master);
}

/* Requests. */

static uv_tcp_t *server, *client, *peer;

static void written(uv_write_t* req, int status) { give_back(req, sizeof(*req)); }
static void shut(uv_shutdown_t* req, int status) { give_back(req, sizeof(*req)); }
static void sent(uv_udp_send_t* req, int status) { give_back(req, sizeof(*req)); }
static void worked(uv_work_t* req, int status) { give_back(req, sizeof(*req)); }
static void looked_up(uv_getaddrinfo_t* req, int status, struct addrinfo* found) {
  uv_freeaddrinfo(found);
  give_back(req, sizeof(*req));
}
static void named(uv_getnameinfo_t* req, int status, const char* host, const char* service) { give_back(req, sizeof(*req)); }
static void random_(uv_random_t* req, int status, void* buf, size_t length) { give_back(req, sizeof(*req)); }
static void done(uv_fs_t* req) {
  uv_fs_req_cleanup(req);
  give_back(req, sizeof(*req));
}
static void work(uv_work_t* req) {}
static void refused(uv_connect_t* req, int status) {
  close_(req->handle);
  give_back(req, sizeof(*req));
}

static void connected(uv_connect_t* req, int status) {
  uv_buf_t bufs[9];
  MUST(status == 0);
  give_back(req, sizeof(*req));
  for (size_t i = 0; i < COUNT(bufs); i++) bufs[i] = uv_buf_init(text, sizeof(text));
  for (size_t some = 1; some <= COUNT(bufs); some += 4) MUST(uv_write(PLACE(uv_write_t), STREAM(client), bufs, some, written) == 0);
  MUST(uv_shutdown(PLACE(uv_shutdown_t), STREAM(client), shut) == 0);
}

static void read_all(uv_stream_t* stream, ssize_t nread, const uv_buf_t* buf) {
  if (nread >= 0) return;
  close_(peer);
  close_(client);
  close_(server);
}

static void on_connection(uv_stream_t* stream, int status) {
  peer = PLACE(uv_tcp_t);
  MUST(uv_tcp_init(loop, peer) == 0 && uv_accept(stream, STREAM(peer)) == 0);
  MUST(uv_read_start(STREAM(peer), on_alloc, read_all) == 0);
}

static void of_sockets(void) {
  struct sockaddr_in address;
  int length = sizeof(address);
  uv_ip4_addr("127.0.0.1", 0, &address);
  server = PLACE(uv_tcp_t);
  client = PLACE(uv_tcp_t);
  MUST(uv_tcp_init(loop, server) == 0 && uv_tcp_bind(server, (struct sockaddr*) &address, 0) == 0);
  MUST(uv_listen(STREAM(server), 8, on_connection) == 0);
  MUST(uv_tcp_getsockname(server, (struct sockaddr*) &address, &length) == 0 && uv_tcp_init(loop, client) == 0);
  MUST(uv_tcp_connect(PLACE(uv_connect_t), client, (struct sockaddr*) &address, connected) == 0);
  uv_pipe_t* pipe_ = PLACE(uv_pipe_t);
  MUST(uv_pipe_init(loop, pipe_, 0) == 0);
  uv_pipe_connect(PLACE(uv_connect_t), pipe_, "nothing", refused);
  run();
  /* Closed with what is left to be told. */
  int ends[2];
  uv_buf_t bufs[9];
  for (size_t i = 0; i < COUNT(bufs); i++) bufs[i] = uv_buf_init(text, sizeof(text));
  MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0);
  pipe_ = PLACE(uv_pipe_t);
  MUST(uv_pipe_init(loop, pipe_, 0) == 0 && uv_pipe_open(pipe_, ends[0]) == 0);
  for (int i = 0; i < 3; i++) MUST(uv_write(PLACE(uv_write_t), STREAM(pipe_), bufs, COUNT(bufs), written) == 0);
  MUST(uv_shutdown(PLACE(uv_shutdown_t), STREAM(pipe_), shut) == 0);
  close_(pipe_);
  uv_udp_t* udp = PLACE(uv_udp_t);
  MUST(uv_udp_init(loop, udp) == 0);
  uv_ip4_addr("127.0.0.1", 9, &address);
  bufs[0].len = bufs[1].len = 4;
  MUST(uv_udp_send(PLACE(uv_udp_send_t), udp, bufs, 2, (struct sockaddr*) &address, sent) == 0);
  close_(udp);
  run();
  close(ends[1]);
}

static void of_files(int is_sync) {
  uv_fs_cb cb = is_sync ? NULL : done;
  uv_buf_t bufs[9];
  int file = open("file", O_CREAT | O_RDWR, 0600);
  for (size_t i = 0; i < COUNT(bufs); i++) bufs[i] = uv_buf_init(text, 100);
#define FS(function, ...)                            \
  do {                                               \
    uv_fs_t* req = PLACE(uv_fs_t);                   \
    function(loop, req, __VA_ARGS__, cb);            \
    if (is_sync) done(req);                          \
    run();                                           \
  } while (0)
  FS(uv_fs_write, file, bufs, 1, 0);
  FS(uv_fs_write, file, bufs, 9, 0);
  FS(uv_fs_read, file, bufs, 1, 0);
  FS(uv_fs_read, file, bufs, 4, 0);
  FS(uv_fs_read, file, bufs, 9, 0);
  FS(uv_fs_fstat, file);
  FS(uv_fs_stat, "file");
  FS(uv_fs_stat, "nothing");
  FS(uv_fs_open, "nothing", O_RDONLY, 0);
  FS(uv_fs_rename, "something", "other");
  FS(uv_fs_copyfile, "file", "copy", 0);
  FS(uv_fs_scandir, ".", 0);
  FS(uv_fs_realpath, ".");
  FS(uv_fs_statfs, ".");
  FS(uv_fs_mkdtemp, "folder.XXXXXX");
  FS(uv_fs_utime, "file", 1, 2);
  FS(uv_fs_fsync, file);
  FS(uv_fs_sendfile, file, file, 0, 10);
  FS(uv_fs_close, file);
}

static void of_the_pool(void) {
  struct sockaddr_in address;
  uv_ip4_addr("127.0.0.1", 80, &address);
  MUST(uv_queue_work(loop, PLACE(uv_work_t), work, worked) == 0);
  uv_work_t* canceled = PLACE(uv_work_t);
  MUST(uv_queue_work(loop, canceled, work, worked) == 0);
  uv_cancel((uv_req_t*) canceled);
  MUST(uv_getaddrinfo(loop, PLACE(uv_getaddrinfo_t), looked_up, "127.0.0.1", "80", NULL) == 0);
  MUST(uv_getnameinfo(loop, PLACE(uv_getnameinfo_t), named, (struct sockaddr*) &address, NI_NUMERICHOST | NI_NUMERICSERV) == 0);
  MUST(uv_random(loop, PLACE(uv_random_t), text, 16, 0, random_) == 0);
  run();
}

int main(void) {
  loop = PLACE(uv_loop_t);
  MUST(uv_loop_init(loop) == 0);
  handles();
  of_sockets();
  of_files(0);
  of_files(1);
  of_the_pool();
  /* Other things take their places. */
  for (int i = 0; i < 3; i++) uv_run(loop, UV_RUN_NOWAIT);
  MUST(uv_loop_close(loop) == 0);
  give_back(loop, sizeof(*loop));
  loop = NULL;
  uv_library_shutdown();
  say("all given back: %d", count == given_back);
  look();
  say("%d pieces, none touched", count);
  return 0;
}
