/* An allocator of the program's own: what it is asked for comes back to it, and nobody's else; when it has no memory, that is
 * told, and nothing is lost or used. */
#include "program.h"
#include <netdb.h>
#include <pthread.h>

/* Before each piece: whether it is ours, and still there. */
enum { HEAD = 16 };
static const size_t OURS = 0x5ca1ab1e, GONE = 0xdead;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static long made, live, wrong, fails_at;

/* One more piece, unless this is the one that is not to be had. */
static int admit(void) {
  pthread_mutex_lock(&lock);
  made++;
  int denied = made == fails_at;
  if (!denied) live++;
  pthread_mutex_unlock(&lock);
  if (denied) errno = ENOMEM;
  return !denied;
}

static void* own_calloc(size_t count, size_t size) {
  if (!admit()) return NULL;
  size_t* piece = calloc(1, HEAD + count * size);
  piece[0] = OURS;
  piece[1] = count * size;
  return (char*) piece + HEAD;
}

static void* own_malloc(size_t size) {
  char* piece = own_calloc(1, size);
  /* Whoever relies on zeros sees others. */
  return piece == NULL ? NULL : memset(piece, 0xa5, size);
}

static void own_free(void* memory) {
  if (memory == NULL) return;
  size_t* piece = (size_t*) ((char*) memory - HEAD);
  pthread_mutex_lock(&lock);
  if (piece[0] == OURS)
    live--;
  else
    wrong++;
  pthread_mutex_unlock(&lock);
  if (piece[0] != OURS) return;
  /* Nobody may use it any more: it is spoilt, and as few are made it is kept. */
  piece[0] = GONE;
  memset(memory, 0x5a, piece[1]);
}

static void* own_realloc(void* memory, size_t size) {
  void* more = own_malloc(size);
  if (more != NULL && memory != NULL) {
    size_t before = ((size_t*) ((char*) memory - HEAD))[1];
    memcpy(more, memory, before < size ? before : size);
    own_free(memory);
  }
  return more;
}

static uv_loop_t loop;
static void run(void) { uv_run(&loop, UV_RUN_DEFAULT); }

/* File requests, with a callback and at once. */
static uv_fs_t req;
static uv_fs_cb mode;
static long last;
static char text[400];
static void* opened;

static void keep(uv_fs_t* request) {
  last = (long) request->result;
  text[0] = '\0';
  if (last >= 0 && (request->fs_type == UV_FS_READLINK || request->fs_type == UV_FS_REALPATH))
    snprintf(text, sizeof(text), "%s", (char*) request->ptr);
  if (last >= 0 && request->fs_type == UV_FS_STATFS && ((uv_statfs_t*) request->ptr)->f_bsize == 0) last = -1000;
  if (last >= 0 && request->fs_type == UV_FS_SCANDIR) {
    uv_dirent_t entry;
    while (uv_fs_scandir_next(request, &entry) == 0) strcat(text, entry.name);
  }
  if (last >= 0 && request->fs_type == UV_FS_OPENDIR) opened = request->ptr;
  if (last >= 0 && request->fs_type == UV_FS_READDIR) {
    uv_dir_t* dir = request->ptr;
    for (long i = 0; i < last; i++) MUST(strlen(dir->dirents[i].name) > 0);
  }
  if (request->fs_type == UV_FS_MKDTEMP || request->fs_type == UV_FS_MKSTEMP)
    if (last >= 0) snprintf(text, sizeof(text), "%s", request->path);
  /* It may be called as often as one likes. */
  uv_fs_req_cleanup(request);
  uv_fs_req_cleanup(request);
  MUST(request->path == NULL && request->new_path == NULL && request->ptr == NULL);
}

static long done(int returned) {
  if (mode == NULL) {
    long code = returned;
    keep(&req);
    return code < 0 ? code : last;
  }
  if (returned != 0) {
    uv_fs_req_cleanup(&req);
    return returned;
  }
  last = -1001;
  run();
  return last;
}
#define FS(name, ...) done(uv_fs_##name(&loop, &req, __VA_ARGS__, mode))

static uv_buf_t* bufs(unsigned int count) {
  static char space[64];
  static uv_buf_t all[64];
  for (unsigned int i = 0; i < count; i++) all[i] = uv_buf_init(space + i, 1);
  return all;
}

static int file;
static long on_stat(void) { return FS(stat, "file"); }
static long on_fstat(void) { return FS(fstat, file); }
static long on_statfs(void) { return FS(statfs, "file"); }
static long on_access(void) { return FS(access, "file", R_OK); }
static long on_open(void) {
  long fd = FS(open, "file", O_RDONLY, 0);
  if (fd < 0) return fd;
  long closed = FS(close, (int) fd);
  if (closed < 0) close((int) fd);
  return closed;
}
static long on_unlink(void) { return FS(unlink, "none"); }
static long on_rename(void) { return FS(rename, "file", "file"); }
static long on_link(void) { return FS(link, "file", "link"); }
static long on_symlink(void) { return FS(symlink, "file", "link", 0); }
static long on_copyfile(void) { return FS(copyfile, "file", "copy", 0); }
static long on_readlink(void) { return FS(readlink, "link"); }
static long on_no_link(void) { return FS(readlink, "file"); }
static long on_realpath(void) { return FS(realpath, "/dev/../dev/null"); }
static long on_no_realpath(void) { return FS(realpath, "none/such"); }
static long on_utime(void) { return FS(utime, "file", 1, 2); }
static long on_lutime(void) { return FS(lutime, "link", 1, 2); }
static long on_futime(void) { return FS(futime, file, 1, 2); }
static long on_chmod(void) { return FS(chmod, "file", 0600); }
static long on_chown(void) { return FS(chown, "file", -1, -1); }
static long on_lchown(void) { return FS(lchown, "link", -1, -1); }
static long on_mkdir(void) { return FS(mkdir, "full", 0700); }
static long on_rmdir(void) { return FS(rmdir, "full"); }
static long on_mkdtemp(void) {
  char name[] = "d-XXXXXX";
  long result = FS(mkdtemp, name);
  if (result == 0) MUST(strncmp(text, "d-", 2) == 0 && rmdir(text) == 0);
  return result;
}
static long on_mkstemp(void) {
  char name[] = "f-XXXXXX";
  long fd = FS(mkstemp, name);
  if (fd >= 0) MUST(close((int) fd) == 0 && unlink(text) == 0);
  return fd < 0 ? fd : 0;
}
static long on_no_template(void) {
  char name[] = "f-XXXXX";
  return FS(mkstemp, name);
}
static long on_scandir(void) {
  long count = FS(scandir, "full", 0);
  MUST(count != 3 || strcmp(text, "abc") == 0);
  return count;
}
static long on_scandir_of_none(void) { return FS(scandir, "none", 0); }
/* The directory is closed whatever came of it: as long as memory fails, again. */
static long close_dir(void) {
  long result;
  uv_fs_cb before = mode;
  mode = NULL;
  result = FS(closedir, opened);
  mode = before;
  return result;
}
static long on_opendir(void) {
  long result = FS(opendir, "full");
  return result < 0 ? result : close_dir();
}
static long on_opendir_of_none(void) { return FS(opendir, "none"); }
static long on_readdir(void) {
  uv_dirent_t entries[2];
  long count = FS(opendir, "full"), all = 0;
  if (count < 0) return count;
  ((uv_dir_t*) opened)->dirents = entries;
  ((uv_dir_t*) opened)->nentries = 2;
  while ((count = FS(readdir, opened)) > 0) all += count;
  close_dir();
  return count < 0 ? count : all;
}
static long on_read(void) { return FS(read, file, bufs(1), 1, 0); }
static long on_read_five(void) { return FS(read, file, bufs(5), 5, 0); }
static long on_read_forty(void) { return FS(read, file, bufs(40), 40, 0); }
static long on_write_five(void) { return FS(write, file, bufs(5), 5, 0); }
static long on_write_forty(void) { return FS(write, file, bufs(40), 40, 0); }
static long on_bad_file(void) { return FS(read, 999, bufs(5), 5, 0); }
static long on_sendfile(void) { return FS(sendfile, file, 999, 0, 10); }
static long on_fsync(void) { return FS(fsync, file); }

/* What is canceled gives back what it has, too. */
static uv_work_t holds[4];
static uv_sem_t hold;
static void wait_(uv_work_t* work) { uv_sem_wait(&hold); }
static void waited(uv_work_t* work, int status) {}
static long canceled(int returned) {
  for (int i = 0; i < 4; i++) uv_queue_work(&loop, &holds[i], wait_, waited);
  return returned;
}
static long finish_canceled(int returned) {
  if (returned == 0) MUST(uv_cancel((uv_req_t*) &req) == 0);
  for (int i = 0; i < 4; i++) uv_sem_post(&hold);
  if (returned != 0) uv_fs_req_cleanup(&req);
  run();
  return returned == 0 ? last : returned;
}
static long on_canceled_link(void) {
  canceled(0);
  return finish_canceled(uv_fs_link(&loop, &req, "file", "link", keep));
}
static long on_canceled_write(void) {
  canceled(0);
  return finish_canceled(uv_fs_write(&loop, &req, file, bufs(6), 6, 0, keep));
}
static long on_canceled_mkstemp(void) {
  canceled(0);
  return finish_canceled(uv_fs_mkstemp(&loop, &req, "f-XXXXXX", keep));
}

/* Others that hand out memory, or keep some. */
static long on_environ(void) {
  uv_env_item_t* items;
  int count;
  int result = uv_os_environ(&items, &count);
  if (result == 0) uv_os_free_environ(items, count);
  return result;
}
static long on_passwd(void) {
  uv_passwd_t passwd;
  int result = uv_os_get_passwd(&passwd);
  if (result == 0) {
    uv_os_free_passwd(&passwd);
    uv_os_free_passwd(&passwd);
  }
  return result;
}
static long on_cpus(void) {
  uv_cpu_info_t* infos;
  int count;
  int result = uv_cpu_info(&infos, &count);
  if (result == 0) uv_free_cpu_info(infos, count);
  return result;
}
static long on_interfaces(void) {
  uv_interface_address_t* all;
  int count;
  int result = uv_interface_addresses(&all, &count);
  if (result == 0) uv_free_interface_addresses(all, count);
  return result;
}
static long on_loop_new(void) {
  uv_loop_t* another = malloc(uv_loop_size());
  int result = uv_loop_init(another);
  if (result == 0) MUST(uv_loop_close(another) == 0);
  free(another);
  return result;
}
static uv_getaddrinfo_t looked;
static long found;
static void on_found(uv_getaddrinfo_t* request, int status, struct addrinfo* all) {
  found = status;
  uv_freeaddrinfo(all);
}
static long on_getaddrinfo(void) {
  struct addrinfo hints = {.ai_flags = AI_NUMERICHOST};
  int result = uv_getaddrinfo(&loop, &looked, on_found, "127.0.0.1", "80", &hints);
  if (result == 0) run();
  return result == 0 ? found : result;
}
static uv_pipe_t left, right, named;
static uv_write_t write_req;
static long written;
static void on_written(uv_write_t* request, int status) { written = status; }
static long on_write_pipe(void) {
  char all[64];
  int result = uv_write(&write_req, STREAM(&left), bufs(20), 20, on_written);
  /* libuv goes on to count the write that it could not make. */
  if (result == UV_ENOMEM && uv_loop_alive(&loop)) loop.active_reqs.count--;
  if (result == 0) {
    uv_os_fd_t fd;
    run();
    MUST(uv_fileno(HANDLE(&right), &fd) == 0 && read(fd, all, sizeof(all)) == 20);
  }
  return result == 0 ? written : result;
}
static uv_udp_t sender;
static uv_udp_send_t send_req;
static long sent;
static void on_sent(uv_udp_send_t* request, int status) { sent = status; }
static long on_send(void) {
  struct sockaddr_in to;
  uv_ip4_addr("127.0.0.1", 9, &to);
  int result = uv_udp_send(&send_req, &sender, bufs(20), 20, (struct sockaddr*) &to, on_sent);
  if (result == 0) run();
  return result == 0 ? sent : result;
}
static long on_pipe_bind(void) {
  MUST(uv_pipe_init(&loop, &named, 0) == 0);
  int result = uv_pipe_bind(&named, "socket");
  uv_close(HANDLE(&named), NULL);
  run();
  return result;
}
static uv_fs_event_t event;
static void on_change(uv_fs_event_t* handle, const char* name, int events, int status) {}
static long on_fs_event(void) {
  MUST(uv_fs_event_init(&loop, &event) == 0);
  int result = uv_fs_event_start(&event, on_change, "full", 0);
  uv_close(HANDLE(&event), NULL);
  run();
  return result;
}
static uv_fs_poll_t poll_;
static void on_poll(uv_fs_poll_t* handle, int status, const uv_stat_t* before, const uv_stat_t* now) {}
static long on_fs_poll(void) {
  MUST(uv_fs_poll_init(&loop, &poll_) == 0);
  int result = uv_fs_poll_start(&poll_, on_poll, "file", 1000);
  uv_close(HANDLE(&poll_), NULL);
  run();
  return result;
}

static const char* told(long result) {
  static char number[32];
  if (result < 0) return uv_err_name((int) result);
  snprintf(number, sizeof(number), "%ld", result);
  return number;
}

/* Versions before this one ask for memory that they do not need, lose some when there is no more, and give what the C library has
 * made to the program's allocator. */
enum { REVISED = 1 << 16 | 53 << 8 };

/* Makes it with all the memory, then without the first piece that it asks for, without the second, and so on. `same` says that it
 * asks for as many pieces here and there; of the others it is only seen that nothing is lost. */
static void try_all(const char* name, long (*act)(void), void (*reset)(void), int same) {
  /* What is kept for ever is made now. */
  for (int i = 0; i < 3; i++) {
    act();
    if (reset != NULL) reset();
  }
  long before = live, first = made;
  long result = act();
  if (reset != NULL) reset();
  long count = made - first;
  if (same)
    say("%s: %s, %ld pieces", name, told(result), count);
  else
    say("%s: %s", name, told(result));
  if (!same && uv_version() < REVISED) return;
  MUST(live == before && wrong == 0);
  for (long n = 1; n <= count; n++) {
    fails_at = made + n;
    result = act();
    fails_at = 0;
    if (reset != NULL) reset();
    if (same) say("  without piece %ld: %s", n, told(result));
    if (live != before || wrong != 0) say("  without piece %ld: %ld are left, %ld wrong", n, live - before, wrong);
    MUST(live == before && wrong == 0);
  }
}

static void try_silently(long (*act)(void)) {
  for (mode = keep;; mode = NULL) {
    long before = live, first = made;
    MUST(act() == 0 && live == before && wrong == 0);
    for (long n = made - first; n > 0; n--) {
      fails_at = made + n;
      MUST(act() == UV_ENOMEM && live == before && wrong == 0);
      fails_at = 0;
    }
    if (mode == NULL) break;
  }
}

static void unlink_link(void) { unlink("link"); }
static void make_link(void) {
  unlink("link");
  MUST(symlink("file", "link") == 0);
}
static void make_file(const char* name) {
  int fd = open(name, O_RDWR | O_CREAT, 0600);
  MUST(fd >= 0 && write(fd, "0123456789012345678901234567890123456789", 40) == 40 && close(fd) == 0);
}

static void try_both(const char* name, long (*act)(void), void (*reset)(void), int same, int same_at_once) {
  char at_once[80];
  mode = keep;
  try_all(name, act, reset, same);
  mode = NULL;
  snprintf(at_once, sizeof(at_once), "%s, at once", name);
  try_all(at_once, act, reset, same_at_once);
}

static void try_fs(const char* name, long (*act)(void), void (*reset)(void)) { try_both(name, act, reset, 1, 1); }

int main(void) {
  int ends[2];
  CALL(uv_replace_allocator(NULL, own_realloc, own_calloc, own_free));
  CALL(uv_replace_allocator(own_malloc, NULL, own_calloc, own_free));
  CALL(uv_replace_allocator(own_malloc, own_realloc, NULL, own_free));
  CALL(uv_replace_allocator(own_malloc, own_realloc, own_calloc, NULL));
  CALL(uv_replace_allocator(own_malloc, own_realloc, own_calloc, own_free));
  MUST(uv_loop_init(&loop) == 0 && uv_sem_init(&hold, 0) == 0);
  make_file("file");
  MUST((file = open("file", O_RDWR)) >= 0 && mkdir("full", 0700) == 0);
  make_file("full/b");
  make_file("full/a");
  make_file("full/c");
  MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0);
  MUST(uv_pipe_init(&loop, &left, 0) == 0 && uv_pipe_open(&left, ends[0]) == 0);
  MUST(uv_pipe_init(&loop, &right, 0) == 0 && uv_pipe_open(&right, ends[1]) == 0);
  MUST(uv_udp_init(&loop, &sender) == 0);
  try_fs("stat", on_stat, NULL);
  try_fs("fstat", on_fstat, NULL);
  try_fs("statfs", on_statfs, NULL);
  try_fs("access", on_access, NULL);
  try_fs("open, close", on_open, NULL);
  try_fs("unlink", on_unlink, NULL);
  try_fs("rename", on_rename, NULL);
  try_fs("link", on_link, unlink_link);
  try_fs("symlink", on_symlink, unlink_link);
  try_fs("copyfile", on_copyfile, NULL);
  make_link();
  try_fs("readlink", on_readlink, NULL);
  try_both("readlink of none", on_no_link, NULL, 0, 0);
  if (uv_version() >= REVISED) try_silently(on_realpath);
  try_fs("realpath of nothing", on_no_realpath, NULL);
  try_fs("utime", on_utime, NULL);
  try_fs("lutime", on_lutime, NULL);
  try_fs("futime", on_futime, NULL);
  try_fs("chmod", on_chmod, NULL);
  try_fs("chown", on_chown, NULL);
  try_fs("lchown", on_lchown, NULL);
  try_fs("mkdir", on_mkdir, NULL);
  try_fs("rmdir", on_rmdir, NULL);
  try_fs("mkdtemp", on_mkdtemp, NULL);
  try_fs("mkstemp", on_mkstemp, NULL);
  try_fs("mkstemp of no template", on_no_template, NULL);
  try_fs("scandir", on_scandir, NULL);
  try_fs("scandir of nothing", on_scandir_of_none, NULL);
  try_fs("opendir", on_opendir, NULL);
  try_both("opendir of nothing", on_opendir_of_none, NULL, 0, 0);
  try_fs("readdir", on_readdir, NULL);
  try_fs("read", on_read, NULL);
  try_both("read into five", on_read_five, NULL, 1, 0);
  try_both("read into forty", on_read_forty, NULL, 1, 0);
  try_both("write of five", on_write_five, NULL, 1, 0);
  try_both("write of forty", on_write_forty, NULL, 1, 0);
  try_both("read of no file", on_bad_file, NULL, 1, 0);
  try_fs("sendfile", on_sendfile, NULL);
  try_fs("fsync", on_fsync, NULL);
  unlink("link");
  try_all("a link that is canceled", on_canceled_link, NULL, 1);
  try_all("a write that is canceled", on_canceled_write, NULL, 1);
  try_all("an mkstemp that is canceled", on_canceled_mkstemp, NULL, 1);
  try_all("environ", on_environ, NULL, 0);
  try_all("passwd", on_passwd, NULL, 0);
  try_all("cpu_info", on_cpus, NULL, 0);
  try_all("interface_addresses", on_interfaces, NULL, 0);
  try_all("getaddrinfo", on_getaddrinfo, NULL, 0);
  try_all("write to a pipe", on_write_pipe, NULL, 1);
  try_all("send of a datagram", on_send, NULL, 0);
  if (uv_version() >= REVISED) try_silently(on_send);
  try_all("pipe_bind", on_pipe_bind, NULL, 1);
  try_all("fs_event", on_fs_event, NULL, 0);
  try_all("fs_poll", on_fs_poll, NULL, 0);
  try_all("loop_init", on_loop_new, NULL, 0);
  close(file);
  finish(&loop);
  say("%ld wrong", wrong);
  return 0;
}
