// Where a reason is required, a change without a real one fails: before its statement does anything, where the statement tells
// what it is about, else at the commit.
#pragma once

#include <string>
#include <vector>

struct Node;

namespace xc::capture {

// Before a statement that changes the schema; text: its own, outer: of the one that it runs inside.
void require_reason(const Node* statement, const std::string& text, const std::string& outer);
// Of a change of these objects. given: the reason of the call that makes it; too_late: warn only.
void require_reason(const std::vector<std::string>& keys, const std::string& given, bool too_late);

// The reason that a call of ours was given, for the statements that it runs.
class ReasonOfCall {
 public:
  explicit ReasonOfCall(const std::string& reason);
  ~ReasonOfCall();
  ReasonOfCall(const ReasonOfCall&) = delete;
  ReasonOfCall& operator=(const ReasonOfCall&) = delete;

 private:
  const std::string* outer_;
};

}  // namespace xc::capture
