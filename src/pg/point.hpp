// Named points at which tests make something go wrong: nothing in ordinary builds. In those with XC_POINTS (make points) the
// setting xconnect.point says what is to happen at which point, once:
//
//   seal after blobs: error      at the first point of that name
//   *: cancel: 17                at the 17th point that is passed, whichever it is
//
// What can happen: error, refusal, exception, no memory (of C++), out of memory (of the server), disk full, deadlock, cancel,
// statement timeout, lock timeout, terminate, kill (the backend), kill server.
#pragma once

namespace pg {

#ifdef XC_POINTS
void point(const char* name);
void define_point_setting();
#else
inline void point(const char*) {}
inline void define_point_setting() {}
#endif

}  // namespace pg
