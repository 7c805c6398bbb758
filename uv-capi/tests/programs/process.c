/* Child processes: how they end, what they have for stdio, environment and directory. */
#include "program.h"
#include <limits.h>
#include <sys/wait.h>

static uv_loop_t loop;
static char text[2][1024];
static size_t lengths[2];

static void on_close(uv_handle_t* handle) { say("closed %s", uv_handle_type_name(handle->type)); }

static void on_exit_(uv_process_t* process, int64_t status, int signal) {
  say("exit %lld signal %d, active %d", (long long) status, signal, uv_is_active(HANDLE(process)));
  CALL(uv_process_kill(process, SIGTERM));
  uv_close(HANDLE(process), on_close);
}

static void alloc_cb(uv_handle_t* handle, size_t suggested, uv_buf_t* buf) {
  int which = handle->data == text[1];
  *buf = uv_buf_init(text[which] + lengths[which], sizeof(text[0]) - lengths[which]);
}

static void read_cb(uv_stream_t* stream, ssize_t count, const uv_buf_t* buf) {
  if (count >= 0)
    lengths[stream->data == text[1]] += count;
  else {
    MUST(count == UV_EOF);
    uv_close(HANDLE(stream), NULL);
  }
}

static void reads(uv_pipe_t* pipe, int which) {
  pipe->data = text[which];
  lengths[which] = 0;
  MUST(uv_read_start(STREAM(pipe), alloc_cb, read_cb) == 0);
}

static void told(const char* what, int which) {
  say("%s <%.*s>", what, (int) lengths[which], text[which]);
  lengths[which] = 0;
}

/* What the shell says when it runs the script, with these options. */
static void script(const char* what, const char* source, uv_process_options_t options) {
  uv_process_t process;
  uv_pipe_t out, err;
  char* args[] = {"sh", "-c", (char*) source, NULL};
  uv_stdio_container_t stdio[3] = {{.flags = UV_IGNORE}};
  stdio[1].flags = stdio[2].flags = UV_CREATE_PIPE | UV_WRITABLE_PIPE;
  stdio[1].data.stream = STREAM(&out);
  stdio[2].data.stream = STREAM(&err);
  uv_pipe_init(&loop, &out, 0);
  uv_pipe_init(&loop, &err, 0);
  options.file = "/bin/sh";
  options.args = args;
  options.stdio = stdio;
  options.stdio_count = 3;
  options.exit_cb = on_exit_;
  say("-- %s", what);
  int code = uv_spawn(&loop, &process, &options);
  say("spawn %s", result(code));
  if (code == 0) {
    say("pid %d active %d", uv_process_get_pid(&process) > 0, uv_is_active(HANDLE(&process)));
    say("readable %d writable %d", uv_is_readable(STREAM(&out)), uv_is_writable(STREAM(&out)));
    CALL(uv_kill(process.pid, 0));
    reads(&out, 0);
    reads(&err, 1);
    CALL(uv_run(&loop, UV_RUN_DEFAULT));
    told("out", 0);
    told("err", 1);
  } else {
    uv_close(HANDLE(&process), on_close);
    uv_close(HANDLE(&out), NULL);
    uv_close(HANDLE(&err), NULL);
    uv_run(&loop, UV_RUN_DEFAULT);
  }
}

static uv_write_t write_req;
static uv_shutdown_t shutdown_req;

static void shutdown_cb(uv_shutdown_t* request, int status) {
  say("shutdown %s", result(status));
}

static void write_cb(uv_write_t* request, int status) {
  say("write %s", result(status));
  CALL(uv_shutdown(&shutdown_req, request->handle, shutdown_cb));
}

/* Through cat, which has one pipe for both ways, and one more descriptor. */
static void both_ways(void) {
  uv_process_t process;
  uv_pipe_t both, extra;
  char* args[] = {"sh", "-c", "echo extra >&4; cat; exit 7", NULL};
  uv_stdio_container_t stdio[5] = {{.flags = UV_IGNORE}};
  uv_process_options_t options = {.file = "sh", .args = args, .stdio = stdio, .stdio_count = 5, .exit_cb = on_exit_};
  say("-- both ways");
  int fds[2];
  MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, fds) == 0);
  uv_pipe_init(&loop, &both, 0);
  uv_pipe_init(&loop, &extra, 0);
  MUST(uv_pipe_open(&both, fds[0]) == 0);
  stdio[0].flags = UV_INHERIT_FD;
  stdio[0].data.fd = fds[1];
  stdio[1].flags = UV_INHERIT_FD;
  stdio[1].data.fd = fds[1];
  stdio[4].flags = UV_CREATE_PIPE | UV_READABLE_PIPE | UV_WRITABLE_PIPE;
  stdio[4].data.stream = STREAM(&extra);
  CALL(uv_spawn(&loop, &process, &options));
  close(fds[1]);
  reads(&both, 0);
  reads(&extra, 1);
  say("extra readable %d writable %d", uv_is_readable(STREAM(&extra)), uv_is_writable(STREAM(&extra)));
  uv_buf_t buf = uv_buf_init("to and fro", 10);
  CALL(uv_write(&write_req, STREAM(&both), &buf, 1, write_cb));
  CALL(uv_run(&loop, UV_RUN_DEFAULT));
  told("both", 0);
  told("extra", 1);
}

static uv_process_t sleeper;

static void kill_it(uv_timer_t* timer) {
  CALL(uv_process_kill(&sleeper, 0));
  CALL(uv_process_kill(&sleeper, SIGKILL));
  uv_close(HANDLE(timer), NULL);
}

static void signals(void) {
  uv_timer_t timer;
  char* args[] = {"sleep", "1000", NULL};
  uv_process_options_t options = {.file = "sleep", .args = args, .exit_cb = on_exit_};
  say("-- signals");
  CALL(uv_spawn(&loop, &sleeper, &options));
  uv_timer_init(&loop, &timer);
  uv_timer_start(&timer, kill_it, 1, 0);
  CALL(uv_process_kill(&sleeper, 1000));
  CALL(uv_run(&loop, UV_RUN_DEFAULT));

  say("-- unreferenced");
  CALL(uv_spawn(&loop, &sleeper, &options));
  uv_unref(HANDLE(&sleeper));
  say("has ref %d", uv_has_ref(HANDLE(&sleeper)));
  CALL(uv_run(&loop, UV_RUN_DEFAULT));
  int pid = sleeper.pid;
  uv_close(HANDLE(&sleeper), on_close);
  CALL(uv_run(&loop, UV_RUN_DEFAULT));
  /* It is alive, and the program's to wait for. */
  CALL(uv_kill(pid, 0));
  CALL(uv_kill(pid, SIGKILL));
  MUST(waitpid(pid, NULL, 0) == pid);
  CALL(uv_kill(pid, SIGKILL));
}

static int exits;

static void count_exit(uv_process_t* process, int64_t status, int signal) {
  exits++;
  uv_close(HANDLE(process), NULL);
}

static void many(void) {
  enum { COUNT = 20 };
  static uv_process_t processes[COUNT];
  char* args[] = {"true", NULL};
  uv_process_options_t options = {.file = "true", .args = args, .exit_cb = count_exit};
  say("-- many");
  for (int i = 0; i < COUNT; i++) MUST(uv_spawn(&loop, &processes[i], &options) == 0);
  CALL(uv_run(&loop, UV_RUN_DEFAULT));
  say("%d exits", exits);

  say("-- without a callback");
  options.exit_cb = NULL;
  CALL(uv_spawn(&loop, &processes[0], &options));
  CALL(uv_run(&loop, UV_RUN_DEFAULT));
  say("active %d", uv_is_active(HANDLE(&processes[0])));
  uv_close(HANDLE(&processes[0]), on_close);
  CALL(uv_run(&loop, UV_RUN_DEFAULT));
}

static void errors(void) {
  uv_process_t process;
  char* args[] = {"nothing", NULL};
  uv_process_options_t options = {.file = "/no/such/program", .args = args, .exit_cb = on_exit_};
  say("-- errors");
  CALL(uv_spawn(&loop, &process, &options));
  say("active %d closing %d", uv_is_active(HANDLE(&process)), uv_is_closing(HANDLE(&process)));
  CALL(uv_run(&loop, UV_RUN_DEFAULT));
  uv_close(HANDLE(&process), on_close);
  options.file = "/etc/passwd";
  uv_process_t other;
  CALL(uv_spawn(&loop, &other, &options));
  uv_close(HANDLE(&other), on_close);
  options.file = "/";
  uv_process_t third;
  CALL(uv_spawn(&loop, &third, &options));
  uv_close(HANDLE(&third), on_close);
  CALL(uv_run(&loop, UV_RUN_DEFAULT));
  uv_stdio_container_t stdio[1] = {{.flags = UV_INHERIT_FD, .data.fd = -1}};
  options = (uv_process_options_t){.file = "true", .args = args, .stdio = stdio, .stdio_count = 1};
  CALL(uv_spawn(&loop, &process, &options));
  uv_close(HANDLE(&process), on_close);
  uv_tcp_t unopened;
  uv_tcp_init(&loop, &unopened);
  stdio[0] = (uv_stdio_container_t){.flags = UV_INHERIT_STREAM, .data.stream = STREAM(&unopened)};
  CALL(uv_spawn(&loop, &other, &options));
  uv_close(HANDLE(&other), on_close);
  uv_close(HANDLE(&unopened), on_close);
  CALL(uv_run(&loop, UV_RUN_DEFAULT));
  CALL(uv_kill(INT_MAX, 0));
  CALL(uv_kill(getpid(), 1000));
}

int main(void) {
  uv_process_options_t options = {0};
  uv_loop_init(&loop);
  script("a script", "echo out; echo err >&2; exit 3", options);
  script("a signal", "kill -9 $$", options);
  char* env[] = {"NAME=value", "PATH=/usr/bin:/bin", NULL};
  options.env = env;
  script("environment", "env | grep -v '^PWD=\\|^_=\\|^SHLVL=\\|^OLDPWD='", options);
  options = (uv_process_options_t){.cwd = "/usr"};
  script("directory", "pwd", options);
  options.cwd = "/no/such/directory";
  script("no such directory", "pwd", options);
  options = (uv_process_options_t){.flags = UV_PROCESS_DETACHED};
  script("detached", "read a b c d group session rest < /proc/$$/stat; [ $group = $$ ] && [ $session = $$ ] && echo a session", options);
  options.flags = 0;
  script("attached", "read a b c d group session rest < /proc/$$/stat; [ $group = $$ ] || echo in a group", options);
  script("descriptors", "[ -e /proc/$$/fd/3 ] || echo no more than three", options);
  options.flags = UV_PROCESS_SETUID | UV_PROCESS_SETGID;
  options.uid = geteuid();
  options.gid = getegid();
  script("its own user", "[ $(id -u) = $(stat -c %u /proc/$$) ] && echo the same", options);
  both_ways();
  signals();
  many();
  errors();
  finish(&loop);
  return 0;
}
