// A server module for tests alone: makes something go wrong at the n-th occasion, in a server that runs the module as it is
// shipped. test/faults/run builds it and loads it into private servers; it is never installed.
//
//   SET faults.at = 'memory 17 cancel'     at the 17th time that memory is asked for while xconnect is at work
//   SET faults.at = 'storage 3 disk full'  at the 3rd call into the operating system that changes a file
//   SHOW faults.at                         how many occasions there were, and whether it happened
//   SET faults.at = ''                     no more
//
// Memory is the server's (palloc) and that of C++ (operator new), both seen by putting functions of ours in the place of
// theirs in this process alone. xconnect is at work when one of its functions is among the callers: a word of the stack
// points into its code. That may take a stale word for a caller, which is no harm: memory can run out at any time.
#include <elf.h>
#include <fcntl.h>
#include <link.h>
#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <new>
#include <string>
#include <string_view>

#include <fmt/format.h>

extern "C" {
#include "postgres.h"

#include "access/xact.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "nodes/memnodes.h"
#include "storage/lock.h"
#include "tcop/tcopprot.h"
#include "tcop/utility.h"
#include "utils/guc.h"
#include "utils/memutils.h"
#include "utils/pgstat_internal.h"
#include "utils/timeout.h"

void* _Unwind_FindEnclosingFunction(void* pc);

__attribute__((visibility("default"))) const Pg_magic_struct* PG_MAGIC_FUNCTION_NAME(void);
__attribute__((visibility("default"))) void _PG_init(void);
const Pg_magic_struct* PG_MAGIC_FUNCTION_NAME(void) {
#ifdef PG_MODULE_MAGIC_EXT
  static const Pg_magic_struct data = PG_MODULE_MAGIC_DATA(.name = "xconnect_faults");
#else
  static const Pg_magic_struct data = PG_MODULE_MAGIC_DATA;
#endif
  return &data;
}
}
#undef printf
#undef snprintf

namespace {

// ---- what is to happen, and when ----------------------------------------------------------------------------------

enum class Clock { none, memory, storage };
enum class Event { memory, error, deadlock, cancel, statement_timeout, lock_timeout, terminate, disk_full, kill, stop_server, kill_server };

struct EventName {
  const char* name;
  Event event;
};
constexpr EventName events[] = {
    {"out of memory", Event::memory}, {"error", Event::error}, {"deadlock", Event::deadlock}, {"cancel", Event::cancel},
    {"statement timeout", Event::statement_timeout}, {"lock timeout", Event::lock_timeout}, {"terminate", Event::terminate},
    {"disk full", Event::disk_full}, {"kill", Event::kill}, {"stop server", Event::stop_server}, {"kill server", Event::kill_server},
};

constinit Clock clock_now = Clock::none;
constinit Event event_now = Event::error;
constinit long occasion = 0;  // the one at which it happens
constinit long passed = 0;
constinit bool happened = false;
constexpr int most_callers = 12;
constinit std::uintptr_t callers[most_callers] = {};  // in the module, when it happened

// Is this the one?
bool passes(Clock clock) {
  if (clock_now != clock || happened) return false;
  if (++passed != occasion) return false;
  happened = true;
  return true;
}

// ---- xconnect among the callers -------------------------------------------------------------------------------------

struct Range {
  std::uintptr_t from = 0, to = 0;
  std::uintptr_t base = 0;
};
constinit Range code = {};
constinit std::uintptr_t stack_top = 0;

int find_code(dl_phdr_info* info, std::size_t, void*) {
  if (std::string_view(info->dlpi_name).find("/xconnect.so") == std::string_view::npos) return 0;
  for (int i = 0; i < info->dlpi_phnum; ++i) {
    const auto& segment = info->dlpi_phdr[i];
    if (segment.p_type != PT_LOAD || (segment.p_flags & PF_X) == 0) continue;
    code = {info->dlpi_addr + segment.p_vaddr, info->dlpi_addr + segment.p_vaddr + segment.p_memsz, info->dlpi_addr};
  }
  return 1;
}

// All statements run inside the hook that watches them: it alone is not xconnect at work.
bool is_at_work(std::uintptr_t address) {
  if (address < code.from || address >= code.to) return false;
  struct Known {
    std::uintptr_t address;
    bool result;
  };
  constexpr std::size_t slots = 4096;
  static constinit Known known[slots] = {};
  Known& slot = known[(address >> 1) % slots];
  if (slot.address != address) {
    void* function = _Unwind_FindEnclosingFunction(reinterpret_cast<void*>(address));
    slot = {address, function != nullptr && function != reinterpret_cast<void*>(ProcessUtility_hook)};
  }
  return slot.result;
}

constexpr std::uintptr_t deepest = 32 * 1024;

bool xconnect_is_at_work() {
  const auto here = reinterpret_cast<std::uintptr_t>(__builtin_frame_address(0));
  const std::uintptr_t end = std::min(stack_top, here + deepest);
  for (std::uintptr_t at = here; at + sizeof(std::uintptr_t) <= end; at += sizeof(std::uintptr_t))
    if (is_at_work(*reinterpret_cast<const std::uintptr_t*>(at))) return true;
  return false;
}

void note_callers() {
  const auto here = reinterpret_cast<std::uintptr_t>(__builtin_frame_address(0));
  const std::uintptr_t end = std::min(stack_top, here + deepest);
  int count = 0;
  std::memset(callers, 0, sizeof callers);
  for (std::uintptr_t at = here; at + sizeof(std::uintptr_t) <= end && count < most_callers; at += sizeof(std::uintptr_t)) {
    const auto word = *reinterpret_cast<const std::uintptr_t*>(at);
    if (is_at_work(word)) callers[count++] = word - code.base;
  }
}

// ---- what happens ---------------------------------------------------------------------------------------------------

// The server notices at its next CHECK_FOR_INTERRUPTS.
void run_out(TimeoutId timeout) {
  enable_timeout_after(timeout, 1);
  for (int i = 0; i < 100 && !InterruptPending; ++i) pg_usleep(200);
}

[[noreturn]] void wait_for_the_end() {
  for (;;) pg_usleep(1000);
}

// All but errors: they are for whoever asked.
void happen() {
  note_callers();
  switch (event_now) {
    case Event::cancel: raise(SIGINT); break;
    case Event::terminate: raise(SIGTERM); break;
    case Event::statement_timeout: run_out(STATEMENT_TIMEOUT); break;
    case Event::lock_timeout: run_out(LOCK_TIMEOUT); break;
    case Event::kill: raise(SIGKILL); break;
    case Event::stop_server:
      kill(PostmasterPid, SIGQUIT);
      wait_for_the_end();
    case Event::kill_server:
      kill(PostmasterPid, SIGKILL);
      raise(SIGKILL);
      break;
    case Event::memory:
    case Event::error:
    case Event::deadlock:
    case Event::disk_full: break;
  }
}

// ---- the server's memory ----------------------------------------------------------------------------------------------

constexpr int kinds_of_context = 3;
struct Replaced {
  MemoryContextMethods* methods;
  MemoryContextMethods own;  // as they were
};
constinit Replaced replaced[kinds_of_context] = {};

const MemoryContextMethods& own_methods(MemoryContext context) {
  for (const Replaced& one : replaced)
    if (one.methods == context->methods) return one.own;
  abort();
}

// Where running out of memory brings down any server, later: a lock that was noted without room for its owner, an entry of
// the statistics without its reference.
bool is_fatal_to_any_server() {
  void* const fatal[] = {reinterpret_cast<void*>(LockAcquireExtended), reinterpret_cast<void*>(pgstat_get_entry_ref),
                         reinterpret_cast<void*>(pgstat_prep_pending_entry)};
  constexpr int words = 96;
  const auto* at = static_cast<const std::uintptr_t*>(__builtin_frame_address(0));
  for (int i = 0; i < words; ++i) {
    void* const function = _Unwind_FindEnclosingFunction(reinterpret_cast<void*>(at[i]));
    if (function != nullptr && std::find(std::begin(fatal), std::end(fatal), function) != std::end(fatal)) return true;
  }
  return false;
}

// ErrorContext has its memory beforehand; in critical sections an error is the end of any server.
bool fails(MemoryContext context) {
  if (clock_now != Clock::memory || happened || context == ErrorContext || CritSectionCount > 0) return false;
  if (!xconnect_is_at_work() || (passed + 1 == occasion && is_fatal_to_any_server()) || !passes(Clock::memory)) return false;
  happen();
  if (event_now == Event::error) ereport(ERROR, (errcode(ERRCODE_INTERNAL_ERROR), errmsg("an error at occasion %ld", passed)));
  if (event_now == Event::deadlock) ereport(ERROR, (errcode(ERRCODE_T_R_DEADLOCK_DETECTED), errmsg("deadlock detected")));
  return event_now == Event::memory;
}

extern "C" {
#if PG_VERSION_NUM >= 170000
static void* faulty_alloc(MemoryContext context, Size size, int flags) {
  if (fails(context)) return MemoryContextAllocationFailure(context, size, flags);
  return own_methods(context).alloc(context, size, flags);
}
static void* faulty_realloc(void* pointer, Size size, int flags) {
  MemoryContext context = GetMemoryChunkContext(pointer);
  if (fails(context)) return MemoryContextAllocationFailure(context, size, flags);
  return own_methods(context).realloc(pointer, size, flags);
}
#else
static void* faulty_alloc(MemoryContext context, Size size) {
  return fails(context) ? nullptr : own_methods(context).alloc(context, size);
}
#if PG_VERSION_NUM >= 160000
static void* faulty_realloc(void* pointer, Size size) {
  MemoryContext context = GetMemoryChunkContext(pointer);
  return fails(context) ? nullptr : own_methods(context).realloc(pointer, size);
}
#else
static void* faulty_realloc(MemoryContext context, void* pointer, Size size) {
  return fails(context) ? nullptr : own_methods(context).realloc(context, pointer, size);
}
#endif
#endif
}

void make_writable(void* from, std::size_t size) {
  const auto page = static_cast<std::uintptr_t>(sysconf(_SC_PAGESIZE));
  const std::uintptr_t first = reinterpret_cast<std::uintptr_t>(from) & ~(page - 1);
  const std::uintptr_t end = reinterpret_cast<std::uintptr_t>(from) + size;
  if (mprotect(reinterpret_cast<void*>(first), end - first, PROT_READ | PROT_WRITE) != 0)
    ereport(FATAL, (errmsg("faults: mprotect fails: %m")));
}

void replace_methods(int number, MemoryContext example) {
  auto* methods = const_cast<MemoryContextMethods*>(example->methods);
  replaced[number] = {methods, *methods};
  make_writable(methods, sizeof *methods);
  methods->alloc = faulty_alloc;
  methods->realloc = faulty_realloc;
}

// ---- C++'s memory, and files: imported functions that are replaced where the loader has put their addresses ------------

struct Import {
  const char* name;
  void* replacement;
  void** own;
};

void replace_in(const ElfW(Rela) * entries, std::size_t count, const ElfW(Sym) * symbols, const char* names, std::uintptr_t base,
                const Import& import) {
  for (std::size_t i = 0; i < count; ++i) {
    const auto type = ELF64_R_TYPE(entries[i].r_info);
    if (type != R_X86_64_JUMP_SLOT && type != R_X86_64_GLOB_DAT) continue;
    if (std::strcmp(names + symbols[ELF64_R_SYM(entries[i].r_info)].st_name, import.name) != 0) continue;
    auto** slot = reinterpret_cast<void**>(base + entries[i].r_offset);
    make_writable(slot, sizeof *slot);
    *slot = import.replacement;
  }
}

struct Wanted {
  const char* object;  // part of its path; "": the server itself
  const Import* imports;
  std::size_t count;
};

int replace_imports(dl_phdr_info* info, std::size_t, void* argument) {
  const Wanted& wanted = *static_cast<const Wanted*>(argument);
  const std::string_view path(info->dlpi_name);
  if (*wanted.object == '\0' ? !path.empty() : path.find(wanted.object) == std::string_view::npos) return 0;
  const ElfW(Dyn)* dynamic = nullptr;
  for (int i = 0; i < info->dlpi_phnum; ++i)
    if (info->dlpi_phdr[i].p_type == PT_DYNAMIC) dynamic = reinterpret_cast<const ElfW(Dyn)*>(info->dlpi_addr + info->dlpi_phdr[i].p_vaddr);
  const ElfW(Rela)*rela = nullptr, *plt = nullptr;
  const ElfW(Sym)* symbols = nullptr;
  const char* names = nullptr;
  std::size_t rela_bytes = 0, plt_bytes = 0;
  for (; dynamic != nullptr && dynamic->d_tag != DT_NULL; ++dynamic) {
    switch (dynamic->d_tag) {
      case DT_RELA: rela = reinterpret_cast<const ElfW(Rela)*>(dynamic->d_un.d_ptr); break;
      case DT_RELASZ: rela_bytes = dynamic->d_un.d_val; break;
      case DT_JMPREL: plt = reinterpret_cast<const ElfW(Rela)*>(dynamic->d_un.d_ptr); break;
      case DT_PLTRELSZ: plt_bytes = dynamic->d_un.d_val; break;
      case DT_SYMTAB: symbols = reinterpret_cast<const ElfW(Sym)*>(dynamic->d_un.d_ptr); break;
      case DT_STRTAB: names = reinterpret_cast<const char*>(dynamic->d_un.d_ptr); break;
      default: break;
    }
  }
  for (std::size_t i = 0; i < wanted.count; ++i) {
    replace_in(rela, rela_bytes / sizeof *rela, symbols, names, info->dlpi_addr, wanted.imports[i]);
    replace_in(plt, plt_bytes / sizeof *plt, symbols, names, info->dlpi_addr, wanted.imports[i]);
  }
  return *wanted.object == '\0' ? 1 : 0;
}

// Errors of the server are none that operator new could raise: those have the server's memory as their occasions.
void* faulty_new(std::size_t size) {
  const bool mine = event_now != Event::error && event_now != Event::deadlock;
  if (mine && clock_now == Clock::memory && !happened && xconnect_is_at_work() && passes(Clock::memory)) {
    happen();
    if (event_now == Event::memory) throw std::bad_alloc();
  }
  void* memory = std::malloc(size == 0 ? 1 : size);
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}

void* faulty_nothrow_new(std::size_t size, const std::nothrow_t&) noexcept { return std::malloc(size == 0 ? 1 : size); }

// A full disk is that of the tables: without room for its log any server goes down.
bool is_of_a_table(int file) {
  const std::string link = "/proc/self/fd/" + std::to_string(file);
  char path[1024];
  const ssize_t length = readlink(link.c_str(), path, sizeof path);
  if (length < 0) return false;
  const std::string_view name(path, static_cast<std::size_t>(length));
  return name.find("/base/") != std::string_view::npos || name.find("/pg_tblspc/") != std::string_view::npos;
}

bool no_room(int file) {
  if (clock_now != Clock::storage || happened) return false;
  if (event_now == Event::disk_full && !is_of_a_table(file)) return false;
  if (!passes(Clock::storage)) return false;
  happen();
  return event_now == Event::disk_full;
}

void passes_storage() {
  if (clock_now == Clock::storage && !happened && event_now != Event::disk_full && passes(Clock::storage)) happen();
}

extern "C" {
static ssize_t faulty_pwrite(int file, const void* data, std::size_t size, off_t at) {
  if (!no_room(file)) return pwrite(file, data, size, at);
  errno = ENOSPC;
  return -1;
}
static ssize_t faulty_pwritev(int file, const iovec* data, int count, off_t at) {
  if (!no_room(file)) return pwritev(file, data, count, at);
  errno = ENOSPC;
  return -1;
}
static int faulty_fallocate(int file, off_t at, off_t size) { return no_room(file) ? ENOSPC : posix_fallocate(file, at, size); }
static int faulty_fsync(int file) {
  passes_storage();
  return fsync(file);
}
static int faulty_fdatasync(int file) {
  passes_storage();
  return fdatasync(file);
}
static int faulty_unlink(const char* path) {
  passes_storage();
  return unlink(path);
}
static int faulty_ftruncate(int file, off_t size) {
  passes_storage();
  return ftruncate(file, size);
}
static int faulty_rename(const char* from, const char* to) {
  passes_storage();
  return rename(from, to);
}
static int faulty_open(const char* path, int flags, mode_t mode) {
  if ((flags & O_CREAT) != 0) passes_storage();
  return open(path, flags, mode);
}
}

const Import memory_imports[] = {
    {"_Znwm", reinterpret_cast<void*>(faulty_new), nullptr},
    {"_Znam", reinterpret_cast<void*>(faulty_new), nullptr},
    {"_ZnwmRKSt9nothrow_t", reinterpret_cast<void*>(faulty_nothrow_new), nullptr},
};
const Import storage_imports[] = {
    {"pwrite", reinterpret_cast<void*>(faulty_pwrite), nullptr},       {"pwrite64", reinterpret_cast<void*>(faulty_pwrite), nullptr},
    {"pwritev", reinterpret_cast<void*>(faulty_pwritev), nullptr},     {"pwritev64", reinterpret_cast<void*>(faulty_pwritev), nullptr},
    {"posix_fallocate", reinterpret_cast<void*>(faulty_fallocate), nullptr},
    {"fsync", reinterpret_cast<void*>(faulty_fsync), nullptr},         {"fdatasync", reinterpret_cast<void*>(faulty_fdatasync), nullptr},
    {"unlink", reinterpret_cast<void*>(faulty_unlink), nullptr},       {"ftruncate", reinterpret_cast<void*>(faulty_ftruncate), nullptr},
    {"rename", reinterpret_cast<void*>(faulty_rename), nullptr},       {"open", reinterpret_cast<void*>(faulty_open), nullptr},
};

// ---- the setting ------------------------------------------------------------------------------------------------------

char* setting = nullptr;

bool parse(std::string_view text, Clock& clock, long& number, Event& event) {
  if (text.empty()) {
    clock = Clock::none;
    return true;
  }
  const std::size_t first = text.find(' ');
  const std::size_t second = first == std::string_view::npos ? first : text.find(' ', first + 1);
  if (second == std::string_view::npos) return false;
  const std::string_view when = text.substr(0, first), what = text.substr(second + 1);
  clock = when == "memory" ? Clock::memory : when == "storage" ? Clock::storage : Clock::none;
  number = std::atol(std::string(text.substr(first + 1, second - first - 1)).c_str());
  for (const EventName& one : events) {
    if (what != one.name) continue;
    event = one.event;
    return clock != Clock::none;
  }
  return false;
}

extern "C" {
static bool check_setting(char** value, void**, GucSource) {
  Clock clock = Clock::none;
  long number = 0;
  Event event = Event::error;
  return parse(*value == nullptr ? "" : *value, clock, number, event);
}

static void assign_setting(const char* value, void*) {
  Clock next = Clock::none;
  clock_now = Clock::none;
  if (!parse(value == nullptr ? "" : value, next, occasion, event_now)) return;
  // What has happened stays to be asked for.
  if (next != Clock::none) {
    passed = 0;
    happened = false;
  }
  clock_now = next;
}

static const char* show_setting(void) {
  static std::string text;
  if (clock_now != Clock::none) return "armed";
  text = fmt::format("{} {}", passed, happened ? "happened" : "not");
  for (int i = 0; happened && i < most_callers && callers[i] != 0; ++i) text += fmt::format(" {:x}", callers[i]);
  return text.c_str();
}
}

}  // namespace

void _PG_init(void) {
  load_file("$libdir/xconnect", false);
  dl_iterate_phdr(find_code, nullptr);
  if (code.from == 0) ereport(FATAL, (errmsg("faults: xconnect is not loaded")));
  pthread_attr_t attributes;
  void* stack = nullptr;
  std::size_t size = 0;
  pthread_getattr_np(pthread_self(), &attributes);
  pthread_attr_getstack(&attributes, &stack, &size);
  pthread_attr_destroy(&attributes);
  stack_top = reinterpret_cast<std::uintptr_t>(stack) + size;

  MemoryContext generation = GenerationContextCreate(TopMemoryContext, "faults", ALLOCSET_DEFAULT_SIZES);
  MemoryContext slab = SlabContextCreate(TopMemoryContext, "faults", SLAB_DEFAULT_BLOCK_SIZE, 64);
  replace_methods(0, TopMemoryContext);
  replace_methods(1, generation);
  replace_methods(2, slab);

  for (const char* object : {"/xconnect.so", "/libstdc++.so", "/libfmt.so"}) {
    Wanted wanted{object, memory_imports, std::size(memory_imports)};
    dl_iterate_phdr(replace_imports, &wanted);
  }
  Wanted wanted{"", storage_imports, std::size(storage_imports)};
  dl_iterate_phdr(replace_imports, &wanted);

  DefineCustomStringVariable("faults.at", "What goes wrong, and when: memory or storage, a number, what.", nullptr, &setting, "", PGC_USERSET,
                             0, check_setting, assign_setting, show_setting);
}
