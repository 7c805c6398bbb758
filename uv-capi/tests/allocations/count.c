/* Counts what an operation allocates when it was done often before: a line for each, with the number of allocations of a
 * hundred. The allocator of the C library is this program's, for all that it is linked with, and so are all threads'. */
#include "../programs/program.h"
#include <dlfcn.h>
#include <netinet/tcp.h>

extern void* __libc_malloc(size_t);
extern void* __libc_calloc(size_t, size_t);
extern void* __libc_realloc(void*, size_t);
extern void* __libc_memalign(size_t, size_t);
static _Atomic long allocations;

void* malloc(size_t size) {
  allocations++;
  return __libc_malloc(size);
}

void* calloc(size_t count, size_t size) {
  allocations++;
  return __libc_calloc(count, size);
}

void* realloc(void* old, size_t size) {
  allocations++;
  return __libc_realloc(old, size);
}

void* memalign(size_t alignment, size_t size) {
  allocations++;
  return __libc_memalign(alignment, size);
}

void* aligned_alloc(size_t alignment, size_t size) { return memalign(alignment, size); }

int posix_memalign(void** place, size_t alignment, size_t size) {
  *place = memalign(alignment, size);
  return *place == NULL ? ENOMEM : 0;
}

static uv_loop_t loop;

enum { WARM = 300, ROUNDS = 100 };

static void measure_after(int warm, const char* name, void (*act)(void)) {
  for (int i = 0; i < warm; i++) act();
  long before = allocations;
  for (int i = 0; i < ROUNDS; i++) act();
  say("%s\t%ld", name, allocations - before);
}

static void measure(const char* name, void (*act)(void)) { measure_after(WARM, name, act); }

static void run(void) { uv_run(&loop, UV_RUN_DEFAULT); }

static uv_timer_t timer;
static void on_timer(uv_timer_t* handle) {}
static void timer_fire(void) {
  uv_timer_start(&timer, on_timer, 0, 0);
  run();
}
static void timer_start_stop(void) {
  uv_timer_start(&timer, on_timer, 1000, 1000);
  uv_timer_again(&timer);
  uv_timer_stop(&timer);
}

static uv_timer_t again;
static void timer_init_close(void) {
  uv_timer_init(&loop, &again);
  uv_close(HANDLE(&again), NULL);
  run();
}

static uv_idle_t idle;
static void on_idle(uv_idle_t* handle) { uv_idle_stop(handle); }
static void idle_turn(void) {
  uv_idle_start(&idle, on_idle);
  run();
}

static uv_idle_t idle_again;
static void idle_init_close(void) {
  uv_idle_init(&loop, &idle_again);
  uv_close(HANDLE(&idle_again), NULL);
  run();
}

static uv_async_t async;
static void on_async(uv_async_t* handle) { uv_unref(HANDLE(handle)); }
static void async_send(void) {
  uv_ref(HANDLE(&async));
  uv_async_send(&async);
  run();
}

static uv_async_t async_again;
static void async_init_close(void) {
  uv_async_init(&loop, &async_again, on_async);
  uv_close(HANDLE(&async_again), NULL);
  run();
}

static uv_work_t work;
static void on_work(uv_work_t* request) {}
static void on_worked(uv_work_t* request, int status) {}
static void queue_work(void) {
  uv_queue_work(&loop, &work, on_work, on_worked);
  run();
}

static uv_poll_t poll_;
static int pair[2];
static void on_poll(uv_poll_t* handle, int status, int events) { uv_poll_stop(handle); }
static void poll_turn(void) {
  uv_poll_start(&poll_, UV_WRITABLE, on_poll);
  run();
}

static uv_poll_t poll_again;
static void poll_init_close(void) {
  MUST(uv_poll_init(&loop, &poll_again, pair[1]) == 0);
  uv_poll_start(&poll_again, UV_READABLE, on_poll);
  uv_close(HANDLE(&poll_again), NULL);
  run();
}

static uv_signal_t signal_;
static void on_signal(uv_signal_t* handle, int number) { uv_signal_stop(handle); }
static void signal_turn(void) {
  uv_signal_start(&signal_, on_signal, SIGUSR1);
  raise(SIGUSR1);
  run();
}

static void signal_oneshot(void) {
  uv_signal_start_oneshot(&signal_, on_signal, SIGUSR2);
  raise(SIGUSR2);
  run();
}
static uv_signal_t signals_again[2];
static void signal_init_close(void) {
  for (int i = 0; i < 2; i++) {
    uv_signal_init(&loop, &signals_again[i]);
    uv_signal_start(&signals_again[i], on_signal, SIGUSR1);
  }
  for (int i = 0; i < 2; i++) uv_close(HANDLE(&signals_again[i]), NULL);
  run();
}

/* Two pipes that are connected. */
static uv_pipe_t left, right;
static char buffer[65536];
static size_t wanted, got;
static void alloc_cb(uv_handle_t* handle, size_t suggested, uv_buf_t* buf) { *buf = uv_buf_init(buffer, sizeof(buffer)); }
static void read_cb(uv_stream_t* stream, ssize_t count, const uv_buf_t* buf) {
  MUST(count >= 0);
  got += count;
  if (got == wanted) uv_read_stop(stream);
}
static uv_write_t write_req;
static void on_write(uv_write_t* request, int status) { MUST(status == 0); }

static void expect(size_t bytes) {
  got = 0;
  wanted = bytes;
  uv_read_start(STREAM(&right), alloc_cb, read_cb);
  run();
}

static void write_read(void) {
  uv_buf_t buf = uv_buf_init("text", 4);
  uv_write(&write_req, STREAM(&left), &buf, 1, on_write);
  expect(4);
}

static void write_four(void) {
  uv_buf_t bufs[4];
  for (int i = 0; i < 4; i++) bufs[i] = uv_buf_init("text", 4);
  uv_write(&write_req, STREAM(&left), bufs, 4, on_write);
  expect(16);
}

static void write_five(void) {
  uv_buf_t bufs[5];
  for (int i = 0; i < 5; i++) bufs[i] = uv_buf_init("text", 4);
  uv_write(&write_req, STREAM(&left), bufs, 5, on_write);
  expect(20);
}

/* More than the socket takes at once. */
static void write_much(void) {
  static char much[1 << 20];
  uv_buf_t buf = uv_buf_init(much, sizeof(much));
  uv_write(&write_req, STREAM(&left), &buf, 1, on_write);
  expect(sizeof(much));
}

static void try_write(void) {
  uv_buf_t buf = uv_buf_init("text", 4);
  MUST(uv_try_write(STREAM(&left), &buf, 1) == 4);
  expect(4);
}

/* A handle goes from one pipe to another. */
static uv_pipe_t giver, taker, given, taken;
static void on_given(uv_stream_t* stream, ssize_t count, const uv_buf_t* buf) {
  if (count <= 0) return;
  MUST(uv_pipe_pending_count(&taker) == 1 && uv_pipe_init(&loop, &taken, 0) == 0);
  MUST(uv_accept(stream, STREAM(&taken)) == 0);
  uv_close(HANDLE(&taken), NULL);
  uv_read_stop(stream);
}
static void give_take(void) {
  uv_buf_t buf = uv_buf_init("text", 4);
  MUST(uv_write2(&write_req, STREAM(&giver), &buf, 1, STREAM(&given), on_write) == 0);
  uv_read_start(STREAM(&taker), alloc_cb, on_given);
  run();
}

/* A client, a server, and what is accepted: connected, shut down, closed. */
static uv_tcp_t server, client, accepted;
static uv_connect_t connect_req;
static uv_shutdown_t shutdown_req;
static struct sockaddr_in address;

static void tcp_init_close(void) {
  uv_tcp_init(&loop, &client);
  uv_close(HANDLE(&client), NULL);
  run();
}

static void on_accepted_read(uv_stream_t* stream, ssize_t count, const uv_buf_t* buf) {
  if (count >= 0) return;
  uv_close(HANDLE(&accepted), NULL);
  uv_close(HANDLE(&client), NULL);
}
static void on_connection(uv_stream_t* stream, int status) {
  uv_tcp_init(&loop, &accepted);
  MUST(uv_accept(stream, STREAM(&accepted)) == 0);
  uv_read_start(STREAM(&accepted), alloc_cb, on_accepted_read);
}
static void on_shutdown(uv_shutdown_t* request, int status) { MUST(status == 0); }
static void on_connect(uv_connect_t* request, int status) {
  MUST(status == 0);
  uv_shutdown(&shutdown_req, request->handle, on_shutdown);
}
static void connect_shutdown_close(void) {
  struct linger now = {1, 0};
  uv_os_fd_t fd;
  uv_tcp_init_ex(&loop, &client, AF_INET);
  /* No port waits for its time to run out. */
  MUST(uv_fileno(HANDLE(&client), &fd) == 0 && setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now)) == 0);
  uv_tcp_connect(&connect_req, &client, (struct sockaddr*) &address, on_connect);
  run();
}

/* Debian's libuv may be older. */
static int (*try_send2)(uv_udp_t*, unsigned int, uv_buf_t**, unsigned int*, struct sockaddr**, unsigned int);
static uv_udp_t sender, receiver;
static uv_udp_send_t send_req;
static struct sockaddr_in to;
static void on_send(uv_udp_send_t* request, int status) { MUST(status == 0); }
static void on_recv(uv_udp_t* handle, ssize_t count, const uv_buf_t* buf, const struct sockaddr* from, unsigned flags) {
  if (count > 0) uv_udp_recv_stop(handle);
}
static void udp_send_recv(void) {
  uv_buf_t buf = uv_buf_init("text", 4);
  uv_udp_send(&send_req, &sender, &buf, 1, (struct sockaddr*) &to, on_send);
  uv_udp_recv_start(&receiver, alloc_cb, on_recv);
  run();
}
static void udp_try_send(void) {
  uv_buf_t buf = uv_buf_init("text", 4);
  MUST(uv_udp_try_send(&sender, &buf, 1, (struct sockaddr*) &to) == 4);
  uv_udp_recv_start(&receiver, alloc_cb, on_recv);
  run();
}
static void udp_try_send_two(void) {
  uv_buf_t buf = uv_buf_init("text", 4);
  uv_buf_t* bufs[2] = {&buf, &buf};
  unsigned int counts[2] = {1, 1};
  struct sockaddr* addresses[2] = {(struct sockaddr*) &to, (struct sockaddr*) &to};
  if (try_send2 != NULL)
    MUST(try_send2(&sender, 2, bufs, counts, addresses, 0) == 2);
  else
    for (int i = 0; i < 2; i++) MUST(uv_udp_try_send(&sender, &buf, 1, addresses[i]) == 4);
  for (int i = 0; i < 2; i++) {
    uv_udp_recv_start(&receiver, alloc_cb, on_recv);
    run();
  }
}
static uv_udp_t udp_again;
static void udp_init_bind_close(void) {
  struct sockaddr_in any;
  uv_ip4_addr("127.0.0.1", 0, &any);
  MUST(uv_udp_init(&loop, &udp_again) == 0 && uv_udp_bind(&udp_again, (struct sockaddr*) &any, 0) == 0);
  MUST(uv_udp_recv_start(&udp_again, alloc_cb, on_recv) == 0);
  uv_close(HANDLE(&udp_again), NULL);
  run();
}
static void udp_init_close(void) {
  uv_udp_init(&loop, &udp_again);
  uv_close(HANDLE(&udp_again), NULL);
  run();
}

/* More buffers than a request has places for. */
enum { MANY = 100 };
static uv_buf_t* many(size_t length) {
  static char space[MANY][8];
  static uv_buf_t bufs[MANY];
  for (int i = 0; i < MANY; i++) bufs[i] = uv_buf_init(space[i], length);
  return bufs;
}

static void write_many(void) {
  uv_write(&write_req, STREAM(&left), many(4), MANY, on_write);
  expect(4 * MANY);
}
static void try_write_many(void) {
  MUST(uv_try_write(STREAM(&left), many(4), MANY) == 4 * MANY);
  expect(4 * MANY);
}
static void udp_send_many(void) {
  uv_udp_send(&send_req, &sender, many(4), MANY, (struct sockaddr*) &to, on_send);
  uv_udp_recv_start(&receiver, alloc_cb, on_recv);
  run();
}
static void udp_try_send_many(void) {
  MUST(uv_udp_try_send(&sender, many(4), MANY, (struct sockaddr*) &to) == 4 * MANY);
  uv_udp_recv_start(&receiver, alloc_cb, on_recv);
  run();
}

/* A datagram to a Unix socket, which both libraries send at once. */
static uv_udp_t unix_sender;
static struct sockaddr_un unix_to;
static int unix_receiver;
static void udp_send_unix(void) {
  char text[4];
  uv_buf_t buf = uv_buf_init("text", 4);
  MUST(uv_udp_send(&send_req, &unix_sender, &buf, 1, (struct sockaddr*) &unix_to, on_send) == 0);
  run();
  MUST(recv(unix_receiver, text, sizeof(text), 0) == 4);
}
static void udp_try_send_unix(void) {
  char text[4];
  uv_buf_t buf = uv_buf_init("text", 4);
  MUST(uv_udp_try_send(&unix_sender, &buf, 1, (struct sockaddr*) &unix_to) == 4);
  MUST(recv(unix_receiver, text, sizeof(text), 0) == 4);
}

static uv_random_t random_req;
static void on_random(uv_random_t* request, int status, void* bytes, size_t length) { MUST(status == 0); }
static void random_later(void) {
  MUST(uv_random(&loop, &random_req, buffer, 16, 0, on_random) == 0);
  run();
}
static void random_now(void) { MUST(uv_random(NULL, NULL, buffer, 16, 0, NULL) == 0); }

static uv_getaddrinfo_t addrinfo_req;
static void on_addrinfo(uv_getaddrinfo_t* request, int status, struct addrinfo* found) {
  MUST(status == 0);
  uv_freeaddrinfo(found);
}
static void getaddrinfo_later(void) {
  struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICHOST};
  MUST(uv_getaddrinfo(&loop, &addrinfo_req, on_addrinfo, "127.0.0.1", "80", &hints) == 0);
  run();
}
static void getaddrinfo_now(void) {
  MUST(uv_getaddrinfo(&loop, &addrinfo_req, NULL, "127.0.0.1", "80", NULL) == 0);
  uv_freeaddrinfo(addrinfo_req.addrinfo);
}
static void on_no_addrinfo(uv_getaddrinfo_t* request, int status, struct addrinfo* found) { MUST(status < 0); }
static void getaddrinfo_fail(void) {
  struct addrinfo hints = {.ai_flags = AI_NUMERICHOST};
  MUST(uv_getaddrinfo(&loop, &addrinfo_req, on_no_addrinfo, "not.a.number", NULL, &hints) == 0);
  run();
}

static uv_getnameinfo_t nameinfo_req;
static void on_nameinfo(uv_getnameinfo_t* request, int status, const char* host, const char* service) {
  MUST(status == 0);
}
static void getnameinfo_later(void) {
  MUST(uv_getnameinfo(&loop, &nameinfo_req, on_nameinfo, (struct sockaddr*) &to, NI_NUMERICHOST | NI_NUMERICSERV) == 0);
  run();
}
static void getnameinfo_now(void) {
  MUST(uv_getnameinfo(&loop, &nameinfo_req, NULL, (struct sockaddr*) &to, NI_NUMERICHOST | NI_NUMERICSERV) == 0);
}

static uv_fs_event_t event;
static void on_event(uv_fs_event_t* handle, const char* name, int events, int status) {}
static void fs_event_start_stop(void) {
  MUST(uv_fs_event_start(&event, on_event, "empty", 0) == 0 && uv_fs_event_stop(&event) == 0);
}
static uv_fs_event_t event_again;
static void fs_event_init_close(void) {
  uv_fs_event_init(&loop, &event_again);
  uv_close(HANDLE(&event_again), NULL);
  run();
}

static uv_fs_poll_t polled;
static void on_polled(uv_fs_poll_t* handle, int status, const uv_stat_t* before, const uv_stat_t* now) {}
static void fs_poll_start_stop(void) {
  MUST(uv_fs_poll_start(&polled, on_polled, "file", 1000) == 0 && uv_fs_poll_stop(&polled) == 0);
  run();
}

static uv_process_t child;
static void on_exit_(uv_process_t* handle, int64_t status, int signal) { uv_close(HANDLE(handle), NULL); }
static void spawn(void) {
  char* args[] = {"true", NULL};
  uv_process_options_t options = {.file = "/bin/true", .args = args, .exit_cb = on_exit_};
  MUST(uv_spawn(&loop, &child, &options) == 0);
  run();
}

/* With an environment, pipes, and a descriptor. */
static uv_pipe_t child_out, child_in;
static void on_exit_piped(uv_process_t* handle, int64_t status, int signal) {
  uv_close(HANDLE(handle), NULL);
  uv_close(HANDLE(&child_in), NULL);
}
static void on_child_out(uv_stream_t* stream, ssize_t count, const uv_buf_t* buf) {
  if (count < 0) uv_close(HANDLE(stream), NULL);
}
static void spawn_piped(void) {
  char *args[] = {"echo", "hello", NULL}, *env[] = {"PATH=/bin:/usr/bin", "A=B", NULL};
  uv_stdio_container_t stdio[3] = {{.flags = UV_CREATE_PIPE | UV_READABLE_PIPE, .data.stream = STREAM(&child_in)},
                                   {.flags = UV_CREATE_PIPE | UV_WRITABLE_PIPE, .data.stream = STREAM(&child_out)},
                                   {.flags = UV_INHERIT_FD, .data.fd = 2}};
  uv_process_options_t options = {.file = "echo", .args = args, .env = env, .exit_cb = on_exit_piped};
  options.stdio = stdio;
  options.stdio_count = 3;
  uv_pipe_init(&loop, &child_in, 0);
  uv_pipe_init(&loop, &child_out, 0);
  MUST(uv_spawn(&loop, &child, &options) == 0);
  uv_read_start(STREAM(&child_out), alloc_cb, on_child_out);
  run();
}

static void on_no_exit(uv_process_t* handle, int64_t status, int signal) { MUST(0); }
static void spawn_fail(void) {
  char* args[] = {"none", NULL};
  uv_process_options_t options = {.file = "/no/such/file", .args = args, .exit_cb = on_no_exit};
  MUST(uv_spawn(&loop, &child, &options) == UV_ENOENT);
  uv_close(HANDLE(&child), NULL);
  run();
}

/* File requests: with a callback, or without one at once. */
static uv_fs_t fs_req;
static uv_fs_cb mode;
static ssize_t last;
static uv_dir_t* dir;
static int file, other;

static void take(uv_fs_t* request) {
  uv_dirent_t entry;
  last = request->result;
  if (request->fs_type == UV_FS_SCANDIR)
    while (uv_fs_scandir_next(request, &entry) == 0) MUST(entry.name[0] != '\0');
  if (request->fs_type == UV_FS_OPENDIR) dir = request->ptr;
  uv_fs_req_cleanup(request);
}
static ssize_t wait_for(int returned) {
  if (mode == NULL) {
    take(&fs_req);
  } else {
    MUST(returned == 0);
    run();
  }
  return last;
}
#define FS(name, ...) wait_for(uv_fs_##name(&loop, &fs_req, __VA_ARGS__, mode))

static void fs_stat(void) { MUST(FS(stat, "file") == 0); }
static void fs_lstat(void) { MUST(FS(lstat, "file") == 0); }
static void fs_fstat(void) { MUST(FS(fstat, file) == 0); }
static void fs_statfs(void) { MUST(FS(statfs, "file") == 0); }
static void fs_access(void) { MUST(FS(access, "file", R_OK) == 0 && FS(access, "file", F_OK) == 0); }
static void fs_open_close(void) { MUST(FS(open, "file", O_RDONLY, 0) > 0 && FS(close, last) == 0); }
static void fs_create_unlink(void) {
  MUST(FS(open, "new", O_RDWR | O_CREAT, 0600) > 0 && FS(close, last) == 0 && FS(unlink, "new") == 0);
}
static void fs_rename(void) { MUST(FS(rename, "one", "two") == 0 && FS(rename, "two", "one") == 0); }
static void fs_copyfile(void) { MUST(FS(copyfile, "file", "copy", 0) == 0); }
static void fs_link(void) { MUST(FS(link, "file", "second") == 0 && FS(unlink, "second") == 0); }
static void fs_symlink(void) {
  MUST(FS(symlink, "file", "link", 0) == 0 && FS(readlink, "link") == 0 && FS(lutime, "link", 1, 2) == 0);
  MUST(FS(unlink, "link") == 0);
}
static void fs_realpath(void) { MUST(FS(realpath, "file") == 0); }
static void fs_times(void) { MUST(FS(utime, "file", 1, 2) == 0 && FS(futime, file, 1, 2) == 0); }
static void fs_mode(void) { MUST(FS(chmod, "file", 0600) == 0 && FS(fchmod, file, 0600) == 0); }
static void fs_owner(void) {
  MUST(FS(chown, "file", -1, -1) == 0 && FS(lchown, "file", -1, -1) == 0 && FS(fchown, file, -1, -1) == 0);
}
static void fs_mkdir_rmdir(void) { MUST(FS(mkdir, "new", 0700) == 0 && FS(rmdir, "new") == 0); }
static void fs_mkdtemp(void) {
  char name[] = "d-XXXXXX";
  MUST(FS(mkdtemp, name) == 0);
}
static void fs_mkstemp(void) {
  char name[] = "f-XXXXXX";
  MUST(FS(mkstemp, name) > 0 && FS(close, last) == 0);
}
static void fs_scandir_none(void) { MUST(FS(scandir, "empty", 0) == 0); }
static void fs_scandir_one(void) { MUST(FS(scandir, "single", 0) == 1); }
static void fs_scandir_some(void) { MUST(FS(scandir, "full", 0) == 60); }
static void fs_opendir(void) { MUST(FS(opendir, "full") == 0 && FS(closedir, dir) == 0); }
static void fs_readdir(void) {
  uv_dirent_t entries[20];
  MUST(FS(opendir, "full") == 0);
  dir->dirents = entries;
  dir->nentries = 20;
  while (FS(readdir, dir) > 0) {}
  MUST(last == 0 && FS(closedir, dir) == 0);
}
static void fs_sync(void) { MUST(FS(ftruncate, file, 100) == 0 && FS(fsync, file) == 0 && FS(fdatasync, file) == 0); }
static void fs_read(void) {
  uv_buf_t buf = uv_buf_init(buffer, 16);
  MUST(FS(read, file, &buf, 1, 0) == 16);
}
static void fs_write(void) {
  uv_buf_t buf = uv_buf_init("text", 4);
  MUST(FS(write, file, &buf, 1, 0) == 4);
}
static void fs_read_five(void) { MUST(FS(read, file, many(4), 5, 0) == 20); }
static void fs_write_five(void) { MUST(FS(write, file, many(4), 5, 0) == 20); }
static void fs_read_twenty(void) { MUST(FS(read, file, many(4), 20, 0) == 80); }
static void fs_read_many(void) { MUST(FS(read, file, many(1), MANY, 0) == 100); }
static void fs_write_many(void) { MUST(FS(write, file, many(1), MANY, 0) == 100); }
static void fs_sendfile(void) { MUST(FS(sendfile, other, file, 0, 50) == 50 && FS(ftruncate, other, 0) == 0); }

/* Of a path that leads nowhere, and of one too long for a name. Few requests at a time: the queue to the pool takes memory now
 * and then, for many to come. */
static const char* no_path;
static void fs_fail_to_look(void) {
  MUST(FS(stat, no_path) < 0 && FS(lstat, no_path) < 0 && FS(statfs, no_path) < 0 && FS(access, no_path, F_OK) < 0);
  MUST(FS(open, no_path, O_RDONLY, 0) < 0 && FS(scandir, no_path, 0) < 0);
}
static void fs_fail_to_change(void) {
  MUST(FS(unlink, no_path) < 0 && FS(chmod, no_path, 0600) < 0 && FS(mkdir, no_path, 0700) < 0 && FS(rmdir, no_path) < 0);
  MUST(FS(chown, no_path, -1, -1) < 0 && FS(lchown, no_path, -1, -1) < 0 && FS(utime, no_path, 1, 2) < 0);
  MUST(FS(lutime, no_path, 1, 2) < 0);
}
static void fs_fail_to_make(void) {
  char name[400];
  snprintf(name, sizeof(name), "%s-XXXXXX", no_path);
  MUST(FS(mkdtemp, name) < 0);
  snprintf(name, sizeof(name), "%s-XXXXXX", no_path);
  MUST(FS(mkstemp, name) < 0 && FS(mkdtemp, "no template") < 0 && FS(mkstemp, "no template") < 0);
}
static void fs_fail_on_links(void) { MUST(FS(readlink, no_path) < 0 && FS(realpath, no_path) < 0); }
static void fs_fail_to_open_dir(void) { MUST(FS(opendir, no_path) < 0); }
static void fs_fail_on_paths(void) {
  MUST(FS(rename, no_path, "copy") < 0 && FS(link, no_path, "copy") < 0 && FS(symlink, "file", no_path, 0) < 0);
  MUST(FS(copyfile, no_path, "copy", 0) < 0);
}
static void fs_fail_on_file(void) {
  MUST(FS(fstat, -1) < 0 && FS(fsync, -1) < 0 && FS(fdatasync, -1) < 0 && FS(ftruncate, -1, 0) < 0);
  MUST(FS(fchmod, -1, 0600) < 0 && FS(fchown, -1, -1, -1) < 0 && FS(futime, -1, 1, 2) < 0 && FS(close, -1) < 0);
}
static void fs_fail_to_transfer(void) {
  MUST(FS(read, -1, many(4), 1, 0) < 0 && FS(write, -1, many(4), 1, 0) < 0 && FS(sendfile, -1, file, 0, 1) < 0);
  MUST(FS(read, 999, many(4), 5, 0) < 0 && FS(write, 999, many(4), 5, 0) < 0);
}

static void measure_fs(const char* name, void (*act)(void)) {
  char text[100];
  mode = take;
  measure_after(20, name, act);
  mode = NULL;
  snprintf(text, sizeof(text), "%s, at once", name);
  measure_after(20, text, act);
}

static void make_files(void) {
  char name[300];
  MUST((file = open("file", O_RDWR | O_CREAT, 0600)) >= 0 && write(file, buffer, 100) == 100);
  MUST((other = open("other", O_RDWR | O_CREAT, 0600)) >= 0 && close(open("one", O_RDWR | O_CREAT, 0600)) == 0);
  MUST(mkdir("empty", 0700) == 0 && mkdir("single", 0700) == 0 && mkdir("full", 0700) == 0);
  MUST(close(open("single/file", O_RDWR | O_CREAT, 0600)) == 0);
  for (int i = 0; i < 60; i++) {
    snprintf(name, sizeof(name), "full/%d", i);
    MUST(close(open(name, O_RDWR | O_CREAT, 0600)) == 0);
  }
}

static void measure_all_fs(void) {
  static char too_long[301];
  memset(too_long, 'x', sizeof(too_long) - 1);
  measure_fs("fs: stat", fs_stat);
  measure_fs("fs: lstat", fs_lstat);
  measure_fs("fs: fstat", fs_fstat);
  measure_fs("fs: statfs", fs_statfs);
  measure_fs("fs: access", fs_access);
  measure_fs("fs: open, close", fs_open_close);
  measure_fs("fs: create, close, unlink", fs_create_unlink);
  measure_fs("fs: rename", fs_rename);
  measure_fs("fs: copyfile", fs_copyfile);
  measure_fs("fs: link, unlink", fs_link);
  measure_fs("fs: symlink, readlink, lutime, unlink", fs_symlink);
  measure_fs("fs: realpath", fs_realpath);
  measure_fs("fs: utime, futime", fs_times);
  measure_fs("fs: chmod, fchmod", fs_mode);
  measure_fs("fs: chown, lchown, fchown", fs_owner);
  measure_fs("fs: mkdir, rmdir", fs_mkdir_rmdir);
  measure_fs("fs: mkdtemp", fs_mkdtemp);
  measure_fs("fs: mkstemp, close", fs_mkstemp);
  measure_fs("fs: scandir of nothing", fs_scandir_none);
  measure_fs("fs: scandir of one entry", fs_scandir_one);
  measure_fs("fs: scandir of sixty", fs_scandir_some);
  measure_fs("fs: opendir, closedir", fs_opendir);
  measure_fs("fs: opendir, readdir of sixty, closedir", fs_readdir);
  measure_fs("fs: ftruncate, fsync, fdatasync", fs_sync);
  measure_fs("fs: read", fs_read);
  measure_fs("fs: write", fs_write);
  measure_fs("fs: read into five buffers", fs_read_five);
  measure_fs("fs: write of five", fs_write_five);
  measure_fs("fs: read into twenty", fs_read_twenty);
  measure_fs("fs: read into a hundred", fs_read_many);
  measure_fs("fs: write of a hundred", fs_write_many);
  measure_fs("fs: sendfile, ftruncate", fs_sendfile);
  no_path = "none/such";
  measure_fs("fs: what fails to look", fs_fail_to_look);
  measure_fs("fs: what fails to change", fs_fail_to_change);
  measure_fs("fs: what fails to make a name", fs_fail_to_make);
  measure_fs("fs: what fails on links", fs_fail_on_links);
  measure_fs("fs: what fails to open a directory", fs_fail_to_open_dir);
  measure_fs("fs: what fails on two paths", fs_fail_on_paths);
  no_path = too_long;
  measure_fs("fs: what fails to look, a long path", fs_fail_to_look);
  measure_fs("fs: what fails to change, a long path", fs_fail_to_change);
  measure_fs("fs: what fails to make a name, a long one", fs_fail_to_make);
  measure_fs("fs: what fails on two, one long", fs_fail_on_paths);
  measure_fs("fs: what fails on a file", fs_fail_on_file);
  measure_fs("fs: what fails to read and write", fs_fail_to_transfer);
}

static uv_barrier_t all_threads;

static void meet(uv_work_t* req) {
  (void) req;
  uv_barrier_wait(&all_threads);
}

/* A thread of the pool may be started when it is needed first, which takes memory: so each is needed now. */
static void start_threads(void) {
  enum { THREADS = 4 };
  static uv_work_t works[THREADS];
  MUST(uv_barrier_init(&all_threads, THREADS) == 0);
  for (int i = 0; i < THREADS; i++) MUST(uv_queue_work(&loop, &works[i], meet, NULL) == 0);
  uv_run(&loop, UV_RUN_DEFAULT);
  uv_barrier_destroy(&all_threads);
}

int main(void) {
  int length = sizeof(address);
  make_files();
  uv_loop_init(&loop);
  start_threads();
  uv_timer_init(&loop, &timer);
  uv_idle_init(&loop, &idle);
  uv_async_init(&loop, &async, on_async);
  uv_unref(HANDLE(&async));
  MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0);
  uv_poll_init(&loop, &poll_, pair[0]);
  uv_signal_init(&loop, &signal_);
  int ends[2];
  MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0);
  uv_pipe_init(&loop, &left, 0);
  uv_pipe_init(&loop, &right, 0);
  MUST(uv_pipe_open(&left, ends[0]) == 0 && uv_pipe_open(&right, ends[1]) == 0);
  MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0);
  uv_pipe_init(&loop, &giver, 1);
  uv_pipe_init(&loop, &taker, 1);
  MUST(uv_pipe_open(&giver, ends[0]) == 0 && uv_pipe_open(&taker, ends[1]) == 0);
  MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0);
  uv_pipe_init(&loop, &given, 0);
  MUST(uv_pipe_open(&given, ends[0]) == 0);
  try_send2 = (int (*)(uv_udp_t*, unsigned int, uv_buf_t**, unsigned int*, struct sockaddr**, unsigned int)) dlsym(
      RTLD_DEFAULT, "uv_udp_try_send2");
  uv_fs_event_init(&loop, &event);
  uv_fs_poll_init(&loop, &polled);
  uv_tcp_init(&loop, &server);
  uv_ip4_addr("127.0.0.1", 0, &address);
  MUST(uv_tcp_bind(&server, (struct sockaddr*) &address, 0) == 0 && uv_listen(STREAM(&server), 16, on_connection) == 0);
  MUST(uv_tcp_getsockname(&server, (struct sockaddr*) &address, &length) == 0);
  uv_unref(HANDLE(&server));
  uv_udp_init(&loop, &sender);
  uv_udp_init(&loop, &receiver);
  unix_receiver = socket(AF_UNIX, SOCK_DGRAM, 0);
  unix_to.sun_family = AF_UNIX;
  strcpy(unix_to.sun_path, "socket");
  MUST(bind(unix_receiver, (struct sockaddr*) &unix_to, sizeof(unix_to)) == 0);
  MUST(uv_udp_init(&loop, &unix_sender) == 0 && uv_udp_open(&unix_sender, socket(AF_UNIX, SOCK_DGRAM, 0)) == 0);
  uv_ip4_addr("127.0.0.1", 0, &to);
  MUST(uv_udp_bind(&receiver, (struct sockaddr*) &to, 0) == 0);
  length = sizeof(to);
  MUST(uv_udp_getsockname(&receiver, (struct sockaddr*) &to, &length) == 0);

  measure("timer: start, fire", timer_fire);
  measure("timer: start, again, stop", timer_start_stop);
  measure("timer: init, close", timer_init_close);
  measure("idle: start, run, stop", idle_turn);
  measure("idle: init, close", idle_init_close);
  measure("async: send", async_send);
  measure("async: init, close", async_init_close);
  measure("poll: start, stop", poll_turn);
  measure("poll: init, start, close", poll_init_close);
  measure("signal: start, stop", signal_turn);
  measure("signal: start for once", signal_oneshot);
  measure("signal: two init, start, close", signal_init_close);
  measure("work: queue", queue_work);
  measure("pipe: write, read", write_read);
  measure("pipe: write four buffers, read", write_four);
  measure("pipe: write five buffers, read", write_five);
  measure("pipe: write a megabyte, read", write_much);
  measure("pipe: try to write, read", try_write);
  measure("pipe: give a handle, take it", give_take);
  measure("tcp: init, close", tcp_init_close);
  measure("tcp: connect, accept, shut down, close both", connect_shutdown_close);
  measure("udp: send, receive", udp_send_recv);
  measure("udp: try to send, receive", udp_try_send);
  measure("udp: try to send two, receive", udp_try_send_two);
  measure("udp: init, close", udp_init_close);
  measure("udp: init, bind, receive, close", udp_init_bind_close);
  measure("pipe: write a hundred buffers, read", write_many);
  measure("pipe: try to write a hundred buffers, read", try_write_many);
  measure("udp: send a hundred buffers, receive", udp_send_many);
  measure("udp: try to send a hundred buffers, receive", udp_try_send_many);
  measure("udp: send to a Unix socket", udp_send_unix);
  measure("udp: try to send to a Unix socket", udp_try_send_unix);
  measure("random", random_later);
  measure("random, at once", random_now);
  measure_all_fs();
  measure("getaddrinfo", getaddrinfo_later);
  measure("getaddrinfo, at once", getaddrinfo_now);
  measure("getaddrinfo of no address", getaddrinfo_fail);
  measure("getnameinfo", getnameinfo_later);
  measure("getnameinfo, at once", getnameinfo_now);
  /* The system takes its time to end a watch. */
  measure_after(5, "fs_event: start, stop", fs_event_start_stop);
  measure("fs_event: init, close", fs_event_init_close);
  measure_after(20, "fs_poll: start, stop", fs_poll_start_stop);
  measure_after(20, "spawn", spawn);
  measure_after(20, "spawn with pipes and an environment", spawn_piped);
  measure_after(20, "spawn of no program", spawn_fail);
  return 0;
}
