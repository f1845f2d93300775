/* Time, messages, names, files, users, the environment, patterns: each with what it returns. */
#include <arpa/inet.h>
#include <dirent.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <glob.h>
#include <grp.h>
#include <iconv.h>
#include <locale.h>
#include <net/if.h>
#include <netdb.h>
#include <pthread.h>
#include <pwd.h>
#include <regex.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <sys/sysinfo.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <sys/times.h>
#include <sys/uio.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>
#include <wchar.h>
#include <wordexp.h>

#include "wrap.h"

/* The fortified forms, and what programs call that were built long ago. */
ssize_t __recvfrom_chk(int fd, void *b, size_t n, size_t room, int flags, struct sockaddr *a,
                       socklen_t *len);
int __gethostname_chk(char *b, size_t n, size_t room);
int __xstat(int version, const char *path, struct stat *b);
int __lxstat(int version, const char *path, struct stat *b);
int __fxstat(int version, int fd, struct stat *b);
int __xstat64(int version, const char *path, struct stat64 *b);
int __lxstat64(int version, const char *path, struct stat64 *b);
int __fxstat64(int version, int fd, struct stat64 *b);
ssize_t __readlink_chk(const char *path, char *b, size_t n, size_t room);
ssize_t __readlinkat_chk(int fd, const char *path, char *b, size_t n, size_t room);
char *__realpath_chk(const char *path, char *b, size_t room);
char *__getcwd_chk(char *b, size_t n, size_t room);

static char b[4096], c[4096];

static void calendar(void)
{
    time_t when = 86400;
    struct tm *shared, own;
    wchar_t wide[32];

    MUST(setenv("TZ", "UTC0", 1) == 0);
    MUST((shared = gmtime(&when)) && shared->tm_mday == 2 && localtime(&when)->tm_year == 70);
    MUST(gmtime_r(&when, &own) == &own && localtime_r(&when, &own) == &own && own.tm_mday == 2);
    MUST(strcmp(asctime(&own), "Fri Jan  2 00:00:00 1970\n") == 0 && asctime_r(&own, b) == b);
    MUST(ctime(&when) && strcmp(ctime_r(&when, b), "Fri Jan  2 00:00:00 1970\n") == 0);
    MUST(mktime(&own) == when && timelocal(&own) == when && timegm(&own) == when);
    MUST(strftime(b, 64, "%Y", &own) == 4 && strcmp(b, "1970") == 0 &&
         wcsftime(wide, 32, L"%d", &own) == 2);
    MUST(*strptime("1999x", "%Y", &own) == 'x' && own.tm_year == 99 && time(&when) > 86400);
}

static void clocks(void)
{
    struct timespec s = { 0, 1 }, rest;
    struct timeval v;
    struct itimerval i = { 0 }, was;
    struct itimerspec spec = { 0 }, old;
    struct tms ticks;
    struct rusage usage;
    struct sysinfo info;
    struct utsname name;
    double load[3];
    timer_t timer;
    int fd;

    MUST(nanosleep(&s, &rest) == 0 && clock_nanosleep(CLOCK_REALTIME, 0, &s, &rest) == 0);
    MUST(clock_gettime(CLOCK_REALTIME, &s) == 0 && clock_getres(CLOCK_REALTIME, &s) == 0);
    MUST(clock_settime(CLOCK_MONOTONIC, &s) == -1 && timespec_get(&s, TIME_UTC) == TIME_UTC);
    MUST(gettimeofday(&v, NULL) == 0 && getitimer(ITIMER_REAL, &i) == 0);
    MUST(setitimer(ITIMER_REAL, &i, &was) == 0 && times(&ticks) != -1 &&
         getrusage(RUSAGE_SELF, &usage) == 0);
    MUST(timer_create(CLOCK_REALTIME, NULL, &timer) == 0 &&
         timer_settime(timer, 0, &spec, &old) == 0);
    MUST(timer_gettime(timer, &spec) == 0 && timer_delete(timer) == 0);
    MUST((fd = timerfd_create(CLOCK_REALTIME, 0)) >= 0 &&
         timerfd_settime(fd, 0, &spec, &spec) == 0);
    MUST(timerfd_gettime(fd, &spec) == 0 && close(fd) == 0 && sysinfo(&info) == 0 &&
         uname(&name) == 0);
    getloadavg(load, 3);
}

static void pieces(int fd)
{
    struct iovec v[2] = { { b, 3 }, { b + 8, 5 } };

    memcpy(b, "one.....twooo", 13);
    MUST(pwritev(fd, v, 2, 0) == 8 && pwritev64(fd, v, 2, 8) == 8 &&
         pwritev2(fd, v, 2, 16, 0) == 8);
    MUST(pwritev64v2(fd, v, 2, 24, 0) == 8);
    memset(b, 0, 16);
    MUST(preadv(fd, v, 2, 0) == 8 && preadv64(fd, v, 2, 8) == 8 && preadv2(fd, v, 2, 16, 0) == 8);
    MUST(preadv64v2(fd, v, 2, 24, 0) == 8 && memcmp(b, "one", 3) == 0 &&
         memcmp(b + 8, "twooo", 5) == 0);
}

static void messages(void)
{
    struct iovec v[2] = { { b, 2 }, { b + 8, 6 } };
    struct msghdr m = { .msg_iov = v, .msg_iovlen = 2 };
    struct mmsghdr many[2] = { { m, 0 }, { m, 0 } };
    struct sockaddr_storage a;
    socklen_t len = sizeof(a);
    int s[2], on = 1;

    MUST(socketpair(AF_UNIX, SOCK_DGRAM, 0, s) == 0);
    memcpy(b, "ab......cdefgh", 14);
    MUST(sendmsg(s[0], &m, 0) == 8 && sendmmsg(s[0], many, 2, 0) == 2 && many[1].msg_len == 8);
    memset(b, 0, 16);
    m.msg_name = &a;
    m.msg_namelen = sizeof(a);
    MUST(recvmsg(s[1], &m, 0) == 8 && memcmp(b, "ab", 2) == 0 && memcmp(b + 8, "cdefgh", 6) == 0);
    MUST(recvmmsg(s[1], many, 2, MSG_DONTWAIT, NULL) == 2 && many[0].msg_len == 8);
    MUST(send(s[0], b, 4, 0) == 4 && __recvfrom_chk(s[1], c, 8, 64, 0, (void *)&a, &len) == 4);
    len = sizeof(on);
    MUST(setsockopt(s[0], SOL_SOCKET, SO_PASSCRED, &on, sizeof(on)) == 0);
    MUST(getsockopt(s[0], SOL_SOCKET, SO_PASSCRED, &on, &len) == 0 && on == 1);
    MUST(close(s[0]) == 0 && close(s[1]) == 0);
}

static void addresses(void)
{
    struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr = { htonl(INADDR_LOOPBACK) } }, got;
    struct addrinfo hints = { .ai_flags = AI_NUMERICHOST, .ai_socktype = SOCK_STREAM }, *list;
    socklen_t len = sizeof(got);
    struct in_addr in;
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    MUST(fd >= 0 && bind(fd, (void *)&a, sizeof(a)) == 0 &&
         getsockname(fd, (void *)&got, &len) == 0);
    MUST(got.sin_addr.s_addr == a.sin_addr.s_addr && getpeername(fd, (void *)&got, &len) == -1);
    MUST(close(fd) == 0 && getaddrinfo("127.0.0.1", NULL, &hints, &list) == 0 &&
         list->ai_family == AF_INET);
    freeaddrinfo(list);
    MUST(getnameinfo((void *)&a, sizeof(a), b, 64, c, 64, NI_NUMERICHOST | NI_NUMERICSERV) == 0);
    MUST(strcmp(b, "127.0.0.1") == 0);
    gethostbyname("127.0.0.1");
    gethostbyname2("127.0.0.1", AF_INET);
    gethostbyaddr(&a.sin_addr, 4, AF_INET);
    getservbyname("http", "tcp");
    getservbyport(htons(80), "tcp");
    getprotobyname("tcp");
    getprotobynumber(6);
    MUST(inet_ntop(AF_INET, &a.sin_addr, b, 64) == b && inet_pton(AF_INET, b, &in) == 1);
    MUST(inet_aton(b, &in) && in.s_addr == a.sin_addr.s_addr && inet_addr(b) == in.s_addr);
    MUST(strcmp(inet_ntoa(in), b) == 0);
    if_nametoindex("lo");
    if_indextoname(1, b);
    MUST(gethostname(b, 4096) == 0 && __gethostname_chk(c, 4096, 4096) == 0 && strcmp(b, c) == 0);
}

static void facts(int fd, const char *path)
{
    struct stat s;
    struct stat64 s64;
    struct statx x;
    struct statfs f;
    struct statfs64 f64;
    struct statvfs v;
    struct statvfs64 v64;

    MUST(stat(path, &s) == 0 && S_ISREG(s.st_mode) && stat64(path, &s64) == 0 &&
         lstat(path, &s) == 0);
    MUST(lstat64(path, &s64) == 0 && fstat(fd, &s) == 0 && fstat64(fd, &s64) == 0 &&
         S_ISREG(s.st_mode));
    MUST(fstatat(AT_FDCWD, path, &s, 0) == 0 && fstatat64(AT_FDCWD, path, &s64, 0) == 0);
    MUST(__xstat(1, path, &s) == 0 && __lxstat(1, path, &s) == 0 && __fxstat(1, fd, &s) == 0);
    MUST(__xstat64(1, path, &s64) == 0 && __lxstat64(1, path, &s64) == 0 &&
         __fxstat64(1, fd, &s64) == 0);
    MUST(statx(AT_FDCWD, path, 0, STATX_MODE, &x) == 0 && S_ISREG(x.stx_mode) &&
         statfs(path, &f) == 0);
    MUST(statfs64(path, &f64) == 0 && fstatfs(fd, &f) == 0 && fstatfs64(fd, &f64) == 0);
    MUST(statvfs(path, &v) == 0 && statvfs64(path, &v64) == 0 && fstatvfs(fd, &v) == 0);
    MUST(fstatvfs64(fd, &v64) == 0 && access(path, R_OK) == 0 &&
         faccessat(AT_FDCWD, path, R_OK, 0) == 0);
}

static void entries(int fd)
{
    struct timeval times[2] = { { 1, 0 }, { 1, 0 } };
    struct timespec specs[2] = { { 1, 0 }, { 1, 0 } };
    int at = open(".", O_RDONLY | O_DIRECTORY);

    MUST(at >= 0 && chmod("file", 0600) == 0 && truncate("file", 64) == 0 &&
         truncate64("file", 64) == 0);
    MUST(utimes("file", times) == 0 && utimensat(at, "file", specs, 0) == 0 &&
         futimens(fd, specs) == 0);
    MUST(chown("file", (uid_t)-1, (gid_t)-1) == 0 && link("file", "hard") == 0 &&
         symlink("file", "soft") == 0);
    MUST(readlink("soft", b, 64) == 4 && __readlink_chk("soft", b, 64, 4096) == 4);
    MUST(readlinkat(at, "soft", b, 64) == 4 && __readlinkat_chk(at, "soft", b, 64, 4096) == 4);
    MUST(rename("hard", "other") == 0 && renameat(at, "other", at, "third") == 0 &&
         unlink("third") == 0);
    MUST(mkdir("folder", 0700) == 0 && rmdir("folder") == 0 && mkdirat(at, "folder", 0700) == 0);
    MUST(unlinkat(at, "folder", AT_REMOVEDIR) == 0 && mkfifo("queue", 0600) == 0 &&
         remove("queue") == 0);
    MUST(close(creat("new", 0600)) == 0 && close(creat64("new", 0600)) == 0 && unlink("new") == 0);
    MUST(close(at) == 0 && unlink("soft") == 0);
}

static void ways(void)
{
    char *made;

    MUST(getcwd(b, 4096) == b && __getcwd_chk(c, 4096, 4096) == c && strcmp(b, c) == 0);
    MUST((made = get_current_dir_name()) && strcmp(made, b) == 0);
    free(made);
    MUST((made = getcwd(NULL, 0)) && strcmp(made, b) == 0);
    free(made);
    MUST(realpath(".", c) == c && strcmp(b, c) == 0 && __realpath_chk(".", c, 4096) == c);
    MUST((made = realpath(".", NULL)) && strcmp(made, b) == 0);
    free(made);
    free(canonicalize_file_name("."));
}

static void new_files(int fd)
{
    char name[64];
    loff_t from = 0, to = 0;
    off_t o = 0;
    off64_t o64 = 0;
    struct termios terminal;
    int own, null = open("/dev/null", O_WRONLY);

    MUST(null >= 0 && close(mkstemp(strcpy(name, "a-XXXXXX"))) == 0 && unlink(name) == 0);
    MUST(close(mkstemp64(strcpy(name, "a-XXXXXX"))) == 0 && unlink(name) == 0);
    MUST(close(mkostemp(strcpy(name, "a-XXXXXX"), O_CLOEXEC)) == 0 && unlink(name) == 0);
    MUST((own = memfd_create("own", 0)) >= 0 && sendfile(own, fd, &o, 4) == 4 && o == 4);
    MUST(sendfile64(own, fd, &o64, 4) == 4);
    copy_file_range(fd, &from, own, &to, 4, 0);
    snprintf(name, sizeof(name), "/seance-%d", (int)getpid());
    MUST(close(shm_open(name, O_CREAT | O_RDWR, 0600)) == 0 && shm_unlink(name) == 0);
    MUST(tcgetattr(null, &terminal) == -1 &&
         tcsetattr(null, TCSANOW, memset(&terminal, 0, sizeof(terminal))) == -1);
    MUST(!ttyname(null) && ttyname_r(null, b, 64) != 0 && close(own) == 0 && close(null) == 0);
}

static void folders(void)
{
    struct dirent entry, *got;
    DIR *d = opendir(".");

    MUST(d && readdir(d) && telldir(d) != -1);
    rewinddir(d);
    MUST(readdir64(d));
    seekdir(d, telldir(d));
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
    MUST(readdir_r(d, &entry, &got) == 0 && closedir(d) == 0);
    MUST((d = fdopendir(open(".", O_RDONLY | O_DIRECTORY))) && closedir(d) == 0);
}

static void files(void)
{
    char folder[] = "/tmp/seance-wrap-XXXXXX";
    int fds[2], fd;

    MUST(mkdtemp(folder) && chdir(folder) == 0 && (fd = open("file", O_RDWR | O_CREAT, 0600)) >= 0);
    pieces(fd);
    facts(fd, "file");
    entries(fd);
    ways();
    new_files(fd);
    folders();
    MUST(close(fd) == 0 && unlink("file") == 0 && chdir("/") == 0 && rmdir(folder) == 0);
    MUST(pipe(fds) == 0 && close(fds[0]) == 0 && close(fds[1]) == 0);
    MUST(pipe2(fds, O_CLOEXEC) == 0 && close(fds[0]) == 0 && close(fds[1]) == 0);
}

static void users(void)
{
    struct passwd user, *got_user;
    struct group group, *got_group;
    gid_t groups[64];

    MUST(getpwuid(0) && getpwnam("root") && getpwuid_r(0, &user, b, 4096, &got_user) == 0);
    MUST(got_user && getpwnam_r("root", &user, b, 4096, &got_user) == 0 && user.pw_uid == 0);
    MUST(getgrgid(0) && getgrnam("root") && getgrgid_r(0, &group, b, 4096, &got_group) == 0);
    MUST(got_group && getgrnam_r("root", &group, b, 4096, &got_group) == 0 && group.gr_gid == 0);
    MUST(getpwent() && getgrent());
    getlogin_r(b, 64);
    MUST(getgroups(64, groups) >= 0);
}

static void environment(void)
{
    static char text[] = "SEANCE_WRAP=put";
    char from[] = "abc", *in = from, *out = b;
    size_t in_left = 3, out_left = 64;
    iconv_t to = iconv_open("UTF-16LE", "UTF-8");

    MUST(setenv("SEANCE_WRAP", "set", 1) == 0 && strcmp(getenv("SEANCE_WRAP"), "set") == 0);
    MUST(putenv(text) == 0 && strcmp(secure_getenv("SEANCE_WRAP"), "put") == 0);
    MUST(unsetenv("SEANCE_WRAP") == 0 && !getenv("SEANCE_WRAP") && setlocale(LC_ALL, NULL));
    MUST(setlocale(LC_ALL, "C") && strcmp(localeconv()->decimal_point, ".") == 0);
    if (to == (iconv_t)-1) /* no gconv modules: the row is called all the same */
        to = iconv_open("UTF-8", "UTF-8");
    MUST(to != (iconv_t)-1 && iconv(to, &in, &in_left, &out, &out_left) == 0 && in_left == 0);
    MUST(iconv_close(to) == 0);
}

static void patterns(void)
{
    regmatch_t match[1];
    regex_t r;
    glob_t g;
    wordexp_t words;

    MUST(regcomp(&r, "b+", REG_EXTENDED) == 0 && regexec(&r, "abbc", 1, match, 0) == 0);
    MUST(match[0].rm_so == 1 && match[0].rm_eo == 3 && regerror(REG_NOMATCH, &r, b, 64) > 0);
    regfree(&r);
    MUST(fnmatch("a*", "abc", 0) == 0 && glob("/", 0, NULL, &g) == 0 && g.gl_pathc == 1);
    globfree(&g);
    MUST(wordexp("a b", &words, 0) == 0 && words.we_wordc == 2);
    wordfree(&words);
}

static void children(void)
{
    siginfo_t info;
    sigset_t set;
    cpu_set_t cpus;
    int status;

    MUST(system("exit 3") == 3 << 8);
    for (int i = 0; i < 3; i++) {
        pid_t pid = fork();

        if (pid == 0)
            _exit(4);
        if (i == 0)
            MUST(waitpid(pid, &status, 0) == pid && WEXITSTATUS(status) == 4);
        else if (i == 1)
            MUST(wait(&status) == pid);
        else
            MUST(waitid(P_PID, (id_t)pid, &info, WEXITED) == 0 && info.si_status == 4);
    }
    MUST(sigpending(&set) == 0 && confstr(_CS_PATH, b, 64) > 0 &&
         pthread_getname_np(pthread_self(), b, 64) == 0);
    MUST(sched_getaffinity(0, sizeof(cpus), &cpus) == 0 &&
         sched_setaffinity(0, sizeof(cpus), &cpus) == 0);
}

void wrap_system(void)
{
    calendar();
    clocks();
    messages();
    addresses();
    files();
    users();
    environment();
    patterns();
    children();
    MUST(clearenv() == 0);
}
